import type { Backlog, BacklogEntry } from './backlog.js';

/** Audio older than this is not worth sending. */
const maxAgeMs = 300;

/** The standard moved the writable side of datagrams; browsers have either. */
interface Datagrams {
  readonly maxDatagramSize: number;
  readonly writable?: WritableStream<Uint8Array>;
  createWritable?(): WritableStream<Uint8Array>;
}

/** Sends datagrams as fast as the path takes them, and gives up those that have waited too long. */
export class DatagramSender {
  readonly #datagrams: Datagrams;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array> | undefined;
  #queue: { readonly bytes: Uint8Array; readonly entry: BacklogEntry }[] = [];
  #draining = false;

  constructor(
    datagrams: unknown,
    private readonly backlog: Backlog,
  ) {
    this.#datagrams = datagrams as Datagrams;
    this.#writer = (this.#datagrams.writable ?? this.#datagrams.createWritable?.())?.getWriter();
    this.#writer?.closed.catch(() => undefined);
  }

  /** The largest datagram now, in bytes; 0 when there are none. */
  get maxBytes(): number {
    return this.#writer ? this.#datagrams.maxDatagramSize : 0;
  }

  send(bytes: Uint8Array, entry: BacklogEntry): void {
    this.#queue.push({ bytes, entry });
    if (!this.#draining) void this.#drain(this.#writer!);
  }

  close(): void {
    for (const { entry } of this.#queue.splice(0)) this.backlog.dropped(entry);
  }

  async #drain(writer: WritableStreamDefaultWriter<Uint8Array>): Promise<void> {
    this.#draining = true;
    try {
      while (this.#queue.length > 0) {
        if ((writer.desiredSize ?? 0) <= 0) await writer.ready;
        const next = this.#queue.shift();
        if (!next) continue;
        if (performance.now() - next.entry.since > maxAgeMs) this.backlog.dropped(next.entry);
        else
          writer.write(next.bytes).then(
            () => this.backlog.sent(next.entry),
            () => this.backlog.dropped(next.entry),
          );
      }
    } catch {
      this.close();
    } finally {
      this.#draining = false;
    }
  }
}
