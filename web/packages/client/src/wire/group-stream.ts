import { WireError } from './errors.js';
import { objectTooLarge, parseObjectBody, type WireObject } from './object.js';
import type { StreamReader } from './stream-reader.js';

/** The code with which a stream is reset whose group is abandoned (spec/wire.md §3.5). */
export const staleStreamCode = 1;
/** The code with which a malformed stream is stopped. */
export const malformedStreamCode = 2;

/**
 * Hands over the objects of one unidirectional stream, in order, until it ends. `limit` is the largest object in bytes.
 * Rejects with a {@link WireError} when the stream is malformed, and with the stream's own error when it is reset.
 */
export async function readGroupStream(
  reader: StreamReader,
  limit: number,
  onObject: (object: WireObject) => void,
): Promise<void> {
  const alias = await reader.varint();
  if (alias === undefined) throw new WireError('malformed', 'a stream ended before its alias');
  for (;;) {
    const body = await reader.prefixed(limit, (length) => objectTooLarge(length, limit));
    if (body === undefined) return;
    onObject(parseObjectBody(alias, body, limit));
  }
}
