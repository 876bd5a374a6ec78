import { checkSupport, linkKeys, RoomError, type SupportReport } from '@confab/client';
import { LevelMeter, PreviewVideo, usePreviewTracks, useTrackLevel } from '@confab/react';
import { LockKeyhole, LockKeyholeOpen, Mic, MicOff, Video, VideoOff } from 'lucide-react';
import { useEffect, useState, type FormEvent, type ReactNode } from 'react';
import { setPreferences, usePreferences } from '../state/preferences.js';
import { fill, useStrings, type Strings } from '../strings/index.js';
import { ConnectionCheck } from './connection-check.js';
import { DeviceFields } from './device-fields.js';

/** Name, devices and connection, before anyone sees or hears anything. */
export function PreJoin(p: { link: string; joining: boolean; onJoin: () => void }): ReactNode {
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
  const key = linkKey(p.link);

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
    <main className="page prejoin">
      <form className="prejoin-card" onSubmit={submit}>
        <section className="preview" aria-label={t.prejoin.preview}>
          <div className="preview-stage">
            {preview.camera ? (
              <PreviewVideo track={preview.camera} className="mirrored" />
            ) : (
              <p className="preview-off" role="status">
                <VideoOff size={28} aria-hidden />
                {preview.cameraError
                  ? deviceProblem(t, preview.cameraError, t.device.camera)
                  : camera
                    ? t.prejoin.cameraStarting
                    : t.prejoin.cameraOff}
              </p>
            )}
            <div className="preview-controls">
              <button
                type="button"
                className="round"
                aria-pressed={microphone}
                aria-label={microphone ? t.controls.micOff : t.controls.micOn}
                onClick={() => setPreferences({ microphone: !microphone })}
              >
                {microphone ? <Mic aria-hidden /> : <MicOff aria-hidden />}
              </button>
              <button
                type="button"
                className="round"
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
            <div className="problem" role="alert">
              {preview.microphoneError && <p>{deviceProblem(t, preview.microphoneError, t.device.microphone)}</p>}
              {preview.cameraError && <p>{deviceProblem(t, preview.cameraError, t.device.camera)}</p>}
              <button type="button" className="button small" onClick={() => setAttempt((n) => n + 1)}>
                {t.device.retry}
              </button>
            </div>
          )}
        </section>
        <section className="prejoin-form">
          <h1>{t.prejoin.title}</h1>
          <label className="labelled">
            <span>{t.prejoin.name}</span>
            <input
              className="field"
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
          <p className="fact" data-state={key}>
            {key === 'held' ? <LockKeyhole size={16} aria-hidden /> : <LockKeyholeOpen size={16} aria-hidden />}
            {key === 'held' ? t.prejoin.encrypted : t.prejoin.noSecret}
          </p>
          <button className="button primary large" type="submit" disabled={p.joining} data-action="join">
            {p.joining ? t.prejoin.joining : t.prejoin.join}
          </button>
        </section>
      </form>
    </main>
  );
}

function Refusal({ text, detail }: { text: string; detail?: string }): ReactNode {
  return (
    <main className="page ended">
      <h1 role="alert">{text}</h1>
      {detail && <code className="muted small">{detail}</code>}
    </main>
  );
}

function MicrophoneMeter({ track, label }: { track: MediaStreamTrack | undefined; label: string }): ReactNode {
  return <LevelMeter className="meter" level={useTrackLevel(track)} label={label} />;
}

/** What stands in the way of a device, in words that say what to do. */
export function deviceProblem(t: Strings, error: Error, device: string): string {
  const code = error instanceof RoomError && error.code in t.device ? error.code : 'device-failed';
  return fill(t.device[code as keyof Strings['device']], { device });
}

function useSupport(): SupportReport | undefined {
  const [report, setReport] = useState<SupportReport>();
  useEffect(() => void checkSupport().then(setReport), []);
  return report;
}

function linkKey(link: string): 'held' | 'none' | 'damaged' {
  try {
    return linkKeys(link).secret.some((byte) => byte !== 0) ? 'held' : 'none';
  } catch {
    return 'damaged';
  }
}
