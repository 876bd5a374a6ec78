import { useEffect, useState, type ReactNode } from 'react';
import { get, plainly } from '../api/request.js';
import type { Session } from '../api/types.js';
import { Brand } from '../parts/brand.js';
import { Loading } from '../parts/loading.js';
import { Problem } from '../parts/problem.js';
import { ConsultationPage } from './consultation-page.js';
import { DayPage } from './day-page.js';
import { SignInPage } from './sign-in-page.js';

/** What doctors see: their day, or one consultation of it, once they have signed in. */
export function DoctorPages({ consultation }: { consultation: string | undefined }): ReactNode {
  const [signedIn, setSignedIn] = useState<boolean>();
  const [problem, setProblem] = useState<string>();
  useEffect(() => {
    get<Session>('session').then(
      ({ doctor }) => setSignedIn(doctor !== null),
      (error: unknown) => setProblem(plainly(error)),
    );
  }, []);
  if (problem) {
    return (
      <>
        <Brand />
        <Problem text={problem} />
      </>
    );
  }
  if (signedIn === undefined) return <Loading />;
  if (!signedIn) return <SignInPage onSignedIn={() => setSignedIn(true)} />;
  return consultation ? <ConsultationPage id={consultation} /> : <DayPage onSignedOut={() => setSignedIn(false)} />;
}
