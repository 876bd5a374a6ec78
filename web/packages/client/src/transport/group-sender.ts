import { staleStreamCode } from '../wire/group-stream.js';
import type { Backlog, BacklogEntry } from './backlog.js';
import { streamError } from './stream-error.js';

interface Waiting {
  readonly bytes: Uint8Array;
  readonly entry: BacklogEntry;
}

/** Sends the objects of one group on a unidirectional stream, no faster than the stream takes them. */
export class GroupSender {
  /** Whether the stream broke, or the node did not want it. */
  failed = false;

  #writer: WritableStreamDefaultWriter<Uint8Array> | undefined;
  /** Objects that have not left; the first may be in the stream's hands already. */
  #queue: Waiting[] = [];
  #state: 'open' | 'finishing' | 'over' = 'open';
  #wake: (() => void) | undefined;

  constructor(
    stream: Promise<WritableStream<Uint8Array>>,
    private readonly backlog: Backlog,
  ) {
    void this.#run(stream);
  }

  /** `bytes` go out as they are. */
  send(bytes: Uint8Array, entry: BacklogEntry): void {
    if (this.#state !== 'open') return this.backlog.dropped(entry);
    this.#queue.push({ bytes, entry });
    this.#wake?.();
  }

  /** Ends the stream once everything has left. */
  finish(): void {
    if (this.#state === 'open') this.#state = 'finishing';
    this.#wake?.();
  }

  /** A newer group begins: what has not left is abandoned. */
  supersede(): void {
    if (this.#queue.length > 0) this.abandon();
    else this.finish();
  }

  /** Resets the stream, unless everything has left. */
  abandon(): void {
    if (this.#state === 'over') return;
    this.#state = 'over';
    this.#dropAll();
    this.#writer?.abort(streamError(staleStreamCode, 'stale')).catch(() => undefined);
    this.#wake?.();
  }

  /** Age in ms of the oldest object that has not left. */
  ageMs(): number {
    return this.#queue[0] ? performance.now() - this.#queue[0].entry.since : 0;
  }

  async #run(stream: Promise<WritableStream<Uint8Array>>): Promise<void> {
    try {
      this.#writer = (await stream).getWriter();
      this.#writer.closed.catch(() => undefined);
      if (this.#isOver()) return await this.#writer.abort(streamError(staleStreamCode, 'stale'));
      for (;;) {
        const head = this.#queue[0];
        if (head) {
          await this.#writer.ready;
          if (this.#isOver()) return;
          await this.#writer.write(head.bytes);
          this.#queue.shift();
          this.backlog.sent(head.entry);
        } else if (this.#state === 'finishing') {
          this.#state = 'over';
          return await this.#writer.close();
        } else await new Promise<void>((resolve) => (this.#wake = resolve));
        if (this.#isOver()) return;
      }
    } catch {
      this.failed = true;
      this.#state = 'over';
      this.#dropAll();
    }
  }

  /** A method, since abandon() may come while #run waits and the compiler can't know. */
  #isOver(): boolean {
    return this.#state === 'over';
  }

  #dropAll(): void {
    for (const { entry } of this.#queue.splice(0)) this.backlog.dropped(entry);
  }
}
