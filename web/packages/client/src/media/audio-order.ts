import type { FrameHeader, FrameRecord } from './types.js';

const maxHeld = 8;
const joinUs = 5_000;
/** What is missing for longer was not lost: its speaker had no place among those a node forwards (wire.md §5). */
const longestLossUs = 1_000_000;

export interface AudioFrame {
  readonly timestampUs: number;
  /** The sender paused before this frame: what seems to be missing was never sent. */
  readonly afterPause: boolean;
  readonly payload: Uint8Array;
}

interface Held {
  readonly header: FrameHeader;
  readonly record: FrameRecord;
  readonly atMs: number;
}

/**
 * Puts audio objects, which datagrams may reorder or lose, back in order. A frame whose predecessor is missing waits for it for
 * at most `patienceMs`, unless it carries the predecessor itself. Holds at most 8 frames.
 */
export class AudioOrder {
  readonly #held: Held[] = [];
  #last: { readonly header: FrameHeader; readonly endUs: number } | undefined;
  received = 0;
  lost = 0;
  recovered = 0;

  constructor(private readonly patienceMs = 40) {}

  /** Returns what can be decoded now, in order. */
  push(header: FrameHeader, record: FrameRecord, nowMs: number): AudioFrame[] {
    this.received++;
    if (this.#last && compare(header, this.#last.header) <= 0) return [];
    const at = this.#held.findIndex((held) => compare(header, held.header) <= 0);
    if (at >= 0 && compare(header, this.#held[at]!.header) === 0) return [];
    this.#held.splice(at < 0 ? this.#held.length : at, 0, { header, record, atMs: nowMs });
    return this.poll(nowMs);
  }

  /** Returns what can be decoded now although nothing came. Call when `nextMs` has come. */
  poll(nowMs: number): AudioFrame[] {
    const frames: AudioFrame[] = [];
    for (let head = this.#held[0]; head; head = this.#held[0]) {
      const waited = nowMs - head.atMs >= this.patienceMs || this.#held.length > maxHeld;
      if (!waited && !this.#follows(head)) break;
      this.#held.shift();
      this.#emit(head, frames);
    }
    return frames;
  }

  /** When the frame that waits longest stops waiting; undefined when none waits. */
  get nextMs(): number | undefined {
    return this.#held[0] && this.#held[0].atMs + this.patienceMs;
  }

  #follows({ header, record }: Held): boolean {
    const last = this.#last;
    if (!last) return true;
    // The sender may have paused: numbers without a gap follow each other whatever their times, and times whatever their numbers.
    if (header.group === last.header.group && header.object === last.header.object + 1) return true;
    const from = record.redundancy ? record.timestampUs - record.redundancy.deltaUs : record.timestampUs;
    return from <= last.endUs + joinUs;
  }

  #emit({ header, record }: Held, frames: AudioFrame[]): void {
    const last = this.#last;
    const { redundancy, timestampUs, payload } = record;
    const missing = last && timestampUs - last.endUs <= longestLossUs ? missingBetween(last.header, header) : 0;
    this.lost += missing;
    const earlierUs = redundancy ? timestampUs - redundancy.deltaUs : timestampUs;
    if (last && missing > 0 && redundancy && earlierUs > last.endUs - joinUs) {
      frames.push({ timestampUs: earlierUs, afterPause: false, payload: redundancy.payload });
      this.lost--;
      this.recovered++;
    }
    frames.push({ timestampUs, afterPause: missing === 0, payload });
    this.#last = { header, endUs: timestampUs + record.durationUs };
  }
}

/** At least so many objects are missing between two; how long groups are is not known. */
function missingBetween(last: FrameHeader, next: FrameHeader): number {
  return next.group === last.group ? next.object - last.object - 1 : next.object;
}

function compare(a: FrameHeader, b: FrameHeader): number {
  return a.group - b.group || a.object - b.object;
}
