import { LogOut } from 'lucide-react';
import { useEffect, useState, type ReactNode } from 'react';
import { useFollowed } from '../api/follow.js';
import { plainly, post } from '../api/request.js';
import type { Day } from '../api/types.js';
import { Avatar } from '../parts/avatar.js';
import { Brand } from '../parts/brand.js';
import { Loading } from '../parts/loading.js';
import { Problem } from '../parts/problem.js';
import { dateOf, inWords, useClinicTime } from '../parts/time.js';
import { DayRow } from './day-row.js';

/** A doctor's day: who comes when, who is here, and who waits how long. It changes by itself. */
export function DayPage({ onSignedOut }: { onSignedOut: () => void }): ReactNode {
  const { state: day, trouble } = useFollowed<Day>('day/events');
  const [problem, setProblem] = useState<string>();
  const now = useClinicTime(day?.now);
  const waiting = day?.appointments.filter(({ status }) => status === 'waiting').length ?? 0;
  const gone = trouble?.status === 401;
  useEffect(() => {
    document.title = waiting > 0 ? `(${waiting}) Today, Harbour Clinic` : 'Today, Harbour Clinic';
  }, [waiting]);
  useEffect(() => {
    if (gone) onSignedOut();
  }, [gone, onSignedOut]);

  const signOut = (): void => void post('sign-out').then(onSignedOut, (error: unknown) => setProblem(plainly(error)));
  const admit = async (id: string): Promise<void> => {
    setProblem(undefined);
    try {
      await post(`visits/${id}/admit`);
      location.assign(`/doctor/visit/${id}`);
    } catch (error) {
      setProblem(plainly(error));
    }
  };

  if (!day) return trouble ? <Problem text={trouble.message} /> : <Loading />;
  return (
    <>
      <Brand>
        <span className="signed-in">
          <Avatar name={day.doctor.name} />
          <span>{day.doctor.name}</span>
        </span>
        <button className="button quiet" onClick={signOut} data-action="sign-out">
          <LogOut size={18} aria-hidden />
          <span className="wide-only">Sign out</span>
        </button>
      </Brand>
      <main className="page day-page">
        <header className="day-head">
          <h1>{dateOf(now)}</h1>
          <p className="muted">
            <span aria-live="polite">
              {waiting === 0
                ? 'Nobody is waiting.'
                : waiting === 1
                  ? '1 patient is waiting.'
                  : `${waiting} patients are waiting.`}
            </span>
            {day.lateMinutes >= 3 && ` You are running about ${inWords(day.lateMinutes)} late; patients are told.`}
          </p>
        </header>
        {(problem ?? trouble) && <Problem text={problem ?? trouble!.message} />}
        {day.appointments.length === 0 ? (
          <p className="card centred muted">There is nothing in your diary for today.</p>
        ) : (
          <ol className="day-list">
            {day.appointments.map((item) => (
              <DayRow key={item.id} item={item} now={now} onAdmit={() => void admit(item.id)} />
            ))}
          </ol>
        )}
      </main>
    </>
  );
}
