/** Round trips and rates are judged by what was seen in the last one to two of these. */
const memoryMs = 10_000;
/** A shorter time says little about a rate. */
const leastElapsedMs = 5;

interface Mark {
  readonly sequence: number;
  /** Everything written before the Ping. */
  readonly written: number;
  readonly at: number;
  /** Whether video was held back for lack of room, so that what arrived by then shows the rate of the path. */
  readonly full: boolean;
}

/**
 * Measures an ordered pipe whose depth nobody tells: a Ping goes through it behind everything written before, so its Pong
 * says how much has arrived. (`bufferedAmount` says only what the browser holds; the system's socket buffer behind it
 * takes seconds of video on a slow uplink, with the audio behind that.)
 */
export class PipeMeter {
  #written = 0;
  #arrived = 0;
  #marks: Mark[] = [];
  /** Since when something has been on its way. */
  #busySince = 0;
  #lastPong: { readonly at: number; readonly arrived: number } | undefined;
  /** Bytes in a ms; undefined until something was measured. */
  #rate: number | undefined;
  #round = { least: Infinity, before: Infinity, since: performance.now() };

  /** Bytes written. */
  get written(): number {
    return this.#written;
  }

  /** Bytes that have arrived, as far as is known. */
  get arrived(): number {
    return this.#arrived;
  }

  /** Shortest round trip lately, in ms; 0 before the first. */
  get roundMs(): number {
    const least = Math.min(this.#round.least, this.#round.before);
    return least === Infinity ? 0 : least;
  }

  wrote(bytes: number): void {
    if (this.#written === this.#arrived) this.#busySince = performance.now();
    this.#written += bytes;
  }

  /** A Ping was written last. `full` says whether more would have been written if there had been room. */
  pinged(sequence: number, full: boolean): void {
    this.#marks.push({ sequence, written: this.#written, at: performance.now(), full });
  }

  ponged(sequence: number): void {
    const index = this.#marks.findIndex((mark) => mark.sequence === sequence);
    if (index < 0) return;
    const mark = this.#marks[index]!;
    this.#marks.splice(0, index + 1);
    const now = performance.now();
    this.#arrived = mark.written;
    this.#sampleRound(now - mark.at, now);
    if (this.#lastPong) this.#sampleRate(mark, this.#lastPong, now);
    this.#lastPong = { at: now, arrived: mark.written };
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

  #sampleRate(mark: Mark, last: { readonly at: number; readonly arrived: number }, now: number): void {
    // What began to arrive only after the last Pong was not under way all the time.
    const began = Math.max(last.at, this.#busySince + this.roundMs);
    const sample = (mark.written - last.arrived) / Math.max(leastElapsedMs, now - began);
    if (this.#rate === undefined) {
      if (mark.full) this.#rate = sample;
    } else if (mark.full || sample > this.#rate) this.#rate += 0.3 * (sample - this.#rate);
  }
}
