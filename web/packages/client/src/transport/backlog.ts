/** What the uplink holds and has done, in bytes of objects. */
export interface UplinkStats {
  /** Age in ms of the oldest object that has not left yet. */
  readonly backlogMs: number;
  readonly backlogBytes: number;
  readonly sentBytes: number;
  readonly droppedObjects: number;
}

/** An object on its way out. */
export interface BacklogEntry {
  readonly bytes: number;
  readonly since: number;
  /** Set once it has left or was given up. */
  gone: boolean;
}

/** Keeps account of objects from the moment they are handed over until they have left or are given up. */
export class Backlog {
  #entries: BacklogEntry[] = [];
  #bytes = 0;
  #sentBytes = 0;
  #dropped = 0;

  enter(bytes: number): BacklogEntry {
    const entry = { bytes, since: performance.now(), gone: false };
    this.#entries.push(entry);
    this.#bytes += bytes;
    return entry;
  }

  sent(entry: BacklogEntry): void {
    if (this.#leave(entry)) this.#sentBytes += entry.bytes;
  }

  dropped(entry: BacklogEntry): void {
    if (this.#leave(entry)) this.#dropped++;
  }

  /** Counts an object that was given up before it entered. */
  refused(): void {
    this.#dropped++;
  }

  stats(): UplinkStats {
    const oldest = this.#entries[0];
    return {
      backlogMs: oldest ? performance.now() - oldest.since : 0,
      backlogBytes: this.#bytes,
      sentBytes: this.#sentBytes,
      droppedObjects: this.#dropped,
    };
  }

  #leave(entry: BacklogEntry): boolean {
    if (entry.gone) return false;
    entry.gone = true;
    this.#bytes -= entry.bytes;
    while (this.#entries[0]?.gone) this.#entries.shift();
    return true;
  }
}
