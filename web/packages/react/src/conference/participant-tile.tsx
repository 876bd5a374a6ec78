import type { EncryptionAlert, ParticipantSnapshot, TrackSnapshot } from '@confab/client';
import { VideoTrack } from '../components/video-track.js';
import { useEncryptionAlerts } from '../hooks/use-encryption-alerts.js';
import {
  CloudOff,
  Disc,
  Hand,
  LoaderCircle,
  LockKeyholeOpen,
  MicOff,
  Pin,
  PinOff,
  ScreenShare,
  ShieldAlert,
  ShieldCheck,
  TriangleAlert,
  WifiOff,
} from 'lucide-react';
import { useState, type ReactNode } from 'react';
import { displayName, hueOf, initials } from '../parts/display-name.js';
import { fill, useStrings, type Strings } from '../strings/index.js';
import { SpeakingFrame } from './speaking-frame.js';
import { track } from './stage.js';

export interface ParticipantTileProps {
  readonly participant: ParticipantSnapshot;
  /** The shared screen rather than the camera. */
  readonly screen: boolean;
  /** Says less, for the own picture in a corner. */
  readonly small?: boolean;
  readonly pinned?: boolean;
  /** Without it there is no button to pin the tile. */
  readonly onPin?: () => void;
}

/** One participant's camera or screen, with everything one should know about it at a glance. */
export function ParticipantTile(p: ParticipantTileProps): ReactNode {
  const t = useStrings();
  const { participant, screen } = p;
  const video = track(participant, screen ? 'screen' : 'camera');
  const microphone = track(participant, 'microphone');
  const name = displayName(t, participant);
  const label = participant.isLocal ? t.call.you : name;
  const muted = !screen && (!microphone || microphone.muted);
  const shown = video && !video.muted && video.status !== 'failed';
  const alerts = useEncryptionAlerts().filter(({ identity }) => identity === participant.identity);
  const trouble = participant.isLocal ? undefined : troubleOf(t, participant, name, alerts, shown ? video : undefined);
  return (
    <article
      part="tile"
      className="confab-tile"
      data-identity={participant.identity}
      data-source={screen ? 'screen' : 'camera'}
      data-local={participant.isLocal}
      data-small={p.small ?? false}
      aria-label={label}
    >
      {shown ? (
        <VideoTrack
          track={video.track}
          className="confab-tile-video"
          data-fit={screen ? 'contain' : fit(video.dimensions)}
          data-mirrored={participant.isLocal && !screen}
        />
      ) : (
        <Avatar name={name} identity={participant.identity} label={t.call.cameraOff} />
      )}
      {!screen && <SpeakingFrame identity={participant.identity} />}
      {trouble && (
        <div className="confab-tile-trouble" role="status">
          {trouble.icon}
          <strong>{trouble.title}</strong>
          {trouble.hint && !p.small && <span>{trouble.hint}</span>}
        </div>
      )}
      <footer className="confab-tile-caption">
        {participant.handMs > 0 && !screen && <Hand size={15} className="confab-hand" aria-label={t.hands.raised} />}
        {muted && <MicOff size={15} aria-label={t.call.muted} />}
        {screen && <ScreenShare size={15} aria-hidden />}
        {participant.roles.recorder && <Disc size={15} className="confab-recording" aria-label={t.call.recorder} />}
        <span part="name" className="confab-tile-name" title={participant.roles.operator ? t.call.operator : undefined}>
          {label}
        </span>
        {participant.verification.state === 'matched' && (
          <ShieldCheck size={15} className="confab-verified" aria-label={t.call.verified} />
        )}
        {(participant.quality === 'poor' || participant.quality === 'lost') && (
          <TriangleAlert size={15} className="confab-poor" aria-label={t.call.poor} />
        )}
      </footer>
      {p.onPin && (
        <button
          className="confab-tile-pin confab-icon-button"
          aria-pressed={p.pinned}
          aria-label={fill(p.pinned ? t.call.unpin : t.call.pin, { name: label })}
          onClick={p.onPin}
        >
          {p.pinned ? <PinOff size={18} aria-hidden /> : <Pin size={18} aria-hidden />}
        </button>
      )}
    </article>
  );
}

function Avatar({ name, identity, label }: { name: string; identity: string; label: string }): ReactNode {
  const [hue] = useState(() => hueOf(identity));
  return (
    <div className="confab-avatar" role="img" aria-label={label}>
      <span style={{ backgroundColor: `hsl(${hue} 45% 30%)` }}>{initials(name)}</span>
    </div>
  );
}

interface Trouble {
  readonly icon: ReactNode;
  readonly title: string;
  readonly hint?: string;
}

function troubleOf(
  t: Strings,
  p: ParticipantSnapshot,
  name: string,
  alerts: readonly EncryptionAlert[],
  video: TrackSnapshot | undefined,
): Trouble | undefined {
  if (p.away) return { icon: <CloudOff aria-hidden />, title: t.call.away };
  const is = (code: EncryptionAlert['code']): boolean => alerts.some((alert) => alert.code === code);
  const icon = <ShieldAlert aria-hidden />;
  if (is('misbehaved')) return { icon, title: t.call.distrusted };
  if (is('removed-by-host')) return { icon, title: t.call.removedByHost, hint: t.call.unheard };
  if (is('not-admitted')) return { icon, title: t.call.notAdmitted, hint: t.call.unheard };
  if (is('silent')) return { icon: <CloudOff aria-hidden />, title: t.call.silent, hint: t.call.silentHint };
  if (p.encryption === 'failing') {
    return {
      icon: <LockKeyholeOpen aria-hidden />,
      title: t.call.undecryptable,
      hint: fill(t.call.undecryptableHint, { name }),
    };
  }
  if (p.encryption === 'pending' || p.encryption === 'apart')
    return { icon: <LockKeyholeOpen aria-hidden />, title: t.call.noKeyYet };
  if (!video || video.flowing) return undefined;
  // Without dimensions no picture has come yet.
  if (!video.dimensions) return { icon: <LoaderCircle className="confab-spin" aria-hidden />, title: t.call.starting };
  return { icon: <WifiOff aria-hidden />, title: t.call.stalled };
}

/** A picture of about the shape of tiles, which are 4:3 to 16:9, fills its tile; one of quite another shape is shown whole. */
function fit(dimensions: { width: number; height: number } | undefined): 'cover' | 'contain' {
  if (!dimensions) return 'cover';
  const ratio = dimensions.width / dimensions.height;
  return ratio > 1.3 && ratio < 1.8 ? 'cover' : 'contain';
}
