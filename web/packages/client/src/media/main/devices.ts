import type { DeviceErrorCode } from '../types.js';

export declare class DeviceError extends Error {
  readonly code: DeviceErrorCode;
}

/** Opens a camera or microphone. Rejects with {@link DeviceError}. */
export declare function openCamera(constraints: MediaTrackConstraints): Promise<MediaStreamTrack>;
export declare function openMicrophone(constraints: MediaTrackConstraints): Promise<MediaStreamTrack>;
/** Must be called from a user gesture. `aborted` when the person cancels. */
export declare function openScreen(o: {
  audio: boolean;
  frameRate: number;
}): Promise<{ video: MediaStreamTrack; audio: MediaStreamTrack | undefined }>;
/** Labels are empty until a device of the kind was opened once. */
export declare function listDevices(kind: MediaDeviceKind): Promise<MediaDeviceInfo[]>;
/** Calls `fn` when devices come or go, until the returned function is called. */
export declare function onDevicesChange(fn: () => void): () => void;
