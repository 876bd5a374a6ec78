import { staleStreamCode } from '../wire/group-stream.js';
import { streamError } from './stream-error.js';

/** Sends the objects of one group on a unidirectional stream, no faster than the stream takes them. */
export class GroupSender {
  #writer: WritableStreamDefaultWriter<Uint8Array> | undefined;
  /** Objects the stream has not taken; the first may be in its hands already. */
  #queue: Uint8Array[] = [];
  #state: 'open' | 'finishing' | 'over' = 'open';
  #wake: (() => void) | undefined;

  constructor(stream: Promise<WritableStream<Uint8Array>>) {
    void this.#run(stream);
  }

  /** Whether it takes more: not after its end, nor when the stream broke or the node did not want it. */
  get open(): boolean {
    return this.#state === 'open';
  }

  /** `bytes` go out as they are. */
  send(bytes: Uint8Array): void {
    this.#queue.push(bytes);
    this.#wake?.();
  }

  /** Ends the stream once everything has left. */
  finish(): void {
    if (this.#state === 'open') this.#state = 'finishing';
    this.#wake?.();
  }

  /** A newer group begins: what has not left is abandoned. Returns whether there was such. */
  supersede(): boolean {
    if (this.#queue.length === 0) {
      this.finish();
      return false;
    }
    return this.abandon();
  }

  /** Resets the stream, unless it was ended before. Returns whether it did. */
  abandon(): boolean {
    if (this.#state === 'over') return false;
    this.#state = 'over';
    this.#queue = [];
    this.#writer?.abort(staleError()).catch(() => undefined);
    this.#wake?.();
    return true;
  }

  async #run(stream: Promise<WritableStream<Uint8Array>>): Promise<void> {
    try {
      this.#writer = (await stream).getWriter();
      this.#writer.closed.catch(() => undefined);
      if (this.#isOver()) return await this.#writer.abort(staleError());
      for (;;) {
        const head = this.#queue[0];
        if (head) {
          await this.#writer.ready;
          if (this.#isOver()) return;
          await this.#writer.write(head);
          this.#queue.shift();
        } else if (this.#state === 'finishing') {
          this.#state = 'over';
          return await this.#writer.close();
        } else await new Promise<void>((resolve) => (this.#wake = resolve));
        if (this.#isOver()) return;
      }
    } catch {
      this.#state = 'over';
      this.#queue = [];
    }
  }

  /** A method, since abandon() may come while #run waits and the compiler can't know. */
  #isOver(): boolean {
    return this.#state === 'over';
  }
}

function staleError(): Error {
  return streamError(staleStreamCode, 'stale');
}
