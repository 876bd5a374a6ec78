/** The smallest value of the last `window` … 2·`window` units of time, in constant space. */
export class WindowMin {
  #current = Infinity;
  #previous = Infinity;
  #since = -Infinity;

  constructor(private readonly window: number) {}

  /** Infinity while nothing was added. */
  get value(): number {
    return Math.min(this.#current, this.#previous);
  }

  add(value: number, now: number): number {
    if (now - this.#since >= this.window) {
      this.#previous = now - this.#since >= 2 * this.window ? Infinity : this.#current;
      this.#current = Infinity;
      this.#since = now;
    }
    if (value < this.#current) this.#current = value;
    return this.value;
  }

  reset(): void {
    this.#current = Infinity;
    this.#previous = Infinity;
    this.#since = -Infinity;
  }
}
