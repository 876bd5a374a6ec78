import * as media from '../media/main/devices.js';
import { RoomError } from './errors.js';
import type { CaptureOptions, Source } from './types.js';

const WORDS: Record<string, (what: string) => string> = {
  'device-denied': (what) =>
    `Access to the ${what} was not allowed. Allow it in the browser's address bar, then try again.`,
  'device-missing': (what) => `No ${what} was found. Connect one or choose another, then try again.`,
  'device-busy': (what) => `The ${what} is used by another program. Close that program, then try again.`,
  'insecure-page': (what) => `This page may not use the ${what}: it must be opened over https.`,
  aborted: (what) => `No ${what} was chosen.`,
};

/** Opens a camera. Rejects with a `RoomError` coded `device-…` or `insecure-page`. */
export function openCamera(o: CaptureOptions = {}): Promise<MediaStreamTrack> {
  return worded('camera', media.openCamera(videoConstraints(o)));
}

/** Opens a microphone. Rejects like {@link openCamera}. */
export function openMicrophone(o: CaptureOptions = {}): Promise<MediaStreamTrack> {
  return worded('microphone', media.openMicrophone(audioConstraints(o)));
}

/** Lets the user pick what to share. Rejects with `aborted` when they cancel. Must run in a user gesture. */
export function openScreen(o: { audio: boolean; frameRate: number }): ReturnType<typeof media.openScreen> {
  return worded('screen', media.openScreen(o));
}

/**
 * Opens camera and microphone for a preview before joining. Hand the tracks to `localParticipant.publishTrack`, or stop
 * them. `false` leaves one out; both are on by default. When one can't be opened, the other is stopped again.
 */
export async function createLocalTracks(
  o: { audio?: CaptureOptions | boolean; video?: CaptureOptions | boolean } = {},
): Promise<MediaStreamTrack[]> {
  const wanted = [
    ...(o.audio === false ? [] : [openMicrophone(o.audio === true ? {} : o.audio)]),
    ...(o.video === false ? [] : [openCamera(o.video === true ? {} : o.video)]),
  ];
  const results = await Promise.allSettled(wanted);
  const tracks = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const failed = results.find((result) => result.status === 'rejected');
  if (!failed) return tracks;
  for (const track of tracks) track.stop();
  throw failed.reason;
}

/** The devices of a kind. Their names are empty until the user has allowed one of that kind. */
export function listDevices(kind: MediaDeviceKind): Promise<MediaDeviceInfo[]> {
  return worded('devices', media.listDevices(kind));
}

/** What a track of unknown origin most likely shows or carries. */
export function guessSource(track: MediaStreamTrack): Source {
  const screen = 'displaySurface' in track.getSettings();
  if (track.kind === 'audio') return screen ? 'screen-audio' : 'microphone';
  return screen ? 'screen' : 'camera';
}

async function worded<T>(what: string, opened: Promise<T>): Promise<T> {
  try {
    return await opened;
  } catch (cause) {
    if (!(cause instanceof media.DeviceError)) {
      throw new RoomError('device-failed', `The ${what} could not be started.`, true, { cause });
    }
    const message = WORDS[cause.code]?.(what) ?? `The ${what} could not be started: ${cause.message}`;
    throw new RoomError(cause.code, message, cause.code !== 'insecure-page', { cause });
  }
}

function videoConstraints(o: CaptureOptions): MediaTrackConstraints {
  return {
    ...deviceConstraint(o),
    width: { ideal: o.width ?? 1280 },
    height: { ideal: o.height ?? 720 },
    frameRate: { ideal: o.frameRate ?? 30 },
    ...(o.facingMode && { facingMode: o.facingMode }),
  };
}

function audioConstraints(o: CaptureOptions): MediaTrackConstraints {
  return {
    ...deviceConstraint(o),
    echoCancellation: o.echoCancellation ?? true,
    noiseSuppression: o.noiseSuppression ?? true,
    autoGainControl: o.autoGainControl ?? true,
  };
}

function deviceConstraint(o: CaptureOptions): MediaTrackConstraints {
  return o.deviceId ? { deviceId: { exact: o.deviceId } } : {};
}
