import type { Answer, ErrorState } from './protocol.js';

interface Waiting {
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/** Requests to the other thread that wait for their answer. Not told of an answer twice, and never left hanging: the owner calls `failAll` at the end. */
export class PendingCalls {
  readonly #waiting = new Map<number, Waiting>();
  readonly #errorOf: (state: ErrorState) => Error;
  #lastId = 0;

  /** @param errorOf makes what a failed call rejects with. */
  constructor(errorOf: (state: ErrorState) => Error) {
    this.#errorOf = errorOf;
  }

  /** Sends with a fresh id and resolves with the answer. */
  call(send: (id: number) => void): Promise<unknown> {
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      try {
        send(id);
      } catch (error) {
        this.#waiting.delete(id);
        reject(error);
      }
    });
  }

  settle(answer: Answer): void {
    const waiting = this.#waiting.get(answer.id);
    if (!waiting) return;
    this.#waiting.delete(answer.id);
    if ('error' in answer) waiting.reject(this.#errorOf(answer.error));
    else waiting.resolve(answer.value);
  }

  failAll(state: ErrorState): void {
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject } of waiting) reject(this.#errorOf(state));
  }
}
