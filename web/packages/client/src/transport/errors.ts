import { errorMeaning } from '../wire/errors.js';

/**
 * Why there is no link. `code` is one of spec/wire.md §6 (perhaps newer than this version), or
 * `unreachable`: no transport reached the node; `untrusted-origin`: it refuses pages of this origin; `timeout`: it did not answer in time; `aborted`: the caller's wish.
 */
export class LinkError extends Error {
  override readonly name = 'LinkError';
  /** Whether the same call may succeed later without a change. */
  readonly retryable: boolean;

  constructor(
    readonly code: string,
    message: string,
    options?: ErrorOptions & { readonly retryable?: boolean },
  ) {
    super(message, options);
    this.retryable = options?.retryable ?? errorMeaning(code)?.retryable ?? true;
  }

  static from(error: unknown, code = 'unreachable'): LinkError {
    if (error instanceof LinkError) return error;
    return new LinkError(code, error instanceof Error ? error.message : String(error), { cause: error });
  }
}
