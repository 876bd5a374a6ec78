import type { Connection } from './connection.js';
import { LinkError } from './errors.js';
import { within } from './timing.js';
import type { TransportKind } from './types.js';

/** One way to the node in a race. */
export interface Runner {
  readonly kind: TransportKind;
  /** Starts this long after the race began, or as soon as every earlier runner has failed. */
  readonly delayMs: number;
  dial(signal: AbortSignal): Promise<Connection>;
}

/** How long a transport may take to be ready. */
const dialMs = 5000;

/**
 * Resolves with the first connection that is ready and gives up the others. Rejects with a LinkError `unreachable` when
 * all fail, or as `signal` says. `runners` are in order of delay.
 */
export async function race(runners: readonly Runner[], signal: AbortSignal): Promise<Connection> {
  signal.throwIfAborted();
  const losers = new AbortController();
  const abort = (): void => losers.abort(signal.reason);
  signal.addEventListener('abort', abort);
  try {
    return await new Promise<Connection>((resolve, reject) => {
      const failures: string[] = [];
      const timers: ReturnType<typeof setTimeout>[] = [];
      let next = 0;
      let won = false;
      losers.signal.addEventListener('abort', () => {
        timers.forEach(clearTimeout);
        reject(losers.signal.reason as Error);
      });

      const startNext = (): void => {
        const runner = runners[next];
        if (!runner) return;
        clearTimeout(timers[next]);
        next++;
        within(dialMs, runner.kind, losers.signal, async (dialSignal) => {
          const connection = await runner.dial(dialSignal);
          if (dialSignal.aborted) connection.close();
          return connection;
        }).then(
          (connection) => {
            if (won || losers.signal.aborted) return connection.close();
            won = true;
            timers.forEach(clearTimeout);
            resolve(connection);
          },
          (error: unknown) => {
            failures.push(`${runner.kind}: ${error instanceof Error ? error.message : String(error)}`);
            if (failures.length === runners.length)
              reject(new LinkError('unreachable', `no transport reached the node (${failures.join('; ')})`));
            else if (failures.length === next) startNext();
          },
        );
      };
      if (runners.length === 0) return reject(new LinkError('unreachable', 'no transport in common with the node'));
      runners.forEach((runner, i) => {
        timers[i] = setTimeout(startNext, runner.delayMs);
      });
      if (runners[0]!.delayMs === 0) startNext();
    });
  } finally {
    signal.removeEventListener('abort', abort);
    losers.abort(new LinkError('aborted', 'another transport was faster'));
  }
}
