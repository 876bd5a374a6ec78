import type { MeetingPhase } from '@confab/react';
import { CircleDot, FileText, X } from 'lucide-react';
import { useEffect, useMemo, useState, type ReactNode } from 'react';
import type { Visit } from '../api/types.js';
import { Avatar } from '../parts/avatar.js';
import { Call } from '../parts/call.js';
import { Dialog } from '../parts/dialog.js';
import { Documents } from '../parts/documents.js';
import { ConsentQuestion, useConsent } from './consent.js';
import { ExpectationShown } from './expectation.js';

/** The waiting room and the call, as the patient sees them. */
export function Consultation({ visit, privateKey }: { visit: Visit; privateKey: string }): ReactNode {
  const { doctor } = visit;
  const storage = `clinic.joined.${visit.id}`;
  const [autoJoin] = useState(() => sessionStorage.getItem(storage) !== null);
  const [phase, setPhase] = useState<MeetingPhase>('prejoin');
  const [showing, setShowing] = useState(false);
  const consent = useConsent(visit, privateKey);
  useEffect(() => {
    if (phase === 'waiting' || phase === 'call') sessionStorage.setItem(storage, 'yes');
    if (phase === 'ended') sessionStorage.removeItem(storage);
    document.title =
      phase === 'waiting'
        ? `Waiting for ${doctor.name}`
        : phase === 'call'
          ? `In call with ${doctor.name}`
          : doctor.name;
  }, [phase, storage, doctor.name]);
  const strings = useMemo(
    () => ({
      prejoin: { title: 'Can we see and hear you?', join: 'Enter the waiting room' },
      waiting: {
        title: 'You are in the waiting room',
        hint: `${doctor.name} knows that you are here and lets you in. Nobody sees or hears you yet.`,
        leave: 'Leave the waiting room',
      },
      ended: { left: 'You have left the call', rejected: `${doctor.name} can’t see you now.` },
    }),
    [doctor.name],
  );
  const count = visit.documents.length;
  return (
    <div className="consultation patient">
      <header className="call-head">
        <Avatar name={doctor.name} />
        <p className="call-with">
          <strong>{doctor.name}</strong>
          <small>{doctor.specialty}</small>
        </p>
        {visit.recording && (
          <span className="recording">
            <CircleDot size={16} aria-hidden />
            Recording
          </span>
        )}
        {visit.consent === 'given' && phase === 'call' && (
          <button className="button quiet small" onClick={() => void consent.answer(false)} data-action="withdraw">
            Don’t record
          </button>
        )}
        <button className="button small" onClick={() => setShowing(true)} data-action="documents">
          <FileText size={18} aria-hidden />
          <span className="wide-only">Documents</span>
          {count > 0 && <span className="count">{count}</span>}
        </button>
      </header>
      <Call
        visit={visit.id}
        privateKey={privateKey}
        name={visit.patient}
        autoJoin={autoJoin}
        canLeave
        strings={strings}
        alone={`${doctor.name} will be with you in a moment.`}
        whileWaiting={<ExpectationShown visit={visit} />}
        onPhase={setPhase}
      />
      {showing && (
        <Dialog title="Documents" onClose={() => setShowing(false)}>
          {count === 0 && <p className="muted">Nothing has been shared yet.</p>}
          <Documents visit={visit} privateKey={privateKey} />
          <button className="icon-button dialog-close" aria-label="Close" onClick={() => setShowing(false)}>
            <X aria-hidden />
          </button>
        </Dialog>
      )}
      {visit.consent === 'asked' && phase === 'call' && !showing && <ConsentQuestion visit={visit} consent={consent} />}
    </div>
  );
}
