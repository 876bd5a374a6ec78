import type { Bytes } from './bytes.js';
import type { KeyVersion } from './key.js';
import { encodeKid } from './kid.js';
import { type SFrameKey, deriveKey, frameSecret, ratchet } from './sframe.js';

/** One key of one sender: 64 bytes, from which the keys of all its slots come. It owns the bytes. */
export class BaseKey implements KeyVersion {
  readonly #secret: Promise<Bytes>;

  /** index: of the sender. */
  constructor(
    readonly index: number,
    readonly gen: number,
    readonly step: number,
    readonly bytes: Bytes,
  ) {
    this.#secret = frameSecret(bytes);
  }

  kid(slot: number): number {
    return encodeKid(this.index, slot, this.gen, this.step);
  }

  async frameKey(slot: number): Promise<SFrameKey> {
    return deriveKey(await this.#secret, this.kid(slot));
  }

  /** The key that many ratchet steps later. */
  async ratchet(steps: number): Promise<BaseKey> {
    let bytes = this.bytes;
    for (let i = 0; i < steps; i++) bytes = await ratchet(bytes);
    return new BaseKey(this.index, this.gen, this.step + steps, bytes);
  }

  /** Overwrites the key. Frame keys asked for before still come. */
  erase(): void {
    void this.#secret.then((secret) => {
      secret.fill(0);
      this.bytes.fill(0);
    });
  }
}
