import { CircleCheck, Printer } from 'lucide-react';
import { useEffect, type ReactNode } from 'react';
import type { Visit } from '../api/types.js';
import { Avatar } from '../parts/avatar.js';
import { Brand } from '../parts/brand.js';
import { Documents } from '../parts/documents.js';
import { dateOf, timeOf } from '../parts/time.js';

/** What the patient takes home. */
export function Summary({ visit, privateKey }: { visit: Visit; privateKey: string }): ReactNode {
  useEffect(() => {
    document.title = `Summary of your visit with ${visit.doctor.name}`;
  }, [visit.doctor.name]);
  const steps = visit.nextSteps.split('\n').filter((step) => step.trim() !== '');
  return (
    <>
      <Brand />
      <main className="page narrow">
        <section className="card summary" data-screen="summary">
          <header className="person">
            <Avatar name={visit.doctor.name} large />
            <div>
              <h1>Your consultation is over</h1>
              <p className="muted">
                {visit.doctor.name}, {dateOf(visit.admittedAt ?? visit.starts)}
                {visit.admittedAt && visit.endedAt && `, ${timeOf(visit.admittedAt)} to ${timeOf(visit.endedAt)}`}
              </p>
            </div>
          </header>
          <h2>Summary</h2>
          <p className="written">{visit.summary || `${visit.doctor.name} has not written a summary.`}</p>
          {steps.length > 0 && (
            <>
              <h2>Next steps</h2>
              <ul className="steps">
                {steps.map((step, i) => (
                  <li key={i}>
                    <CircleCheck size={20} aria-hidden />
                    {step}
                  </li>
                ))}
              </ul>
            </>
          )}
          {visit.documents.length > 0 && (
            <>
              <h2>Documents</h2>
              <Documents visit={visit} privateKey={privateKey} readOnly />
            </>
          )}
          <div className="buttons">
            <button className="button" onClick={() => print()} data-action="print">
              <Printer size={18} aria-hidden />
              Print or save
            </button>
            <a className="button primary" href="/">
              Book another appointment
            </a>
          </div>
        </section>
      </main>
    </>
  );
}
