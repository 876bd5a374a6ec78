import type { FrameHeader, FrameRecord } from './types.js';

export interface VideoFrameIn {
  readonly header: FrameHeader;
  readonly record: FrameRecord;
  readonly arrivedMs: number;
}

const maxFrames = 150;
const maxBytes = 12 * 1024 * 1024;
/** Objects of a group come in order on their stream; only opening them may swap neighbours. */
const gapPatienceMs = 40;

/**
 * Puts the objects of a video track in decoding order. Groups may arrive interleaved; a newer one is taken up at its keyframe, when the older
 * has nothing earlier to show. A relay takes only discardable objects out of the middle of a group, one at a time with two
 * temporal layers: a larger gap, or a lost object that was not discardable, breaks the group until the next keyframe.
 * Holds at most 150 frames and 12 MiB.
 */
export class VideoOrder {
  /** Sorted by group, then object. */
  readonly #held: VideoFrameIn[] = [];
  #bytes = 0;
  #group = -1;
  #next = 0;
  #broken = true;
  received = 0;
  lost = 0;

  /** Nothing can be decoded until a keyframe comes. */
  get broken(): boolean {
    return this.#broken;
  }

  get length(): number {
    return this.#held.length;
  }

  push(header: FrameHeader, record: FrameRecord, nowMs: number): void {
    this.received++;
    if (header.group < this.#group || (header.group === this.#group && header.object < this.#next)) return;
    if (header.group === this.#group && this.#broken) return;
    let at = this.#held.length;
    while (at > 0 && compare(header, this.#held[at - 1]!.header) < 0) at--;
    if (at > 0 && compare(header, this.#held[at - 1]!.header) === 0) return;
    this.#held.splice(at, 0, { header, record, arrivedMs: nowMs });
    this.#bytes += record.payload.byteLength;
    if (this.#held.length > maxFrames || this.#bytes > maxBytes) this.#overflow();
  }

  /** An object that will not come. */
  lose(header: FrameHeader): void {
    this.lost++;
    if (header.discardable) return;
    if (header.group === this.#group && header.object >= this.#next) this.#break();
  }

  /** The frame to decode next, or undefined if it is not there yet. */
  peek(nowMs: number): VideoFrameIn | undefined {
    this.#skipUndecodable();
    const head = this.#held[0];
    if (!head) return undefined;
    if (head.header.group > this.#group) return this.#peekGroup(head, nowMs);
    const gap = head.header.object - this.#next;
    if (gap === 0) return head;
    if (nowMs - head.arrivedMs < gapPatienceMs) return undefined;
    if (gap === 1) return head;
    this.lost += gap;
    this.#break();
    return this.peek(nowMs);
  }

  #peekGroup(head: VideoFrameIn, nowMs: number): VideoFrameIn | undefined {
    if (head.header.keyframe && head.header.object === 0) return head;
    if (!this.#broken && nowMs - head.arrivedMs >= gapPatienceMs) {
      this.#group = head.header.group;
      this.#break();
    }
    return undefined;
  }

  /** Takes what `peek` returned. */
  take(frame: VideoFrameIn): void {
    this.#held.shift();
    this.#bytes -= frame.record.payload.byteLength;
    this.#group = frame.header.group;
    this.#next = frame.header.object + 1;
    this.#broken = false;
  }

  /** The keyframe of a newer group than the current, if it is there. */
  newerKeyframe(): VideoFrameIn | undefined {
    for (let i = this.#held.length - 1; i >= 0; i--) {
      const frame = this.#held[i]!;
      if (frame.header.group <= this.#group) return undefined;
      if (frame.header.keyframe) return frame;
    }
    return undefined;
  }

  /** Leaves out everything before `frame`. */
  skipTo(frame: VideoFrameIn): void {
    const at = this.#held.indexOf(frame);
    for (const skipped of this.#held.splice(0, at)) {
      this.#bytes -= skipped.record.payload.byteLength;
      this.lost++;
    }
  }

  /** The decoder lost its state. */
  reset(): void {
    this.#break();
  }

  #break(): void {
    this.#broken = true;
    this.lost += this.#discardBefore(this.#group + 1);
  }

  /** The tails of groups that were joined in the middle. */
  #skipUndecodable(): void {
    if (!this.#broken) return;
    const keyframe = this.newerKeyframe();
    if (keyframe) this.#discardBefore(keyframe.header.group);
  }

  #overflow(): void {
    const keyframe = this.newerKeyframe();
    if (keyframe && this.#held[0] !== keyframe) {
      this.skipTo(keyframe);
      return;
    }
    this.lost += this.#held.length;
    this.#held.length = 0;
    this.#bytes = 0;
    this.#broken = true;
  }

  #discardBefore(group: number): number {
    let count = 0;
    for (let head = this.#held[0]; head && head.header.group < group; head = this.#held[0]) {
      this.#bytes -= head.record.payload.byteLength;
      this.#held.shift();
      count++;
    }
    return count;
  }
}

function compare(a: FrameHeader, b: FrameHeader): number {
  return a.group - b.group || a.object - b.object;
}
