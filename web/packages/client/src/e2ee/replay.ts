const WIDTH = 1024;

/** Remembers which of the last 1024 counters of one KID were seen (RFC 9605 §9.3). Moved only by authenticated frames. */
export class ReplayWindow {
  #highest = -1;
  readonly #seen = new Uint32Array(WIDTH / 32);

  /** Whether a frame with this counter could be new: neither seen nor too old to tell. */
  fresh(counter: number): boolean {
    if (counter > this.#highest) return true;
    if (counter <= this.#highest - WIDTH) return false;
    return (this.#seen[(counter % WIDTH) >> 5]! & (1 << (counter & 31))) === 0;
  }

  /** Records an authenticated counter; false if it was not fresh. */
  accept(counter: number): boolean {
    if (!this.fresh(counter)) return false;
    if (counter > this.#highest) {
      if (counter - this.#highest >= WIDTH) this.#seen.fill(0);
      else for (let c = this.#highest + 1; c < counter; c++) this.#seen[(c % WIDTH) >> 5]! &= ~(1 << (c & 31));
      this.#highest = counter;
    }
    this.#seen[(counter % WIDTH) >> 5]! |= 1 << (counter & 31);
    return true;
  }
}
