import { KeyRound } from 'lucide-react';
import type { ReactNode } from 'react';
import { sameButSpeaking } from '../hooks/same-but-speaking.js';
import { useEncryption } from '../hooks/use-encryption.js';
import { useEncryptionAlerts } from '../hooks/use-encryption-alerts.js';
import { useHands, useModeration } from '../hooks/use-moderation.js';
import { useLocalParticipant } from '../hooks/use-participants.js';
import { sameItems, useRoomState } from '../hooks/use-room-state.js';
import { CopyButton } from '../parts/copy-button.js';
import { fill, useStrings } from '../strings/index.js';
import { HostPanel } from './host-panel.js';
import { OutsiderRow } from './outsider-row.js';
import { PersonRow } from './person-row.js';
import { WaitingList } from './waiting-list.js';

/** Who is here, who is heard and seen, and who is given no keys or came without. */
export function PeoplePanel({ link }: { link: string | undefined }): ReactNode {
  const t = useStrings();
  const everyone = useRoomState(
    (s) => [s.local, ...s.remotes],
    (a, b) => sameItems(a, b, sameButSpeaking),
  );
  const outside = useEncryptionAlerts().filter(({ code }) => code === 'not-admitted' || code === 'removed-by-host');
  const outsiders = everyone.filter(({ identity }) => outside.some((alert) => alert.identity === identity));
  // Raised hands first, in their order.
  const present = everyone
    .filter((p) => p.encryption !== 'refused' && !outsiders.includes(p))
    .sort((a, b) => (a.handMs || Infinity) - (b.handMs || Infinity) || 0);
  const hands = useHands();
  const { isHost } = useModeration();
  const refused = everyone.filter((p) => p.encryption === 'refused');
  return (
    <div className="confab-panel-body">
      {link && (
        <>
          <CopyButton text={link} label={t.people.invite} className="confab-button confab-wide" />
          <p className="confab-muted confab-small">{t.call.linkSecret}</p>
        </>
      )}
      <HalfHost />
      {isHost && <WaitingList />}
      <h3>{fill(t.people.count, { n: present.length })}</h3>
      <ul className="confab-people">
        {present.map((p) => (
          <PersonRow
            key={p.identity}
            participant={p}
            place={hands.findIndex(({ identity }) => identity === p.identity) + 1}
          />
        ))}
      </ul>
      {outsiders.length > 0 && (
        <>
          <h3>{t.people.apart}</h3>
          <p className="confab-muted confab-small">{t.people.apartHint}</p>
          <ul className="confab-people">
            {outsiders.map((p) => (
              <OutsiderRow
                key={p.identity}
                participant={p}
                removed={outside.some(({ code, identity }) => identity === p.identity && code === 'removed-by-host')}
              />
            ))}
          </ul>
        </>
      )}
      {refused.length > 0 && (
        <>
          <h3>{t.people.refused}</h3>
          <p className="confab-muted confab-small">{t.people.refusedHint}</p>
          <ul className="confab-people">
            {refused.map((p) => (
              <li key={p.identity}>
                <KeyRound size={18} aria-hidden />
                <span className="confab-person-name">{p.identity}</span>
              </li>
            ))}
          </ul>
        </>
      )}
      {isHost && <HostPanel />}
    </div>
  );
}

/** What it means when server and encryption do not agree on whether one is a host oneself. */
function HalfHost(): ReactNode {
  const t = useStrings();
  const { named } = useEncryption();
  const { isHost, permissions } = useLocalParticipant();
  if (!named || isHost === permissions.admin) return null;
  return (
    <p className="confab-notice" data-notice={isHost ? 'keys-only' : 'server-only'}>
      {isHost ? t.host.keysOnlyText : t.host.serverOnlyText}
    </p>
  );
}
