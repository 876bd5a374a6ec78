import { BaseKey } from './base-key.js';
import { type Bytes, equal } from './bytes.js';
import { E2eeError } from './errors.js';
import { type KeyVersion, compareVersions } from './key.js';
import { kidGen, kidIndex, kidSlot, kidStep, sourceOf } from './kid.js';
import { ReplayWindow } from './replay.js';
import { type SFrameKey, decodeHeader, openFrame } from './sframe.js';

/** How long a key is kept after the first frame under a newer one. */
const OVERLAP_MS = 10_000;
/** How many ratchet steps a receiver derives by itself. */
const MAX_AHEAD = 8;
/** Bounds what a sender can make a receiver keep. */
const MAX_EPOCHS = 32;
const MAX_DERIVED = 8;

interface Slot {
  key: SFrameKey | Promise<SFrameKey>;
  readonly window: ReplayWindow;
  /** A frame of the slot has authenticated under the key. */
  proven: boolean;
}

/** One base key of a sender, and what opens frames under it. */
class Epoch implements KeyVersion {
  /** When the key is erased; Infinity while no frame came under a newer one. */
  expiresAt = Infinity;
  readonly #slots = new Map<number, Slot>();

  constructor(readonly base: BaseKey) {}

  get gen(): number {
    return this.base.gen;
  }

  get step(): number {
    return this.base.step;
  }

  slot(number: number): Slot {
    let slot = this.#slots.get(number);
    if (!slot) {
      slot = { key: this.base.frameKey(number), window: new ReplayWindow(), proven: false };
      this.#slots.set(number, slot);
    }
    return slot;
  }

  erase(): void {
    this.base.erase();
    this.#slots.clear();
  }
}

/** What opened a frame. */
export interface OpenedFrame {
  readonly slot: number;
  readonly counter: number;
  readonly plaintext: Bytes;
}

/** How the key of a frame relates to those held: `future` may be on its way, `past` will not come again. */
export type Standing = 'held' | 'future' | 'past';

/** The frame keys held of one other member. Frames may be opened concurrently. */
export class Keyring {
  /** From the oldest to the newest. */
  #epochs: Epoch[] = [];
  /** Epochs that were derived for a frame and are not proven by one yet, by gen and step. */
  readonly #derived = new Map<string, Promise<Epoch>>();

  /** index: the sender index in every KID of the member; retired: called when a key gets a time to be erased at. */
  constructor(
    readonly index: number,
    readonly retired: () => void = () => {},
  ) {}

  /** The newest key held, or undefined before the first. */
  get newest(): KeyVersion | undefined {
    return this.#epochs.at(-1);
  }

  /**
   * Takes a base key that came with a KEY and owns it from now on. Throws `equivocation` when the held key of the same
   * number, which may have been derived, is another.
   */
  add(version: KeyVersion, baseKey: Bytes): void {
    const held = this.#epochs.find((epoch) => compareVersions(epoch, version) === 0);
    if (held && !equal(held.base.bytes, baseKey)) {
      throw new E2eeError('equivocation', "the sender's key is not what its ratchet gives");
    }
    if (!held) this.#keep(new Epoch(new BaseKey(this.index, version.gen, version.step, baseKey)));
  }

  /** The standing of a frame. Throws what decodeHeader throws. */
  standing(frame: Uint8Array): Standing {
    const { kid } = decodeHeader(frame);
    if (this.#find(kid)) return 'held';
    const newest = this.#epochs.at(-1);
    if (!newest) return 'future';
    const distance = (kidGen(kid) - newest.gen) & 0xff;
    return distance > 0 && distance < 0x80 ? 'future' : 'past';
  }

  /**
   * Opens a frame that came on a track of source. Throws what decodeHeader throws, then `sender-mismatch`,
   * `source-mismatch`, `key-unknown`, `frame-replayed`, `frame-invalid`.
   */
  async open(frame: Uint8Array, source: number, metadata: Uint8Array, now: () => number): Promise<OpenedFrame> {
    const header = decodeHeader(frame);
    const { kid, counter } = header;
    if (kidIndex(kid) !== this.index) throw new E2eeError('sender-mismatch', 'the frame is of another sender');
    const slot = kidSlot(kid);
    if (sourceOf(slot) !== source) throw new E2eeError('source-mismatch', 'the frame is of another source');
    const found = this.#find(kid);
    if (!found) throw new E2eeError('key-unknown', 'no key for the frame');

    const epoch = found.ahead === 0 ? found.epoch : await this.#derive(found.epoch, found.ahead);
    const state = epoch.slot(slot);
    if (!state.window.fresh(counter))
      throw new E2eeError('frame-replayed', 'the frame came before or is too old to tell');
    if (state.key instanceof Promise) state.key = await state.key;
    const plaintext = await openFrame(state.key, header, metadata, frame);
    // Asked again, for meanwhile the same frame may have been opened, or the same epoch kept.
    const kept = found.ahead === 0 ? epoch : this.#keep(epoch);
    const proof = kept.slot(slot);
    if (!proof.window.accept(counter)) throw new E2eeError('frame-replayed', 'the frame came before');
    if (!proof.proven) {
      proof.proven = true;
      this.#retireBefore(kept, now());
    }
    return { slot, counter, plaintext };
  }

  /** Erases the keys whose time is over. */
  expire(nowMs: number): void {
    this.#epochs = this.#epochs.filter((epoch) => {
      if (epoch.expiresAt <= nowMs) epoch.erase();
      return epoch.expiresAt > nowMs;
    });
  }

  /** When the next key's time is over, or Infinity. */
  get nextExpiry(): number {
    return this.#epochs.reduce((next, epoch) => Math.min(next, epoch.expiresAt), Infinity);
  }

  erase(): void {
    for (const epoch of this.#epochs.splice(0)) epoch.erase();
    this.#derived.clear();
  }

  /** The newest epoch that is, or can be ratcheted to, that of a KID. */
  #find(kid: number): { epoch: Epoch; ahead: number } | undefined {
    for (let i = this.#epochs.length - 1; i >= 0; i--) {
      const epoch = this.#epochs[i]!;
      if ((epoch.gen & 0xff) !== kidGen(kid)) continue;
      const ahead = (kidStep(kid) - epoch.step) & 0xf;
      if (ahead <= MAX_AHEAD) return { epoch, ahead };
    }
    return undefined;
  }

  #derive(epoch: Epoch, ahead: number): Promise<Epoch> {
    const name = versionName({ gen: epoch.gen, step: epoch.step + ahead });
    let derived = this.#derived.get(name);
    if (!derived) {
      derived = epoch.base.ratchet(ahead).then((base) => new Epoch(base));
      this.#derived.set(name, derived);
      if (this.#derived.size > MAX_DERIVED) this.#derived.delete(this.#derived.keys().next().value!);
    }
    return derived;
  }

  /** Puts an epoch into its place unless there is one of its number; returns the one that is kept. */
  #keep(epoch: Epoch): Epoch {
    const at = this.#epochs.findIndex((other) => compareVersions(other, epoch) >= 0);
    const next = this.#epochs[at];
    if (next && compareVersions(next, epoch) === 0) return next;
    this.#epochs.splice(at < 0 ? this.#epochs.length : at, 0, epoch);
    this.#derived.delete(versionName(epoch));
    if (this.#epochs.length > MAX_EPOCHS) this.#epochs.shift()!.erase();
    return epoch;
  }

  /** Starts the end of every key older than one under which a frame has authenticated. */
  #retireBefore(epoch: Epoch, nowMs: number): void {
    for (const older of this.#epochs) {
      if (older === epoch) break;
      older.expiresAt = Math.min(older.expiresAt, nowMs + OVERLAP_MS);
    }
    if (epoch !== this.#epochs[0]) this.retired();
  }
}

function versionName({ gen, step }: KeyVersion): string {
  return `${gen}.${step}`;
}
