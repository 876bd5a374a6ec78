/** Lets at most so many frames a second pass, as evenly as they come. */
export class FramePacer {
  readonly #interval: number;
  #due = -Infinity;

  constructor(maxFps: number) {
    this.#interval = 1_000_000 / maxFps;
  }

  /** Whether a frame of this time is wanted. Asking changes nothing: see `pass`. */
  wants(timestampUs: number): boolean {
    const early = this.#due - timestampUs;
    // Sources are not even, so half an interval of earliness is accepted. A clock that went back is another source's.
    return early <= this.#interval / 2 || early > 2 * this.#interval;
  }

  /** The frame was used. */
  pass(timestampUs: number): void {
    const steady = Math.abs(timestampUs - this.#due) < this.#interval;
    this.#due = (steady ? this.#due : timestampUs) + this.#interval;
  }
}
