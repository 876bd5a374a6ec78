/**
 * An error with which a stream is reset, or its sender asked to stop (spec/wire.md §3.5). Older browsers take everything
 * in one dictionary, and throw or ignore the code when they get a message first.
 */
export function streamError(code: number, message: string): Error {
  if (typeof WebTransportError === 'undefined') return new Error(message);
  try {
    const error = new WebTransportError(message, { source: 'stream', streamErrorCode: code });
    if (error.streamErrorCode === code) return error;
  } catch {
    // The older constructor.
  }
  const Older = WebTransportError as unknown as new (init: object) => Error;
  return new Older({ message, streamErrorCode: code });
}
