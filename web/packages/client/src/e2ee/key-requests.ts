const FIRST_AFTER_MS = 1000;
const LONGEST_MS = 30_000;
const FAILURES_TO_REQUEST = 10;
const FAILURES_TO_WARN = 20;
const REQUESTS_TO_WARN = 3;

/** When to ask a sender for its key, and when to tell the user that it can't be decrypted (spec/e2ee.md §10.1, §10.3). */
export class KeyRequests {
  /** When the next request is due; Infinity while no key is missing. */
  dueAt = Infinity;
  /** Generation field of the last frame that could not be opened. */
  hint = 0;
  #requests = 0;
  #failures = 0;
  #interval = FIRST_AFTER_MS;

  /** Whether the sender is to be shown as undecryptable. */
  get hopeless(): boolean {
    return this.#requests >= REQUESTS_TO_WARN || this.#failures >= FAILURES_TO_WARN;
  }

  /** A frame came whose key is missing. */
  missing(hint: number, nowMs: number): void {
    this.hint = hint;
    if (this.dueAt === Infinity) this.dueAt = nowMs + this.#interval;
  }

  /** A request of the backoff is being sent. */
  requested(nowMs: number): void {
    this.dueAt = nowMs + this.#interval;
    this.#interval = Math.min(2 * this.#interval, LONGEST_MS);
    this.#requests++;
  }

  /** A key came: nothing is missing unless another frame says so. */
  answered(): void {
    this.dueAt = Infinity;
  }

  /** A frame did not authenticate. Returns whether that is a reason to ask for the key. */
  failed(hint: number): boolean {
    this.hint = hint;
    return ++this.#failures === FAILURES_TO_REQUEST;
  }

  /** A frame opened. */
  opened(): void {
    if (this.#requests === 0 && this.#failures === 0 && this.dueAt === Infinity) return;
    this.dueAt = Infinity;
    this.#requests = 0;
    this.#failures = 0;
    this.#interval = FIRST_AFTER_MS;
  }
}
