import type { TickRequest } from '../main/ticker.js';

const maxTimers = 16;
const minMs = 10;

/** Serves the `portTicker` on the other end: workers' timers keep running in hidden tabs. At most 16 timers, none faster than 10 ms. */
export function serveTicks(port: MessagePort): void {
  const timers = new Map<number, ReturnType<typeof setInterval>>();
  port.onmessage = ({ data: { id, ms } }: MessageEvent<TickRequest>) => {
    clearInterval(timers.get(id));
    timers.delete(id);
    if (ms <= 0 || timers.size >= maxTimers) return;
    timers.set(
      id,
      setInterval(() => port.postMessage(id), Math.max(minMs, ms)),
    );
  };
}
