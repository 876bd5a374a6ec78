import type { TransportKind } from './types.js';

/** Remembers which transport worked last with an origin. A hook for keeping it longer than the worker lives. */
export interface TransportHints {
  get(origin: string): TransportKind | undefined;
  set(origin: string, kind: TransportKind): void;
}

/** Hints that last as long as the worker. A change of network makes them void: `clear` them. */
export class MemoryHints implements TransportHints {
  readonly #kinds = new Map<string, TransportKind>();

  get(origin: string): TransportKind | undefined {
    return this.#kinds.get(origin);
  }

  set(origin: string, kind: TransportKind): void {
    this.#kinds.set(origin, kind);
  }

  clear(): void {
    this.#kinds.clear();
  }
}
