import type { BaseKey } from './base-key.js';
import type { Bytes } from './bytes.js';
import { type SFrameKey, sealFrame } from './sframe.js';

interface Slot {
  readonly kid: number;
  key: SFrameKey | Promise<SFrameKey>;
  counter: number;
}

/** A base key of one's own with the counters of its slots, so that no counter is ever used twice with a key. */
export class SendingKey {
  readonly #slots = new Map<number, Slot>();

  constructor(readonly base: BaseKey) {}

  /** Whether anything was sealed under it. */
  get used(): boolean {
    return this.#slots.size > 0;
  }

  /** How many frames were sealed, by slot in ascending order. */
  get counts(): { slot: number; count: bigint }[] {
    const slots = Array.from(this.#slots, ([slot, { counter }]) => ({ slot, count: BigInt(counter) }));
    return slots.sort((a, b) => a.slot - b.slot);
  }

  /** Seals a frame. The counter is taken before this returns, so that calls in order get counters in order. */
  seal(number: number, metadata: Uint8Array, plaintext: Uint8Array): Promise<Bytes> {
    const slot = this.#slot(number);
    const counter = slot.counter++;
    const { key, kid } = slot;
    if (!(key instanceof Promise)) return sealFrame(key, kid, counter, metadata, plaintext);
    return key.then((derived) => {
      slot.key = derived;
      return sealFrame(derived, kid, counter, metadata, plaintext);
    });
  }

  #slot(number: number): Slot {
    let slot = this.#slots.get(number);
    if (!slot) {
      slot = { kid: this.base.kid(number), key: this.base.frameKey(number), counter: 0 };
      this.#slots.set(number, slot);
    }
    return slot;
  }
}
