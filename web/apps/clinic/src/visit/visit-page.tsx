import { useState, type ReactNode } from 'react';
import { useFollowed } from '../api/follow.js';
import type { Visit } from '../api/types.js';
import { Brand } from '../parts/brand.js';
import { Loading } from '../parts/loading.js';
import { Problem, ProblemPage } from '../parts/problem.js';
import { Arrival } from './arrival.js';
import { Consultation } from './consultation.js';
import { Summary } from './summary.js';

/** A patient's own page, from booking to what the doctor wrote. Whoever has its address is the patient. */
export function VisitPage({ id, privateKey }: { id: string; privateKey: string }): ReactNode {
  const { state: visit, trouble } = useFollowed<Visit>(`visits/${id}/events`, privateKey);
  const storage = `clinic.entered.${id}`;
  // After a reload one is where one was.
  const [entered, setEntered] = useState(() => sessionStorage.getItem(storage) !== null);
  const enter = (): void => {
    sessionStorage.setItem(storage, 'yes');
    setEntered(true);
  };

  if (!visit) {
    if (trouble && trouble.status >= 400 && trouble.status < 500) {
      return (
        <>
          <Brand />
          <ProblemPage
            title="This link does not open an appointment"
            text="Open the whole link that you got when you booked, with everything after #."
          >
            <a className="button primary" href="/">
              Book an appointment
            </a>
          </ProblemPage>
        </>
      );
    }
    return (
      <>
        <Brand />
        {trouble ? <Problem text={trouble.message} /> : <Loading />}
      </>
    );
  }
  if (visit.status === 'ended') return <Summary visit={visit} privateKey={privateKey} />;
  if (entered) return <Consultation visit={visit} privateKey={privateKey} />;
  return <Arrival visit={visit} privateKey={privateKey} onEnter={enter} />;
}
