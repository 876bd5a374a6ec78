import { type Bytes, Reader, concat, equal, u16 } from './bytes.js';
import { E2eeError } from './errors.js';

/** First byte of every message but WRAP. */
export const MessageType = {
  announce: 0x01,
  channel: 0x02,
  key: 0x03,
  keyreq: 0x05,
  heartbeat: 0x06,
  admit: 0x07,
  remove: 0x08,
  sasCommit: 0x09,
  sasReveal: 0x0a,
  host: 0x0b,
  guard: 0x0c,
  sasEnd: 0x0d,
} as const;
export type MessageType = (typeof MessageType)[keyof typeof MessageType];

const VERSION = 1;
const SUITE = 1;
export const ID_BYTES = 32;
export const HASH_BYTES = 32;
export const PREFIX_BYTES = 4 + ID_BYTES;

/** u8 type ‖ u8 version ‖ u16 suite ‖ mid: how every body begins. */
export function prefix(type: MessageType, mid: Bytes): Bytes {
  return concat(Uint8Array.of(type, VERSION), u16(SUITE), mid);
}

/**
 * Checks the prefix and the length of a message and returns a reader behind the prefix. minimum: the length without
 * the variable parts; extra: how much the variable parts add, read from a message of at least the minimum.
 * Throws, in this order: `truncated`, `type-unexpected`, `version-unsupported`, `suite-unsupported`, `truncated`,
 * `trailing-bytes`, `meeting-foreign`.
 */
export function openMessage(
  wire: Uint8Array,
  type: MessageType,
  mid: Bytes,
  minimum: number,
  extra: (wire: Uint8Array) => number = () => 0,
): Reader {
  if (wire.length < PREFIX_BYTES) throw new E2eeError('truncated', 'the message ends too early');
  const reader = new Reader(wire);
  if (reader.u8() !== type) throw new E2eeError('type-unexpected', 'the message is of another type');
  if (reader.u8() !== VERSION) throw new E2eeError('version-unsupported', 'made by another version of Confab: reload');
  if (reader.u16() !== SUITE) throw new E2eeError('suite-unsupported', 'uses another cipher suite: reload');
  const length = wire.length < minimum ? minimum : minimum + extra(wire);
  if (wire.length < length) throw new E2eeError('truncated', 'the message ends too early');
  if (wire.length > length) throw new E2eeError('trailing-bytes', `${wire.length - length} bytes too many`);
  if (!equal(reader.take(ID_BYTES), mid)) throw new E2eeError('meeting-foreign', 'belongs to another meeting');
  return reader;
}
