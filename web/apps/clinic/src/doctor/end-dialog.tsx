import { useState, type FormEvent, type ReactNode } from 'react';
import { plainly, post } from '../api/request.js';
import type { Visit } from '../api/types.js';
import { Dialog } from '../parts/dialog.js';
import { Problem } from '../parts/problem.js';

/** Ends the consultation for both, with what the patient takes home. */
export function EndDialog({ visit, onClose }: { visit: Visit; onClose: () => void }): ReactNode {
  const [summary, setSummary] = useState('');
  const [nextSteps, setNextSteps] = useState('');
  const [ending, setEnding] = useState(false);
  const [problem, setProblem] = useState<string>();
  const end = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setEnding(true);
    setProblem(undefined);
    try {
      await post(`visits/${visit.id}/end`, { summary, nextSteps });
    } catch (error) {
      setProblem(plainly(error));
      setEnding(false);
    }
  };
  return (
    <Dialog title="End the consultation" onClose={onClose}>
      <form className="fields" onSubmit={(event) => void end(event)}>
        <label>
          Summary for {visit.patient}
          <textarea
            name="summary"
            rows={4}
            maxLength={20_000}
            value={summary}
            onChange={(event) => setSummary(event.target.value)}
          />
        </label>
        <label>
          <span>
            Next steps <span className="muted">(one a line)</span>
          </span>
          <textarea
            name="next-steps"
            rows={3}
            maxLength={20_000}
            value={nextSteps}
            onChange={(event) => setNextSteps(event.target.value)}
          />
        </label>
        {problem && <Problem text={problem} />}
        <div className="buttons">
          <button type="button" className="button" onClick={onClose}>
            Go on
          </button>
          <button className="button danger" disabled={ending} data-action="end">
            {ending ? 'Ending…' : 'End and send'}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
