import { checkSupport, linkKeys, type KeyProvider, type SupportReport } from '@confab/client';
import { LevelMeter } from '../components/level-meter.js';
import { PreviewVideo } from '../components/preview-video.js';
import { usePreviewTracks } from '../hooks/use-preview-tracks.js';
import { useTrackLevel } from '../hooks/use-track-level.js';
import { LockKeyhole, LockKeyholeOpen, Mic, MicOff, Video, VideoOff } from 'lucide-react';
import { useEffect, useState, type FormEvent, type ReactNode } from 'react';
import { setPreferences, usePreferences } from '../preferences/preferences.js';
import { deviceProblem } from '../parts/device-problem.js';
import { useStrings } from '../strings/index.js';
import { ConnectionCheck } from './connection-check.js';
import { DeviceFields } from './device-fields.js';

export interface PreJoinProps {
  /** The meeting's link, or the address of a node. */
  readonly link: string;
  /** The keys to join with when they are not in the link. */
  readonly keys?: KeyProvider;
  /** Joining is under way: devices are let go of and the button is off. */
  readonly joining: boolean;
  /** What the person chose is in the preferences. */
  readonly onJoin: () => void;
  /** Shown above the button to join. */
  readonly children?: ReactNode;
}

/** Name, devices and connection, before anyone sees or hears anything. */
export function PreJoin(p: PreJoinProps): ReactNode {
  const t = useStrings();
  const preferences = usePreferences();
  const { name, camera, microphone, cameraId, microphoneId } = preferences;
  const [attempt, setAttempt] = useState(0);
  const support = useSupport();
  const preview = usePreviewTracks({
    camera: camera && !p.joining && (cameraId || true),
    microphone: microphone && !p.joining && (microphoneId || true),
    attempt,
  });
  const key = keyState(p.link, p.keys);

  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setPreferences({ name: name.trim() });
    p.onJoin();
  };

  if (key === 'damaged') return <Refusal text={t.ended['key-missing']} />;
  if (support && !support.supported) {
    const insecure = support.missing.includes('secure-context');
    return (
      <Refusal text={insecure ? t.ended['insecure-page'] : t.ended.unsupported} detail={support.missing.join(', ')} />
    );
  }
  return (
    <main className="confab-page confab-prejoin">
      <form className="confab-prejoin-card" onSubmit={submit}>
        <section className="confab-preview" aria-label={t.prejoin.preview}>
          <div className="confab-preview-stage">
            {preview.camera ? (
              <PreviewVideo track={preview.camera} className="confab-mirrored" />
            ) : (
              <p className="confab-preview-off" role="status">
                <VideoOff size={28} aria-hidden />
                {preview.cameraError
                  ? deviceProblem(t, preview.cameraError, t.device.camera)
                  : camera
                    ? t.prejoin.cameraStarting
                    : t.prejoin.cameraOff}
              </p>
            )}
            <div className="confab-preview-controls">
              <button
                type="button"
                className="confab-round"
                aria-pressed={microphone}
                aria-label={microphone ? t.controls.micOff : t.controls.micOn}
                onClick={() => setPreferences({ microphone: !microphone })}
              >
                {microphone ? <Mic aria-hidden /> : <MicOff aria-hidden />}
              </button>
              <button
                type="button"
                className="confab-round"
                aria-pressed={camera}
                aria-label={camera ? t.controls.cameraOff : t.controls.cameraOn}
                onClick={() => setPreferences({ camera: !camera })}
              >
                {camera ? <Video aria-hidden /> : <VideoOff aria-hidden />}
              </button>
            </div>
          </div>
          <MicrophoneMeter track={preview.microphone} label={t.prejoin.micLevel} />
          {(preview.microphoneError || preview.cameraError) && (
            <div className="confab-problem" role="alert">
              {preview.microphoneError && <p>{deviceProblem(t, preview.microphoneError, t.device.microphone)}</p>}
              {preview.cameraError && <p>{deviceProblem(t, preview.cameraError, t.device.camera)}</p>}
              <button type="button" className="confab-button confab-small" onClick={() => setAttempt((n) => n + 1)}>
                {t.device.retry}
              </button>
            </div>
          )}
        </section>
        <section className="confab-prejoin-form">
          <h1>{t.prejoin.title}</h1>
          <label className="confab-labelled">
            <span>{t.prejoin.name}</span>
            <input
              className="confab-field"
              name="name"
              autoComplete="name"
              maxLength={64}
              placeholder={t.prejoin.namePlaceholder}
              value={name}
              autoFocus
              onChange={(e) => setPreferences({ name: e.target.value })}
            />
          </label>
          <DeviceFields camera={preview.camera} granted={Boolean(preview.camera ?? preview.microphone)} />
          <ConnectionCheck link={p.link} />
          <p className="confab-fact" data-state={key}>
            {key === 'held' ? <LockKeyhole size={16} aria-hidden /> : <LockKeyholeOpen size={16} aria-hidden />}
            {key === 'held' ? t.prejoin.encrypted : t.prejoin.noSecret}
          </p>
          {p.children}
          <button
            className="confab-button confab-primary confab-large"
            type="submit"
            disabled={p.joining}
            data-action="join"
          >
            {p.joining ? t.prejoin.joining : t.prejoin.join}
          </button>
        </section>
      </form>
    </main>
  );
}

function Refusal({ text, detail }: { text: string; detail?: string }): ReactNode {
  return (
    <main className="confab-page confab-ended">
      <h1 role="alert">{text}</h1>
      {detail && <code className="confab-muted confab-small">{detail}</code>}
    </main>
  );
}

function MicrophoneMeter({ track, label }: { track: MediaStreamTrack | undefined; label: string }): ReactNode {
  return <LevelMeter className="confab-meter" level={useTrackLevel(track)} label={label} />;
}

function useSupport(): SupportReport | undefined {
  const [report, setReport] = useState<SupportReport>();
  useEffect(() => void checkSupport().then(setReport), []);
  return report;
}

function keyState(link: string, keys: KeyProvider | undefined): 'held' | 'none' | 'damaged' {
  try {
    return (keys ?? linkKeys(link)).secret.some((byte) => byte !== 0) ? 'held' : 'none';
  } catch {
    return 'damaged';
  }
}
