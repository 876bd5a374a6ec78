import type { Readable } from './types.js';

/**
 * A value computed when it is asked for and kept until it is marked stale. Subscribers are told once per turn of the
 * event loop, and only when the new value is another object than the one they could have seen.
 */
export class Computed<T> implements Readable<T> {
  readonly #subscribers = new Set<() => void>();
  readonly #compute: (previous: T | undefined) => T;
  #value: T | undefined;
  #told: T | undefined;
  #stale = true;
  #scheduled = false;

  /** @param compute returns `previous` itself when nothing changed. */
  constructor(compute: (previous: T | undefined) => T) {
    this.#compute = compute;
  }

  get(): T {
    if (this.#stale) {
      this.#stale = false;
      this.#value = this.#compute(this.#value);
    }
    return this.#value as T;
  }

  subscribe(fn: () => void): () => void {
    if (this.#subscribers.size === 0) this.#told = this.get();
    // A function of its own, so that one callback given twice is called and taken off twice.
    const entry = (): void => fn();
    this.#subscribers.add(entry);
    return () => this.#subscribers.delete(entry);
  }

  invalidate(): void {
    this.#stale = true;
    if (this.#scheduled || this.#subscribers.size === 0) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      const value = this.get();
      if (Object.is(value, this.#told)) return;
      this.#told = value;
      for (const subscriber of [...this.#subscribers]) subscriber();
    });
  }
}
