import type { DeviceErrorCode } from '../types.js';

/** A camera, microphone or screen could not be opened. */
export class DeviceError extends Error {
  override readonly name = 'DeviceError';

  constructor(
    readonly code: DeviceErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Opens a camera. Rejects with {@link DeviceError}. */
export async function openCamera(constraints: MediaTrackConstraints): Promise<MediaStreamTrack> {
  const stream = await open('camera', (devices) => devices.getUserMedia({ video: constraints }));
  return stream.getVideoTracks()[0]!;
}

/** Opens a microphone. Rejects with {@link DeviceError}. */
export async function openMicrophone(constraints: MediaTrackConstraints): Promise<MediaStreamTrack> {
  const stream = await open('microphone', (devices) => devices.getUserMedia({ audio: constraints }));
  return stream.getAudioTracks()[0]!;
}

export interface ScreenTracks {
  readonly video: MediaStreamTrack;
  /** Where the browser offers it and the person shares it. */
  readonly audio: MediaStreamTrack | undefined;
}

/** Must be called from a user gesture. Rejects with {@link DeviceError}: `aborted` when the person cancels. */
export async function openScreen(o: { audio: boolean; frameRate: number }): Promise<ScreenTracks> {
  const options = { video: { frameRate: { max: o.frameRate } }, audio: o.audio, systemAudio: 'include' };
  let stream: MediaStream;
  try {
    stream = await open('screen', (devices) => devices.getDisplayMedia(options));
  } catch (error) {
    // Browsers do not tell a cancelled picker from a refusal.
    if (error instanceof DeviceError && error.code === 'device-denied') {
      throw new DeviceError('aborted', 'no screen was chosen, or the browser may not record it', {
        cause: error.cause,
      });
    }
    throw error;
  }
  const video = stream.getVideoTracks()[0]!;
  video.contentHint = 'detail';
  return { video, audio: stream.getAudioTracks()[0] };
}

/** Labels are empty until a device of the kind was opened once. Empty on an insecure page. */
export async function listDevices(kind: MediaDeviceKind): Promise<MediaDeviceInfo[]> {
  const devices = (await mediaDevices()?.enumerateDevices()) ?? [];
  return devices.filter(
    (device) => device.kind === kind && (device.deviceId !== '' || device.label !== '' || kind !== 'audiooutput'),
  );
}

/** Calls `fn` when devices come or go, until the returned function is called. */
export function onDevicesChange(fn: () => void): () => void {
  const devices = mediaDevices();
  devices?.addEventListener('devicechange', fn);
  return () => devices?.removeEventListener('devicechange', fn);
}

/** Absent on insecure pages, whatever the types say. */
function mediaDevices(): MediaDevices | undefined {
  return (navigator as { mediaDevices?: MediaDevices }).mediaDevices;
}

async function open(what: string, ask: (devices: MediaDevices) => Promise<MediaStream>): Promise<MediaStream> {
  const devices = mediaDevices();
  if (!devices) {
    throw new DeviceError('insecure-page', `the ${what} needs a page served over HTTPS or from localhost`);
  }
  try {
    return await ask(devices);
  } catch (error) {
    throw deviceError(what, error);
  }
}

/** The names are those of the Media Capture and Streams specification, §10.2. */
export function deviceError(what: string, error: unknown): DeviceError {
  const name = error instanceof Error ? error.name : '';
  const cause = { cause: error };
  switch (name) {
    case 'NotAllowedError':
    case 'PermissionDeniedError':
      return new DeviceError(
        'device-denied',
        `the ${what} is not allowed: permit it in the browser's site settings`,
        cause,
      );
    case 'SecurityError':
      return new DeviceError('insecure-page', `this page may not use the ${what}: its policy forbids it`, cause);
    case 'NotFoundError':
    case 'OverconstrainedError':
      return new DeviceError('device-missing', `no ${what} was found: connect one, or choose another`, cause);
    case 'NotReadableError':
      return new DeviceError('device-busy', `the ${what} is in use by another program: close it and try again`, cause);
    case 'InvalidStateError':
      return new DeviceError('device-failed', `the ${what} can only be asked for in a click or a key press`, cause);
    case 'AbortError':
      return new DeviceError('device-failed', `the ${what} stopped: reconnect it and try again`, cause);
    default:
      return new DeviceError('device-failed', `the ${what} could not be opened`, cause);
  }
}
