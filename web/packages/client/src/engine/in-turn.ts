/** Hands on what promises give in the order in which they were made, leaving out those that reject. */
export class InTurn {
  readonly #rejected: (error: unknown) => void;
  #last: Promise<void> = Promise.resolve();

  constructor(rejected: (error: unknown) => void) {
    this.#rejected = rejected;
  }

  /** Resolves when `handle` was called, or the promise rejected. */
  add<T>(promise: Promise<T>, handle: (value: T) => void): Promise<void> {
    // Waited for only when its turn comes; until then a rejection is not an unhandled one.
    promise.catch(() => {});
    this.#last = this.#last
      .then(() => promise)
      .then(handle)
      .catch(this.#rejected);
    return this.#last;
  }
}
