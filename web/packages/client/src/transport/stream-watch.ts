/**
 * Notices streams that have stopped for good: some browsers forget to give out flow control credit again, so that a
 * stream can't be opened or its middle never comes, while the session seems well.
 */
export class StreamWatch {
  #opening = new Set<{ readonly since: number }>();
  #midObject = new Set<object>();
  #lastBytes = performance.now();

  /** Watches a stream being opened. */
  async opening<T>(stream: Promise<T>): Promise<T> {
    const entry = { since: performance.now() };
    this.#opening.add(entry);
    try {
      return await stream;
    } finally {
      this.#opening.delete(entry);
    }
  }

  /**
   * Watches an incoming stream, which tells of every run of bytes, of every object that was complete by it, with
   * whether more was left, and of its end.
   */
  incoming(): { bytes(): void; object(more: boolean): void; ended(): void } {
    const stream = {};
    return {
      bytes: () => {
        this.#lastBytes = performance.now();
        this.#midObject.add(stream);
      },
      object: (more) => {
        if (!more) this.#midObject.delete(stream);
      },
      ended: () => this.#midObject.delete(stream),
    };
  }

  /** For how many ms a stream has waited to be opened, or nothing came of those in the middle of an object. */
  stuckMs(): number {
    const now = performance.now();
    const oldest: { readonly since: number } | undefined = this.#opening.values().next().value;
    return Math.max(oldest ? now - oldest.since : 0, this.#midObject.size > 0 ? now - this.#lastBytes : 0);
  }
}
