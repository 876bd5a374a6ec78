import type { Bytes } from './bytes.js';
import type { E2eeEvent } from './events.js';
import type { SealedFrame } from './held-frames.js';
import { isVideo, kidGen } from './kid.js';
import type { Member } from './member.js';
import { decodeHeader } from './sframe.js';
import type { Trouble } from './trouble.js';

const KEYFRAME_EVERY_MS = 1000;

export interface FrameOpenerOptions {
  readonly trouble: Trouble;
  now(): number;
  emit(event: E2eeEvent): void;
  /** Something is due that was not before. */
  changed(): void;
}

/** Opens frames, holds those whose key is missing, and draws the conclusions (spec/e2ee.md §10). */
export class FrameOpener {
  readonly #options: FrameOpenerOptions;

  constructor(options: FrameOpenerOptions) {
    this.#options = options;
  }

  async open(member: Member, sealed: SealedFrame): Promise<Bytes> {
    try {
      const { plaintext } = await member.ring.open(sealed.frame, sealed.source, sealed.metadata, this.#options.now);
      member.requests.opened();
      if (member.undecryptable) this.#options.trouble.update(member);
      return plaintext;
    } catch (error) {
      return this.#unopened(member, sealed, error);
    }
  }

  /** Keeps a frame of a member that is not heard yet; it settles once the member is. */
  hold(member: Member, sealed: SealedFrame): Promise<Bytes> {
    const plaintext = member.held.hold(sealed, this.#options.now());
    this.#options.changed();
    return plaintext;
  }

  /** A key of the member came: opens what waited for it, in its order. */
  release(member: Member): void {
    member.held.expire(this.#options.now());
    member.held.release((sealed) => this.open(member, sealed));
    for (const source of member.lostVideo) this.#wantKeyframe(member, source);
    member.lostVideo.clear();
  }

  #unopened(member: Member, sealed: SealedFrame, error: unknown): Promise<Bytes> {
    const code = this.#options.trouble.count(error);
    if (member.left) throw member.left;
    if (code === 'key-unknown') {
      const now = this.#options.now();
      if (member.ring.standing(sealed.frame) === 'future') {
        member.requests.missing(hintOf(sealed), now);
        const plaintext = member.held.hold(sealed, now);
        this.#options.changed();
        return plaintext;
      }
      if (isVideo(sealed.source)) this.#wantKeyframe(member, sealed.source);
    }
    if (code === 'frame-invalid') {
      member.requests.failed(hintOf(sealed), this.#options.now());
      this.#options.trouble.update(member);
      this.#options.changed();
    }
    throw error;
  }

  #wantKeyframe(member: Member, source: number): void {
    const now = this.#options.now();
    if (now < (member.keyframeAskedAt.get(source) ?? -Infinity) + KEYFRAME_EVERY_MS) return;
    member.keyframeAskedAt.set(source, now);
    this.#options.emit({ type: 'keyframeWanted', session: member.session, source });
  }
}

function hintOf({ frame }: SealedFrame): number {
  return kidGen(decodeHeader(frame).kid);
}
