const jumpUs = 60_000;
const stepUs = 500;

/**
 * Timestamps of a steady stream of blocks from estimates that waver: each block follows the one before, and differences are made up by half
 * a millisecond a block. Only a difference that must be a gap or a stall is taken over at once.
 */
export class SteadyClock {
  #next: number | undefined;

  /** Timestamp of a block of `durationUs` that is estimated to begin at `estimateUs`. */
  stamp(estimateUs: number, durationUs: number): number {
    const expected = this.#next ?? estimateUs;
    const error = estimateUs - expected;
    const stamp = Math.abs(error) > jumpUs ? estimateUs : expected + Math.min(stepUs, Math.max(-stepUs, error));
    this.#next = stamp + durationUs;
    return stamp;
  }
}
