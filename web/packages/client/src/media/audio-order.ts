import type { FrameHeader, FrameRecord } from './types.js';

const maxHeld = 8;
const joinUs = 5_000;

export interface AudioFrame {
  readonly timestampUs: number;
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
  #last: { readonly header: FrameHeader; readonly timestampUs: number; readonly endUs: number } | undefined;
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
    if (last) {
      const missing = header.group === last.header.group ? header.object - last.header.object - 1 : header.object;
      const redundancy = record.redundancy;
      if (redundancy && record.timestampUs - redundancy.deltaUs > last.timestampUs + joinUs) {
        frames.push({ timestampUs: record.timestampUs - redundancy.deltaUs, payload: redundancy.payload });
        this.recovered++;
        this.lost += Math.max(0, missing - 1);
      } else {
        this.lost += missing;
      }
    }
    frames.push({ timestampUs: record.timestampUs, payload: record.payload });
    this.#last = { header, timestampUs: record.timestampUs, endUs: record.timestampUs + record.durationUs };
  }
}

function compare(a: FrameHeader, b: FrameHeader): number {
  return a.group - b.group || a.object - b.object;
}
