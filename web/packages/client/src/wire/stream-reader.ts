import { WireError } from './errors.js';
import { readLength, readVarint, varintLengthFromFirstByte } from './varint.js';

/**
 * Reads varints and byte runs off a stream of chunks. A run that lies within one chunk is a view of it; a longer one is
 * copied once, when all of it is there, so that a length alone makes nobody allocate.
 *
 * Not for concurrent calls. Rejections of the stream (a reset, the end of the connection) pass through.
 */
export class StreamReader {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  /** The chunk in use and where its unread part begins. */
  #chunk = new Uint8Array(0);
  #at = 0;

  constructor(
    stream: ReadableStream<Uint8Array>,
    private readonly onBytes?: (count: number) => void,
  ) {
    this.#reader = stream.getReader();
  }

  /** How many bytes have come that were not read yet. */
  get buffered(): number {
    return this.#chunk.length - this.#at;
  }

  /** The next varint, or undefined when the stream ends before it. Rejects with a {@link WireError} `malformed`. */
  async varint(): Promise<number | undefined> {
    const bytes = await this.#varintBytes();
    return bytes && readVarint(bytes, 0);
  }

  /** Exactly `count` bytes. Rejects with a {@link WireError} `malformed` when the stream ends before. */
  async bytes(count: number): Promise<Uint8Array> {
    if (this.#chunk.length - this.#at >= count) return this.#view(count);
    const parts: Uint8Array[] = [];
    let missing = count;
    while (missing > 0) {
      if (this.#at === this.#chunk.length && !(await this.#next()))
        throw new WireError('malformed', 'a stream ended in the middle');
      const part = this.#view(Math.min(missing, this.#chunk.length - this.#at));
      missing -= part.length;
      parts.push(part);
    }
    if (parts.length === 1) return parts[0]!;
    const out = new Uint8Array(count);
    let at = 0;
    for (const part of parts) {
      out.set(part, at);
      at += part.length;
    }
    return out;
  }

  /** A varint length of at most `limit`, and that many bytes; undefined when the stream ended in order before. */
  async prefixed(limit: number, tooLong: (length: number) => WireError): Promise<Uint8Array | undefined> {
    const prefix = await this.#varintBytes();
    if (prefix === undefined) return undefined;
    const length = readLength(prefix, 0);
    if (length > limit) throw tooLong(length);
    return this.bytes(length);
  }

  /** Wants nothing more of the stream. */
  cancel(reason?: unknown): void {
    this.#reader.cancel(reason).catch(() => undefined);
  }

  async #varintBytes(): Promise<Uint8Array | undefined> {
    if (this.#at === this.#chunk.length && !(await this.#next())) return undefined;
    return this.bytes(varintLengthFromFirstByte(this.#chunk[this.#at]!));
  }

  #view(count: number): Uint8Array {
    const view = this.#chunk.subarray(this.#at, this.#at + count);
    this.#at += count;
    return view;
  }

  async #next(): Promise<boolean> {
    do {
      const { done, value } = await this.#reader.read();
      if (done) return false;
      this.#chunk = value as Uint8Array<ArrayBuffer>;
      this.#at = 0;
    } while (this.#chunk.length === 0);
    this.onBytes?.(this.#chunk.length);
    return true;
  }
}
