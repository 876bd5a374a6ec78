/** Sums and medians over the last seconds, for statistics. Reading costs, adding does not. */
export class Meter {
  readonly #times: Float64Array;
  readonly #values: Float64Array;
  #next = 0;

  /** Keeps at most `capacity` values, and counts those of the last `windowMs`. */
  constructor(
    private readonly capacity = 128,
    private readonly windowMs = 2_000,
  ) {
    this.#times = new Float64Array(capacity).fill(-Infinity);
    this.#values = new Float64Array(capacity);
  }

  add(value: number, nowMs: number): void {
    this.#times[this.#next] = nowMs;
    this.#values[this.#next] = value;
    this.#next = (this.#next + 1) % this.capacity;
  }

  /** Values per second. */
  rate(nowMs: number): number {
    return (this.#recent(nowMs).length * 1_000) / this.windowMs;
  }

  /** Sum per second. */
  sumRate(nowMs: number): number {
    return (this.#recent(nowMs).reduce((sum, value) => sum + value, 0) * 1_000) / this.windowMs;
  }

  /** 0 when there is nothing. */
  median(nowMs: number): number {
    const values = this.#recent(nowMs).sort((a, b) => a - b);
    return values[values.length >> 1] ?? 0;
  }

  #recent(nowMs: number): number[] {
    const values: number[] = [];
    for (let i = 0; i < this.capacity; i++) {
      if (this.#times[i]! > nowMs - this.windowMs) values.push(this.#values[i]!);
    }
    return values;
  }
}
