/** How long a listener listens. */
export interface ListenOptions {
  /** Called for the next event only. */
  once?: boolean;
  /** Taken off when aborted; never put on when already aborted. */
  signal?: AbortSignal;
}

type Listener<T> = (event: T) => void;

interface Registration {
  readonly once: boolean;
  /** Lets go of the abort signal. */
  release(): void;
}

/**
 * Typed events, each carrying one object.
 *
 * Listeners run synchronously in the order they were added. One that throws does not keep the others from running: its
 * error is reported to the page as uncaught. A function is put on at most once for an event; one that is put on while
 * the event is being emitted is called from the next event on.
 */
export class Emitter<Events extends object> {
  readonly #listeners = new Map<keyof Events, Map<Listener<never>, Registration>>();

  /** Puts a listener on and returns what takes it off. */
  on<K extends keyof Events>(type: K, fn: Listener<Events[K]>, o: ListenOptions = {}): () => void {
    const off = (): void => this.off(type, fn);
    if (o.signal?.aborted) return off;
    let listeners = this.#listeners.get(type);
    if (!listeners) this.#listeners.set(type, (listeners = new Map()));
    if (listeners.has(fn)) return off;
    o.signal?.addEventListener('abort', off, { once: true });
    listeners.set(fn, { once: o.once ?? false, release: () => o.signal?.removeEventListener('abort', off) });
    return off;
  }

  off<K extends keyof Events>(type: K, fn: Listener<Events[K]>): void {
    const listeners = this.#listeners.get(type);
    listeners?.get(fn)?.release();
    listeners?.delete(fn);
  }

  emit<K extends keyof Events>(type: K, event: Events[K]): void {
    const listeners = this.#listeners.get(type);
    if (!listeners) return;
    for (const [fn, { once }] of [...listeners] as [Listener<Events[K]>, Registration][]) {
      if (!listeners.has(fn)) continue;
      if (once) this.off(type, fn);
      try {
        fn(event);
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }

  /** Takes all listeners off. */
  clear(): void {
    for (const listeners of this.#listeners.values()) for (const { release } of listeners.values()) release();
    this.#listeners.clear();
  }
}
