/** Numbers outgoing control messages from 1 and keeps them until the node has processed them. Spec: wire.md §2.2. */
export class Outbox {
  #waiting: Uint8Array[] = [];
  #acknowledged = 0;
  #bytes = 0;

  /** Bytes of the messages that are kept. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Number of the last message the node has processed. */
  get acknowledged(): number {
    return this.#acknowledged;
  }

  /** Keeps a message and returns its number. */
  add(message: Uint8Array): number {
    this.#waiting.push(message);
    this.#bytes += message.length;
    return this.#acknowledged + this.#waiting.length;
  }

  /** The node has processed everything up to `number`. Returns false when there is no such message. */
  acknowledge(number: number): boolean {
    const count = number - this.#acknowledged;
    if (count > this.#waiting.length) return false;
    if (count <= 0) return true;
    for (const message of this.#waiting.splice(0, count)) this.#bytes -= message.length;
    this.#acknowledged = number;
    return true;
  }

  /** What the node has not processed, in order. */
  waiting(): readonly Uint8Array[] {
    return this.#waiting;
  }
}
