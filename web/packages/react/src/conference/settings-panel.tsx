import { useMediaDeviceSelect } from '../hooks/use-media-device-select.js';
import { useRoomState } from '../hooks/use-room-state.js';
import { useRoom } from '../room-context.js';
import type { RoomStats } from '@confab/client';
import { useEffect, useState, type ReactNode } from 'react';
import { DeviceSelect } from '../parts/device-select.js';
import { useDecided } from '../root/confab-root.js';
import { cameraOptions, setPreferences, usePreferences, type Preferences } from '../preferences/preferences.js';
import { languages, useStrings, type Language } from '../strings/index.js';

/** Devices, looks, keys, and what the connection does. */
export function SettingsPanel(): ReactNode {
  const t = useStrings();
  const { theme, language, quality, cameraId } = usePreferences();
  const decided = useDecided();
  const room = useRoom();
  const changeQuality = (wanted: Preferences['quality']): void => {
    setPreferences({ quality: wanted });
    const me = room.localParticipant;
    const camera = me.track('camera');
    if (!camera || camera.muted) return;
    const reopen = async (): Promise<void> => {
      await me.setCameraEnabled(false);
      await me.setCameraEnabled(true, cameraOptions({ quality: wanted, cameraId }));
    };
    void reopen().catch(() => {});
  };
  const keys: [string, string][] = [
    ['D', t.settings.mic],
    ['E', t.settings.camera],
    ['S', t.settings.share],
    ['C', t.settings.chat],
    ['P', t.settings.people],
    ['H', t.hands.raise],
    ['Esc', t.settings.close],
    [t.settings.space, t.settings.talk],
  ];
  return (
    <div className="confab-panel-body">
      <Picker kind="videoinput" label={t.device.camera} preference="cameraId" />
      <Picker kind="audioinput" label={t.device.microphone} preference="microphoneId" />
      <Picker kind="audiooutput" label={t.device.speaker} preference="speakerId" />
      <label className="confab-labelled">
        <span>{t.settings.quality}</span>
        <select
          className="confab-field"
          value={quality}
          onChange={(e) => changeQuality(e.target.value as Preferences['quality'])}
        >
          <option value="best">{t.settings.best}</option>
          <option value="saver">{t.settings.saver}</option>
        </select>
      </label>
      {!decided.theme && (
        <label className="confab-labelled">
          <span>{t.settings.theme}</span>
          <select
            className="confab-field"
            value={theme}
            onChange={(e) => setPreferences({ theme: e.target.value as Preferences['theme'] })}
          >
            <option value="auto">{t.settings.auto}</option>
            <option value="light">{t.settings.light}</option>
            <option value="dark">{t.settings.dark}</option>
          </select>
        </label>
      )}
      {!decided.language && (
        <label className="confab-labelled">
          <span>{t.settings.language}</span>
          <select
            className="confab-field"
            value={language}
            onChange={(e) => setPreferences({ language: e.target.value as Language })}
          >
            {Object.entries(languages).map(([tag, name]) => (
              <option key={tag} value={tag} lang={tag}>
                {name}
              </option>
            ))}
          </select>
        </label>
      )}
      <h3>{t.settings.shortcuts}</h3>
      <dl className="confab-shortcuts">
        {keys.map(([key, what]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <h3>{t.settings.details}</h3>
      <ConnectionDetails />
    </div>
  );
}

function Picker(p: {
  kind: MediaDeviceKind;
  label: string;
  preference: 'cameraId' | 'microphoneId' | 'speakerId';
}): ReactNode {
  const { devices, activeDeviceId, select } = useMediaDeviceSelect(p.kind);
  if (devices.length === 0 && p.kind === 'audiooutput') return null;
  return (
    <DeviceSelect
      label={p.label}
      devices={devices}
      value={activeDeviceId ?? ''}
      onChange={(id) => {
        setPreferences({ [p.preference]: id });
        void select(id).catch(() => {});
      }}
    />
  );
}

function ConnectionDetails(): ReactNode {
  const t = useStrings();
  const room = useRoom();
  const transport = useRoomState((s) => s.transport);
  const [stats, setStats] = useState<RoomStats>();
  useEffect(() => {
    let live = true;
    const read = (): void =>
      void room.stats().then(
        (s) => live && setStats(s),
        () => {},
      );
    read();
    const timer = setInterval(read, 2000);
    return () => {
      live = false;
      clearInterval(timer);
    };
  }, [room]);
  return (
    <dl className="confab-details">
      <div>
        <dt>{t.settings.transport}</dt>
        <dd>{transport === 'webtransport' ? 'WebTransport' : 'WebSocket'}</dd>
      </div>
      <div>
        <dt>{t.settings.roundTrip}</dt>
        <dd>{stats ? `${Math.round(stats.rttMs)} ms` : '…'}</dd>
      </div>
      {stats?.tracks.map((track) => (
        <div key={`${track.direction}/${track.identity}/${track.source}`}>
          <dt>
            {track.direction === 'send' ? '↑' : '↓'} {track.source}
          </dt>
          <dd>
            {track.codec}{' '}
            {track.height > 0 && `${track.width}×${track.height} ${Math.round(track.framesPerSecond)} fps `}
            {Math.round(track.bitrate / 1000)} kbit/s
          </dd>
        </div>
      ))}
    </dl>
  );
}
