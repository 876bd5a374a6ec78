import { E2eeError } from '../errors.js';
import { FrameSource, slotOf } from '../kid.js';
import type { Participant } from './network.js';

/** Some immutable header. */
export const HEADER = Uint8Array.of(1, 0, 0);
export const CAMERA = slotOf(FrameSource.camera);

export function text(value: string): Uint8Array {
  return new TextEncoder().encode(value);
}

export function sealVideo(from: Participant, picture = 'picture'): Promise<Uint8Array> {
  return from.e2ee.seal(CAMERA, HEADER, text(picture));
}

export async function openVideo(to: Participant, from: Participant, sealed: Uint8Array): Promise<string> {
  return new TextDecoder().decode(await to.e2ee.open(from.name, FrameSource.camera, HEADER, sealed));
}

/** The code of what a promise rejects with, or `opened`. */
export function code(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'opened',
    (error: unknown) => {
      if (error instanceof E2eeError) return error.code;
      throw error;
    },
  );
}
