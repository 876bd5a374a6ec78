/** Round trips are judged by what was seen in the last one to two of these. */
const memoryMs = 10_000;
/** A shorter time says little about a rate. */
const leastElapsedMs = 5;
/** When nothing arrives for this long though Pongs do, what is missing will never come. */
const hopelessMs = 1000;

interface Mark {
  readonly sequence: number;
  readonly at: number;
  readonly written: number;
  /** Whether video was held back for lack of room, so that what arrives shows the rate of the path. */
  readonly full: boolean;
}

/**
 * Measures an uplink whose depth the browser does not tell: WebSocket's `bufferedAmount` leaves out the system's buffer,
 * and streams take what they are given (in Firefox, all of it). A Pong says how much has come to the node
 * (spec/wire.md §2.3); the rest is on its way.
 */
export class PipeMeter {
  #written = 0;
  #counted = 0;
  /** What the node will never get, as reset streams. */
  #forgiven = 0;
  #marks: Mark[] = [];
  /** Since when something has been on its way. */
  #busySince = 0;
  #lastPongAt: number | undefined;
  #lastProgress = 0;
  /** Bytes in a ms; undefined until something was measured. */
  #rate: number | undefined;
  #round = { least: Infinity, before: Infinity, since: performance.now() };

  get written(): number {
    return this.#written;
  }

  /** How much of what was written is no longer on its way. */
  get arrived(): number {
    return this.#counted + this.#forgiven;
  }

  /** Shortest round trip lately, in ms; 0 before the first. */
  get roundMs(): number {
    const least = Math.min(this.#round.least, this.#round.before);
    return least === Infinity ? 0 : least;
  }

  wrote(bytes: number): void {
    if (this.#written === this.arrived) this.#busySince = this.#lastProgress = performance.now();
    this.#written += bytes;
  }

  /** So much of what was written will never arrive. Too high a guess does no lasting harm. */
  forgive(bytes: number): void {
    this.#forgiven = Math.min(this.#forgiven + bytes, this.#written - this.#counted);
  }

  /** `full` says whether more would have been written by now if there had been room. */
  pinged(sequence: number, full: boolean): void {
    this.#marks.push({ sequence, at: performance.now(), written: this.#written, full });
  }

  /** `counted` is what the node has got by now; on an ordered pipe, everything written before the Ping. */
  ponged(sequence: number, counted?: number): void {
    const index = this.#marks.findIndex((mark) => mark.sequence === sequence);
    if (index < 0) return;
    const mark = this.#marks[index]!;
    this.#marks.splice(0, index + 1);
    const now = performance.now();
    const lastAt = this.#lastPongAt;
    const come = Math.min(counted ?? mark.written, this.#written) - this.#counted;
    this.#lastPongAt = now;
    this.#sampleRound(now - mark.at, now);
    if (lastAt !== undefined) this.#sampleRate(mark, come, lastAt, now);

    this.#counted += come;
    if (come > 0) this.#lastProgress = now;
    this.forgive(now - this.#lastProgress > hopelessMs + this.roundMs ? this.#written : 0);
  }

  /** How much may be on its way when nothing is to wait for longer than `queueMs`; undefined until it was measured. */
  room(queueMs: number): number | undefined {
    return this.#rate === undefined ? undefined : this.#rate * (this.roundMs + queueMs);
  }

  #sampleRound(ms: number, now: number): void {
    const { least, since } = this.#round;
    if (now - since > memoryMs) this.#round = { least: ms, before: least, since: now };
    else if (ms < least) this.#round.least = ms;
  }

  #sampleRate(mark: Mark, bytes: number, lastAt: number, now: number): void {
    // What began to arrive only after the last Pong was not under way all the time.
    const began = Math.max(lastAt, this.#busySince + this.roundMs);
    const sample = bytes / Math.max(leastElapsedMs, now - began);
    if (this.#rate === undefined) {
      if (mark.full && sample > 0) this.#rate = sample;
    } else if (mark.full || sample > this.#rate) this.#rate += 0.3 * (sample - this.#rate);
  }
}
