import { encodeRecord } from '../e2ee/record.js';
import type { Link } from '../transport/index.js';
import { encodeObjectHeader } from '../wire/object.js';
import { InTurn } from './in-turn.js';
import type { OutgoingFrame } from './publication.js';
import type { Security } from './security.js';

/** Seals encoded frames and sends them, those of each alias in the order in which they were encoded. */
export class FrameSender {
  readonly #security: Security;
  readonly #link: Link;
  readonly #log: (error: unknown) => void;
  readonly #turns = new Map<number, InTurn>();

  constructor(security: Security, link: Link, log: (error: unknown) => void) {
    this.#security = security;
    this.#link = link;
    this.#log = log;
  }

  /** Dropped when it can't be sealed. levels: whether the room lets the node know how loud sound is. */
  send(frame: OutgoingFrame, levels: boolean): void {
    const { alias, kind, record, priority } = frame;
    const { level, ...rest } = frame.header;
    const header = encodeObjectHeader({ ...rest, ...(level !== undefined && levels && { level }) });
    const { group, object, last } = rest;
    const sealed = this.#security.seal(frame.slot, header, encodeRecord(record));
    let turn = this.#turns.get(alias);
    if (!turn) this.#turns.set(alias, (turn = new InTurn(this.#log)));
    void turn.add(sealed, (payload) =>
      this.#link.sendObject({ alias, kind, group, object, last, header, payload, priority }),
    );
  }

  /** Another session: its aliases begin anew. */
  clear(): void {
    this.#turns.clear();
  }
}
