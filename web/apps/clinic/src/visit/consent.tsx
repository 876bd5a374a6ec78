import { useState, type ReactNode } from 'react';
import { plainly, post } from '../api/request.js';
import type { Visit } from '../api/types.js';
import { Dialog } from '../parts/dialog.js';
import { Problem } from '../parts/problem.js';

export interface Consent {
  /** Tells the clinic. Never rejects: see `problem`. */
  answer(given: boolean): Promise<void>;
  readonly answering: boolean;
  readonly problem: string | undefined;
}

/** A patient's answer to whether the call may be recorded; it can be changed later. */
export function useConsent(visit: Visit, privateKey: string): Consent {
  const [answering, setAnswering] = useState(false);
  const [problem, setProblem] = useState<string>();
  const answer = async (given: boolean): Promise<void> => {
    setAnswering(true);
    setProblem(undefined);
    try {
      await post(`visits/${visit.id}/consent`, { given }, { key: privateKey });
    } catch (error) {
      setProblem(plainly(error));
    } finally {
      setAnswering(false);
    }
  };
  return { answer, answering, problem };
}

/** Asks the patient. It has to be answered: nothing is taken for a yes. */
export function ConsentQuestion({ visit, consent }: { visit: Visit; consent: Consent }): ReactNode {
  return (
    <Dialog title="May this consultation be recorded?">
      <p>
        {visit.doctor.name} asks to keep sound and picture for your medical record. You can say no: it changes nothing
        about your treatment. You can take a yes back at any time, and recording stops.
      </p>
      {consent.problem && <Problem text={consent.problem} />}
      <div className="buttons">
        <button
          className="button"
          disabled={consent.answering}
          onClick={() => void consent.answer(false)}
          data-action="consent-no"
        >
          No, don’t record
        </button>
        <button
          className="button primary"
          disabled={consent.answering}
          onClick={() => void consent.answer(true)}
          data-action="consent-yes"
        >
          Yes, it may be recorded
        </button>
      </div>
    </Dialog>
  );
}
