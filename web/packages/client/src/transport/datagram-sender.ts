/** Audio older than this is not worth sending. */
const maxAgeMs = 300;

/** The standard moved the writable side of datagrams; browsers have either. */
interface Datagrams {
  readonly maxDatagramSize: number;
  outgoingMaxAge: number | null;
  readonly writable?: WritableStream<Uint8Array>;
  createWritable?(): WritableStream<Uint8Array>;
}

/** Sends datagrams as fast as the path takes them, and gives up those that have waited too long. */
export class DatagramSender {
  readonly #datagrams: Datagrams;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array> | undefined;
  #queue: { readonly bytes: Uint8Array; readonly since: number }[] = [];
  #draining = false;
  #dropped = 0;

  constructor(datagrams: unknown) {
    this.#datagrams = datagrams as Datagrams;
    // Chromium's own choice is a little over a round trip, which streams in front of a full path easily take.
    this.#datagrams.outgoingMaxAge = maxAgeMs;
    this.#writer = (this.#datagrams.writable ?? this.#datagrams.createWritable?.())?.getWriter();
    this.#writer?.closed.catch(() => undefined);
  }

  /** The largest datagram now, in bytes; 0 when there are none. */
  get maxBytes(): number {
    return this.#writer ? this.#datagrams.maxDatagramSize : 0;
  }

  /** How many were given up. */
  get dropped(): number {
    return this.#dropped;
  }

  send(bytes: Uint8Array): void {
    this.#queue.push({ bytes, since: performance.now() });
    if (!this.#draining) void this.#drain(this.#writer!);
  }

  close(): void {
    this.#dropped += this.#queue.length;
    this.#queue = [];
  }

  async #drain(writer: WritableStreamDefaultWriter<Uint8Array>): Promise<void> {
    this.#draining = true;
    try {
      while (this.#queue.length > 0) {
        if ((writer.desiredSize ?? 0) <= 0) await writer.ready;
        const next = this.#queue.shift();
        if (!next) continue;
        if (performance.now() - next.since > maxAgeMs) this.#dropped++;
        else writer.write(next.bytes).catch(() => this.#dropped++);
      }
    } catch {
      this.close();
    } finally {
      this.#draining = false;
    }
  }
}
