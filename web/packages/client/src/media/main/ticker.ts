/** A timer that a hidden tab does not slow down. */
export interface Ticker {
  /** Calls `fn` about every `ms` until the returned function is called. */
  every(ms: number, fn: () => void): () => void;
}

/** From the main thread to `serveTicks`: start timer `id` with a period, or end it (0). */
export interface TickRequest {
  readonly id: number;
  readonly ms: number;
}

/** A ticker behind a port whose other end was given to `serveTicks` in a worker. */
export function portTicker(port: MessagePort): Ticker {
  const timers = new Map<number, () => void>();
  let next = 0;
  const request = (message: TickRequest): void => port.postMessage(message);
  port.onmessage = ({ data }: MessageEvent<number>) => timers.get(data)?.();
  return {
    every(ms, fn) {
      const id = next++;
      timers.set(id, fn);
      request({ id, ms });
      return () => {
        if (timers.delete(id)) request({ id, ms: 0 });
      };
    },
  };
}

/** Runs at full speed only while the tab is visible. */
export const windowTicker: Ticker = {
  every(ms, fn) {
    const timer = setInterval(fn, ms);
    return () => clearInterval(timer);
  },
};
