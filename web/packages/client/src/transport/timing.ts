import { LinkError } from './errors.js';

/** Resolves after `ms`, or at once when `wake` is; rejects when `signal` is aborted. */
export function pause(ms: number, signal: AbortSignal, wake?: Promise<void>): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void) => (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      act();
    };
    const abort = settle(() => reject(signal.reason as Error));
    const timer = setTimeout(settle(resolve), ms);
    signal.addEventListener('abort', abort);
    void wake?.then(settle(resolve));
    if (signal.aborted) abort();
  });
}

/** Runs `act` with a signal that is aborted with `signal`, or with a LinkError `timeout` after `ms`. */
export async function within<T>(
  ms: number,
  what: string,
  signal: AbortSignal,
  act: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  const controller = new AbortController();
  const abort = (): void => controller.abort(signal.reason);
  signal.addEventListener('abort', abort);
  const timer = setTimeout(() => controller.abort(new LinkError('timeout', `${what} took longer than ${ms} ms`)), ms);
  const aborted = new Promise<never>((_, reject) => {
    controller.signal.addEventListener('abort', () => reject(controller.signal.reason as Error));
  });
  try {
    return await Promise.race([act(controller.signal), aborted]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', abort);
  }
}
