/** Waiting times between attempts: doubling from `firstMs` up to `mostMs`, each shortened by up to half at random. */
export class Backoff {
  #next: number;

  constructor(
    private readonly firstMs: number,
    private readonly mostMs: number,
    /** From 0 to below 1. */
    private readonly random: () => number = Math.random,
  ) {
    this.#next = firstMs;
  }

  next(): number {
    const ms = this.#next;
    this.#next = Math.min(this.mostMs, ms * 2);
    return ms * (1 - this.random() / 2);
  }

  reset(): void {
    this.#next = this.firstMs;
  }
}
