import { listDevices } from '@confab/client';
import { useEffect, useState, type ReactNode } from 'react';
import { DeviceSelect } from '../parts/device-select.js';
import { setPreferences, usePreferences } from '../preferences/preferences.js';
import { useStrings } from '../strings/index.js';

/** The device pickers of the pre-join page. `granted` turns true when the browser has begun to tell device names. */
export function DeviceFields(p: { camera: MediaStreamTrack | undefined; granted: boolean }): ReactNode {
  const t = useStrings();
  const { cameraId, microphoneId, speakerId, blur } = usePreferences();
  const cameras = useDevices('videoinput', p.granted);
  const microphones = useDevices('audioinput', p.granted);
  const speakers = useDevices('audiooutput', p.granted);
  const blurs = useBlur(p.camera, blur);
  return (
    <div className="confab-devices">
      <DeviceSelect
        label={t.device.camera}
        devices={cameras}
        value={cameraId}
        onChange={(id) => setPreferences({ cameraId: id })}
      />
      <DeviceSelect
        label={t.device.microphone}
        devices={microphones}
        value={microphoneId}
        onChange={(id) => setPreferences({ microphoneId: id })}
      />
      {speakers.length > 0 && (
        <DeviceSelect
          label={t.device.speaker}
          devices={speakers}
          value={speakerId}
          onChange={(id) => setPreferences({ speakerId: id })}
        />
      )}
      {blurs && (
        <label className="confab-check">
          <input type="checkbox" checked={blur} onChange={(e) => setPreferences({ blur: e.target.checked })} />
          {t.prejoin.blur}
        </label>
      )}
    </div>
  );
}

function useDevices(kind: MediaDeviceKind, granted: boolean): readonly MediaDeviceInfo[] {
  const [devices, setDevices] = useState<readonly MediaDeviceInfo[]>([]);
  useEffect(() => {
    let live = true;
    const refresh = (): void => void listDevices(kind).then((found) => live && setDevices(found));
    refresh();
    navigator.mediaDevices?.addEventListener('devicechange', refresh);
    return () => {
      live = false;
      navigator.mediaDevices?.removeEventListener('devicechange', refresh);
    };
  }, [kind, granted]);
  return devices;
}

/** Media Capture Extensions §backgroundBlur: what the platform's camera offers by itself. */
type BlurCapabilities = MediaTrackCapabilities & { backgroundBlur?: boolean[] };

/** Whether the camera can blur its background; keeps it as wanted. */
function useBlur(camera: MediaStreamTrack | undefined, blur: boolean): boolean {
  const choices = (camera?.getCapabilities?.() as BlurCapabilities | undefined)?.backgroundBlur ?? [];
  const offered = choices.includes(true) && choices.includes(false);
  useEffect(() => {
    if (camera && offered)
      void camera.applyConstraints({ backgroundBlur: blur } as MediaTrackConstraints).catch(() => {});
  }, [camera, offered, blur]);
  return offered;
}
