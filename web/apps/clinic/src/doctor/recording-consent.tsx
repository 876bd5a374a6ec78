import { CircleCheck, CircleX, Hourglass } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import { plainly, post } from '../api/request.js';
import type { Visit } from '../api/types.js';
import { Problem } from '../parts/problem.js';
import { timeOf } from '../parts/time.js';

/** Whether the consultation may be recorded, which only the patient says. */
export function RecordingConsent({ visit }: { visit: Visit }): ReactNode {
  const [problem, setProblem] = useState<string>();
  const ask = (): void => {
    setProblem(undefined);
    post(`visits/${visit.id}/consent/ask`).catch((error: unknown) => setProblem(plainly(error)));
  };
  return (
    <section>
      <h2>Recording</h2>
      <div className="consent" data-consent={visit.consent} role="status">
        {shown(visit)}
      </div>
      {(visit.consent === 'none' || visit.consent === 'refused') && (
        <button className="button" onClick={ask} disabled={!visit.patientPresent} data-action="ask-consent">
          {visit.consent === 'none' ? 'Ask for consent' : 'Ask again'}
        </button>
      )}
      {problem && <Problem text={problem} />}
    </section>
  );
}

function shown({ consent, consentAt, patient }: Visit): ReactNode {
  const at = consentAt ? timeOf(consentAt) : '';
  switch (consent) {
    case 'none':
      return <p className="muted">Nothing is recorded unless {patient} agrees.</p>;
    case 'asked':
      return (
        <p>
          <Hourglass size={18} aria-hidden /> {patient} is being asked.
        </p>
      );
    case 'given':
      return (
        <p>
          <CircleCheck size={18} aria-hidden /> {patient} agreed at {at}. Your recorder may be started.
        </p>
      );
    case 'refused':
      return (
        <p>
          <CircleX size={18} aria-hidden /> {patient} said no at {at}.
        </p>
      );
  }
}
