import type { ParticipantSnapshot } from '@confab/client';
import {
  CloudOff,
  Crown,
  Disc,
  Hand,
  Mic,
  MicOff,
  ScreenShare,
  ShieldAlert,
  ShieldCheck,
  TriangleAlert,
  VideoOff,
} from 'lucide-react';
import type { ReactNode } from 'react';
import { useEncryption } from '../hooks/use-encryption.js';
import { displayName, hueOf, initials } from '../parts/display-name.js';
import { fill, useStrings } from '../strings/index.js';
import { PersonMenu } from './person-menu.js';
import { track } from './stage.js';

/** One participant in the list of people, with all that is known of it. */
export function PersonRow({
  participant: p,
  place,
}: {
  participant: ParticipantSnapshot;
  /** Of its hand among all that are raised, from 1; 0: it is not. */
  place: number;
}): ReactNode {
  const t = useStrings();
  const { named, alerts } = useEncryption();
  const name = displayName(t, p);
  const microphone = track(p, 'microphone');
  const camera = track(p, 'camera');
  const { admin } = p.permissions;
  const halfHost = named && admin !== p.isHost;
  const codes = alerts.filter(({ identity }) => identity === p.identity).map(({ code }) => code);
  return (
    <li data-identity={p.identity}>
      <span className="confab-dot" style={{ backgroundColor: `hsl(${hueOf(p.identity)} 45% 30%)` }} aria-hidden>
        {initials(name)}
      </span>
      <span className="confab-person-name">
        {p.isLocal ? `${name} (${t.call.you})` : name}
        {halfHost && <small>{admin ? t.host.serverOnly : t.host.keysOnly}</small>}
      </span>
      {place > 0 && (
        <span className="confab-hand" title={t.hands.raised}>
          <Hand size={16} aria-label={t.hands.raised} /> {place}
        </span>
      )}
      {(codes.includes('misbehaved') || codes.includes('roster-differs')) && (
        <ShieldAlert size={16} className="confab-alarm" aria-label={t.call.distrusted} />
      )}
      {codes.includes('silent') && <CloudOff size={16} className="confab-poor" aria-label={t.call.silent} />}
      {p.verification.state === 'matched' && (
        <ShieldCheck size={16} className="confab-verified" aria-label={t.call.verified} />
      )}
      {admin && !halfHost && <Crown size={16} aria-label={t.host.host} />}
      {p.roles.recorder && <Disc size={16} className="confab-recording" aria-label={t.call.recorder} />}
      {p.quality === 'poor' && <TriangleAlert size={16} className="confab-poor" aria-label={t.call.poor} />}
      {track(p, 'screen') && <ScreenShare size={16} aria-label={fill(t.call.presenting, { name })} />}
      {(!camera || camera.muted) && <VideoOff size={16} aria-label={t.call.cameraOff} />}
      {microphone && !microphone.muted ? <Mic size={16} aria-hidden /> : <MicOff size={16} aria-label={t.call.muted} />}
      {!p.isLocal && <PersonMenu participant={p} />}
    </li>
  );
}
