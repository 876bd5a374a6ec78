/** How long objects wait for the Subscribed that names their alias (spec/wire.md §3.4). */
const WAIT_MS = 500;
/** More than a second of a video's first frames; bounds what a node can make a client keep. */
const MOST_OBJECTS = 256;

export interface EarlyObject {
  readonly header: Uint8Array;
  readonly payload: Uint8Array;
}

interface Kept extends EarlyObject {
  readonly alias: number;
  readonly until: number;
}

/** Objects of an alias that is not known yet. Does no I/O; times are in ms on one clock. */
export class EarlyObjects {
  #kept: Kept[] = [];

  keep(alias: number, header: Uint8Array, payload: Uint8Array, now: number): void {
    this.#kept = this.#kept.filter(({ until }) => until > now);
    if (this.#kept.length < MOST_OBJECTS) this.#kept.push({ alias, header, payload, until: now + WAIT_MS });
  }

  /** Those of an alias that are not too old, in the order they came. */
  take(alias: number, now: number): readonly EarlyObject[] {
    const taken = this.#kept.filter((object) => object.alias === alias && object.until > now);
    this.#kept = this.#kept.filter((object) => object.alias !== alias && object.until > now);
    return taken;
  }

  clear(): void {
    this.#kept = [];
  }
}
