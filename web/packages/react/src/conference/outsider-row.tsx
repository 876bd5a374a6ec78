import type { ParticipantSnapshot } from '@confab/client';
import { ShieldAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { useModeration } from '../hooks/use-moderation.js';
import { useRoomState } from '../hooks/use-room-state.js';
import { attempt } from '../parts/attempt.js';
import { displayName } from '../parts/display-name.js';
import { useStrings } from '../strings/index.js';
import { PersonMenu } from './person-menu.js';

/** One whom the server shows in the room and who is given no keys. Only a host of the encryption lets it in. */
export function OutsiderRow({
  participant: p,
  removed,
}: {
  participant: ParticipantSnapshot;
  removed: boolean;
}): ReactNode {
  const t = useStrings();
  const { letIn } = useModeration();
  const admits = useRoomState((s) => s.local.isHost);
  const name = displayName(t, p);
  return (
    <li data-identity={p.identity}>
      <ShieldAlert size={18} className="confab-poor" aria-hidden />
      <span className="confab-person-name">
        {name}
        <small>{removed ? t.call.removedByHost : t.call.notAdmitted}</small>
      </span>
      {admits && !removed && (
        <button
          className="confab-button confab-small"
          aria-label={`${t.host.admitShort}: ${name}`}
          data-action="let-in"
          onClick={() => attempt(letIn(p.identity))}
        >
          {t.host.admitShort}
        </button>
      )}
      <PersonMenu participant={p} />
    </li>
  );
}
