import type { Failure } from './failure.js';

/** How many messages may wait for an answer at a time. */
const MOST = 4096;

interface Asked {
  readonly failed: (failure: Failure) => void;
  /** Of a command, which is answered in any case. */
  readonly done?: () => void;
}

/** Who is told how the node answers a message. Of commands it says when they are done; of all else only that they failed, and soon. */
export class Answers {
  readonly #asked = new Map<number, Asked>();
  #last = 0;

  /** The number to send a message with whose failure matters; 0 for none. */
  expect(failed: ((failure: Failure) => void) | undefined, done?: () => void): number {
    if (!failed) return 0;
    const requestId = ++this.#last;
    this.#asked.set(requestId, { failed, ...(done && { done }) });
    this.#asked.delete(requestId - MOST);
    return requestId;
  }

  /** Returns whom to tell of a failure, once. */
  take(requestId: number): ((failure: Failure) => void) | undefined {
    const asked = this.#asked.get(requestId);
    this.#asked.delete(requestId);
    return asked?.failed;
  }

  done(requestId: number): void {
    const asked = this.#asked.get(requestId);
    this.#asked.delete(requestId);
    asked?.done?.();
  }

  /** Nothing that was asked is answered any more. Of commands nobody knows whether they were done. */
  clear(failure: Failure): void {
    const asked = [...this.#asked.values()];
    this.#asked.clear();
    for (const { failed, done } of asked) if (done) failed(failure);
  }
}
