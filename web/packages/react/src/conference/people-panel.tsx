import type { ParticipantSnapshot } from '@confab/client';
import { useParticipants } from '../hooks/use-participants.js';
import { Crown, Disc, Hand, KeyRound, Mic, MicOff, ScreenShare, TriangleAlert, VideoOff } from 'lucide-react';
import type { ReactNode } from 'react';
import { CopyButton } from '../parts/copy-button.js';
import { displayName, hueOf, initials } from '../parts/display-name.js';
import { fill, useStrings } from '../strings/index.js';
import { useHands, useModeration } from '../hooks/use-moderation.js';
import { HostPanel } from './host-panel.js';
import { PersonMenu } from './person-menu.js';
import { track } from './stage.js';
import { WaitingList } from './waiting-list.js';

/** Who is here, who is heard and seen, and who came without the key. */
export function PeoplePanel({ link }: { link: string | undefined }): ReactNode {
  const t = useStrings();
  const everyone = useParticipants();
  // Raised hands first, in their order.
  const present = everyone
    .filter((p) => p.encryption !== 'refused')
    .sort((a, b) => (a.handMs || Infinity) - (b.handMs || Infinity) || 0);
  const hands = useHands();
  const { isHost } = useModeration();
  const refused = everyone.filter((p) => p.encryption === 'refused');
  return (
    <div className="confab-panel-body">
      {link && <CopyButton text={link} label={t.people.invite} className="confab-button confab-wide" />}
      {isHost && <WaitingList />}
      <h3>{fill(t.people.count, { n: present.length })}</h3>
      <ul className="confab-people">
        {present.map((p) => (
          <Person key={p.identity} participant={p} place={hands.indexOf(p) + 1} menu={isHost && !p.isLocal} />
        ))}
      </ul>
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

function Person({
  participant: p,
  place,
  menu,
}: {
  participant: ParticipantSnapshot;
  /** Of its hand among all that are raised, from 1; 0: it is not. */
  place: number;
  menu: boolean;
}): ReactNode {
  const t = useStrings();
  const name = displayName(t, p);
  const microphone = track(p, 'microphone');
  const camera = track(p, 'camera');
  return (
    <li data-identity={p.identity}>
      <span className="confab-dot" style={{ backgroundColor: `hsl(${hueOf(p.identity)} 45% 30%)` }} aria-hidden>
        {initials(name)}
      </span>
      <span className="confab-person-name">{p.isLocal ? `${name} (${t.call.you})` : name}</span>
      {place > 0 && (
        <span className="confab-hand" title={t.hands.raised}>
          <Hand size={16} aria-label={t.hands.raised} /> {place}
        </span>
      )}
      {p.permissions.admin && <Crown size={16} aria-label={t.host.host} />}
      {p.roles.recorder && <Disc size={16} className="confab-recording" aria-label={t.call.recorder} />}
      {p.quality === 'poor' && <TriangleAlert size={16} className="confab-poor" aria-label={t.call.poor} />}
      {track(p, 'screen') && <ScreenShare size={16} aria-label={fill(t.call.presenting, { name })} />}
      {(!camera || camera.muted) && <VideoOff size={16} aria-label={t.call.cameraOff} />}
      {microphone && !microphone.muted ? <Mic size={16} aria-hidden /> : <MicOff size={16} aria-label={t.call.muted} />}
      {menu && <PersonMenu participant={p} />}
    </li>
  );
}
