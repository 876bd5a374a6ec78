const FIRST_AFTER_MS = 1000;
const LONGEST_MS = 30_000;
const FAILURES_TO_REQUEST = 10;
const FAILURES_TO_WARN = 20;
const REQUESTS_TO_WARN = 3;

/** When to ask a sender for its key, and when to tell people that it can't be decrypted (spec/e2ee.md §10.1, §10.3). */
export class KeyRequests {
  /** When to look again whether a request is to be sent; Infinity for never. */
  dueAt = Infinity;
  /** Generation field of the last frame that could not be opened. */
  hint = 0;
  /** A frame came since the last request that is a reason for the next one. */
  #reason = false;
  #sentAt = -Infinity;
  /** Requests since a frame opened. */
  #requests = 0;
  /** Frames in a row that did not authenticate. */
  #failures = 0;

  /** Whether the sender is to be shown as undecryptable. */
  get hopeless(): boolean {
    return this.#requests >= REQUESTS_TO_WARN || this.#failures >= FAILURES_TO_WARN;
  }

  /** A frame came whose key is missing. */
  missing(hint: number, nowMs: number): void {
    this.hint = hint;
    this.#reason = true;
    if (this.dueAt === Infinity) this.dueAt = Math.max(nowMs + FIRST_AFTER_MS, this.#sentAt + this.#backoff());
  }

  /** A frame did not authenticate. */
  failed(hint: number, nowMs: number): void {
    if (++this.#failures !== FAILURES_TO_REQUEST) return;
    this.hint = hint;
    this.#reason = true;
    this.dueAt = Math.max(nowMs, this.#sentAt + FIRST_AFTER_MS);
  }

  /** Says whether to send a request now, which counts as sent. */
  take(nowMs: number): boolean {
    if (this.dueAt > nowMs) return false;
    this.dueAt = Infinity;
    if (!this.#reason) return false;
    this.#reason = false;
    this.#requests++;
    this.#sentAt = nowMs;
    this.dueAt = nowMs + this.#backoff();
    return true;
  }

  /** A frame opened. */
  opened(): void {
    this.#failures = 0;
    this.#requests = 0;
    this.#reason = false;
    this.dueAt = Infinity;
  }

  /** From the last request to the next. */
  #backoff(): number {
    return Math.min(FIRST_AFTER_MS * 2 ** Math.max(this.#requests - 1, 0), LONGEST_MS);
  }
}
