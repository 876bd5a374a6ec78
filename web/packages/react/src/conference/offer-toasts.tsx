import type { ParticipantSnapshot } from '@confab/client';
import type { ReactNode } from 'react';
import { sameItems, useRoomState } from '../hooks/use-room-state.js';
import { useVerification } from '../hooks/use-verification.js';
import { attempt } from '../parts/attempt.js';
import { displayName } from '../parts/display-name.js';
import { fill, useStrings } from '../strings/index.js';
import { useComparing } from './verification.js';

/** Who asks to compare emoji, until that is answered. */
export function OfferToasts(): ReactNode {
  const comparing = useComparing();
  const offers = useRoomState((s) => s.remotes.filter((p) => p.verification.state === 'offered'), sameItems);
  if (!comparing) return null;
  return offers
    .filter(({ identity }) => identity !== comparing.identity)
    .map((p) => <Offer key={p.identity} participant={p} onAccept={() => comparing.compare(p.identity)} />);
}

function Offer({ participant, onAccept }: { participant: ParticipantSnapshot; onAccept: () => void }): ReactNode {
  const t = useStrings();
  const { cancel } = useVerification(participant.identity);
  return (
    <li part="toast" className="confab-toast" data-offer={participant.identity}>
      <span>{fill(t.verification.offered, { name: displayName(t, participant) })}</span>
      <button className="confab-button confab-primary confab-small" data-action="accept-offer" onClick={onAccept}>
        {t.verification.accept}
      </button>
      <button className="confab-button confab-small" data-action="decline-offer" onClick={() => attempt(cancel())}>
        {t.verification.later}
      </button>
    </li>
  );
}
