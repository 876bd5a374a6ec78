import type { ParticipantSnapshot } from '@confab/client';
import type { ReactNode } from 'react';
import { sameItems, useRoomState } from '../hooks/use-room-state.js';
import { useVerification } from '../hooks/use-verification.js';
import { attempt } from '../parts/attempt.js';
import { displayName } from '../parts/display-name.js';
import { fill, useStrings } from '../strings/index.js';
import { fruitless } from './fruitless.js';
import { useComparing } from './verification.js';

/** Who asks to compare emoji, until that is answered; and whose comparison came to nothing, unless its dialog says so. */
export function OfferToasts(): ReactNode {
  const comparing = useComparing();
  const told = useRoomState(
    (s) => s.remotes.filter(({ verification: { state } }) => state === 'offered' || fruitless.has(state)),
    sameItems,
  );
  if (!comparing) return null;
  return told
    .filter(({ identity }) => identity !== comparing.identity)
    .map((p) => <Offer key={p.identity} participant={p} onAccept={() => comparing.compare(p.identity)} />);
}

function Offer({ participant, onAccept }: { participant: ParticipantSnapshot; onAccept: () => void }): ReactNode {
  const t = useStrings();
  const { state, cancel } = useVerification(participant.identity);
  return (
    <li part="toast" className="confab-toast" data-offer={state}>
      <span>{fill(t.verification[state as 'offered'], { name: displayName(t, participant) })}</span>
      {state === 'offered' && (
        <button className="confab-button confab-primary confab-small" data-action="accept-offer" onClick={onAccept}>
          {t.verification.accept}
        </button>
      )}
      <button className="confab-button confab-small" data-action="decline-offer" onClick={() => attempt(cancel())}>
        {state === 'offered' ? t.verification.later : t.verification.close}
      </button>
    </li>
  );
}
