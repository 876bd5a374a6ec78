import { type Bytes, concat, lengthPrefixed, utf8 } from './bytes.js';
import { E2eeError } from './errors.js';
import { label } from './crypto.js';

/** The SFrame metadata of a data message: binds it to its topic. */
export function dataMetadata(topic: string): Bytes {
  return concat(label('data'), lengthPrefixed(utf8(topic)));
}

const MAX_TOPIC_BYTES = 64;

/** Throws `out-of-range`. */
export function checkTopic(topic: string): void {
  if (utf8(topic).length > MAX_TOPIC_BYTES) throw new E2eeError('out-of-range', 'a topic is at most 64 bytes');
}
