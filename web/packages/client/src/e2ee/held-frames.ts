import type { Bytes } from './bytes.js';
import { E2eeError } from './errors.js';
import { isAudio } from './kid.js';

const AUDIO_MS = 500;
const ANYTHING_MS = 10_000;
const MAX_AUDIO = 128;
const MAX_OTHERS = 64;
const MAX_BYTES = 8 << 20;

/** A frame as it came. */
export interface SealedFrame {
  /** Milliseconds of the session's clock. */
  readonly since: number;
  readonly source: number;
  readonly metadata: Uint8Array;
  readonly frame: Uint8Array;
}

interface Held extends SealedFrame {
  readonly resolve: (plaintext: Bytes | Promise<Bytes>) => void;
  readonly reject: (error: E2eeError) => void;
}

/** The frames of one sender, in the order in which they came, that wait for their key (spec/e2ee.md §10.1). */
export class HeldFrames {
  #frames: Held[] = [];
  #bytes = 0;

  /** dropped: called for every frame that is given up. */
  constructor(readonly dropped: (frame: SealedFrame) => void) {}

  get size(): number {
    return this.#frames.length;
  }

  /** Keeps a frame; the promise settles with what release makes of it, or rejects with `key-missing`. */
  hold(frame: SealedFrame, nowMs: number): Promise<Bytes> {
    return new Promise((resolve, reject) => {
      this.#frames.push({ ...frame, resolve, reject });
      this.#bytes += frame.frame.length;
      const audio = isAudio(frame.source);
      const alike = this.#frames.filter((held) => isAudio(held.source) === audio);
      if (alike.length > (audio ? MAX_AUDIO : MAX_OTHERS)) this.#drop((held) => held === alike[0]);
      while (this.#bytes > MAX_BYTES) this.#drop((held) => held === this.#frames[0]);
      this.expire(nowMs);
    });
  }

  /** Gives up the frames that are too old. */
  expire(nowMs: number): void {
    this.#drop((held) => deadline(held) <= nowMs);
  }

  /** When the next frame will be too old, or Infinity. */
  get nextExpiry(): number {
    return this.#frames.reduce((next, held) => Math.min(next, deadline(held)), Infinity);
  }

  /** Takes all frames out, in their order, and settles each with what open makes of it. */
  release(open: (frame: SealedFrame) => Promise<Bytes>): void {
    const frames = this.#frames;
    this.#frames = [];
    this.#bytes = 0;
    for (const held of frames) held.resolve(open(held));
  }

  clear(error: E2eeError): void {
    for (const held of this.#frames.splice(0)) held.reject(error);
    this.#bytes = 0;
  }

  #drop(which: (held: Held) => boolean): void {
    const gone = this.#frames.filter(which);
    if (gone.length === 0) return;
    this.#frames = this.#frames.filter((held) => !gone.includes(held));
    for (const held of gone) {
      this.#bytes -= held.frame.length;
      this.dropped(held);
      held.reject(new E2eeError('key-missing', 'the key of the frame did not come in time'));
    }
  }
}

function deadline(held: Held): number {
  return held.since + (isAudio(held.source) ? AUDIO_MS : ANYTHING_MS);
}
