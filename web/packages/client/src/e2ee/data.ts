import { type Bytes, concat, lengthPrefixed, utf8 } from './bytes.js';
import { label } from './crypto.js';

/** The SFrame metadata of a data message: binds it to its topic. */
export function dataMetadata(topic: string): Bytes {
  return concat(label('data'), lengthPrefixed(utf8(topic)));
}
