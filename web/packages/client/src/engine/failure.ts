import type { RoomErrorCode } from '../room/types.js';
import type { ErrorState } from './protocol.js';

/** What went wrong in the engine; the page makes a RoomError of it. */
export class Failure extends Error {
  override readonly name = 'Failure';

  constructor(
    readonly code: RoomErrorCode,
    message: string,
    readonly retryable = false,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** An error on its way to the page. What is not a {@link Failure} is a fault of the engine's own. */
export function errorState(error: unknown): ErrorState {
  if (error instanceof Failure) return { code: error.code, message: error.message, retryable: error.retryable };
  return { code: 'protocol', message: error instanceof Error ? error.message : String(error), retryable: false };
}
