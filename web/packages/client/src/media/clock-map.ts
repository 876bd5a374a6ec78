import { WindowMin } from './window-min.js';

const jumpUs = 1_000_000;

/**
 * Maps timestamps of a source (camera, audio context) to the local clock without asking the source what time it is: what arrives fastest
 * was under way shortest, so the smallest difference seen lately is the best estimate of the two clocks' offset.
 */
export class ClockMap {
  readonly #offset: WindowMin;

  /** Differences older than twice `windowUs` are forgotten, so that drift is followed, and a source that lost time in a stall. */
  constructor(windowUs = 2_000_000) {
    this.#offset = new WindowMin(windowUs);
  }

  /** Local time at which the source made what it stamped `sourceUs` and what arrived at `nowUs`. Never later than `nowUs`. */
  map(sourceUs: number, nowUs: number): number {
    const offset = nowUs - sourceUs;
    // The source started anew, or one of the machines slept.
    if (Math.abs(offset - this.#offset.value) > jumpUs) this.#offset.reset();
    return sourceUs + this.#offset.add(offset, nowUs);
  }
}
