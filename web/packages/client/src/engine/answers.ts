import type { Failure } from './failure.js';

/** How many messages may wait for an error at a time. */
const MOST = 4096;

/** Who is told when the node answers a message with an error. Only errors are answered, and soon. */
export class Answers {
  readonly #failed = new Map<number, (failure: Failure) => void>();
  #last = 0;

  /** The number to send a message with whose failure matters; 0 for none. */
  expect(failed: ((failure: Failure) => void) | undefined): number {
    if (!failed) return 0;
    const requestId = ++this.#last;
    this.#failed.set(requestId, failed);
    this.#failed.delete(requestId - MOST);
    return requestId;
  }

  /** Returns whom to tell, once. */
  take(requestId: number): ((failure: Failure) => void) | undefined {
    const failed = this.#failed.get(requestId);
    this.#failed.delete(requestId);
    return failed;
  }

  clear(): void {
    this.#failed.clear();
  }
}
