import type { RoomErrorCode } from './types.js';

/**
 * The one error the public API throws or rejects with.
 *
 * `code` is stable and meant for programs; `message` is plain English that says what to do. `retryable` tells whether
 * the same call may succeed later without anything in the program having changed.
 */
export class RoomError extends Error {
  override readonly name = 'RoomError';

  constructor(
    readonly code: RoomErrorCode,
    message: string,
    readonly retryable = false,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** What gives up an attempt that the page aborted. */
export function abortError(cause?: unknown): RoomError {
  return new RoomError('aborted', 'Connecting was aborted.', true, { cause });
}

/**
 * Why connecting failed. A RoomError says it itself, unless it only tells of the engine that was ended with the attempt;
 * anything else was thrown by the page's own token function.
 */
export function failureOf(cause: unknown, givenUp: boolean): RoomError {
  if (cause instanceof RoomError && cause.code !== 'closed') return cause;
  if (givenUp) return abortError(cause);
  const message = cause instanceof Error ? cause.message : String(cause);
  return new RoomError('unauthorized', `No join token could be had: ${message}`, true, { cause });
}
