import { WireError } from './errors.js';

/** The largest number a varint may carry here: bigger ones are not exact in JavaScript. */
export const maxVarint = Number.MAX_SAFE_INTEGER;

/** How many bytes `value` takes as a varint (RFC 9000 §16): 1, 2, 4 or 8. */
export function varintLength(value: number): 1 | 2 | 4 | 8 {
  if (value < 0x40) return 1;
  if (value < 0x4000) return 2;
  if (value < 0x40000000) return 4;
  return 8;
}

/** How many bytes the varint that begins with `first` has. */
export function varintLengthFromFirstByte(first: number): 1 | 2 | 4 | 8 {
  return (1 << (first >> 6)) as 1 | 2 | 4 | 8;
}

/**
 * Writes `value` at `at` and returns the offset behind it. `out` must have room for {@link varintLength} bytes.
 * Throws RangeError when `value` is not a whole number from 0 to {@link maxVarint}.
 */
export function writeVarint(out: Uint8Array, at: number, value: number): number {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`not a varint: ${value}`);
  const length = varintLength(value);
  let rest = value;
  for (let i = at + length - 1; i >= at; i--) {
    out[i] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  out[at]! |= Math.log2(length) << 6;
  return at + length;
}

/**
 * Reads the varint at `at`; it ends at `at + varintLength(result)`, because only minimal ones are accepted.
 * Throws a {@link WireError} `malformed` when it is cut short, not minimal (spec/wire.md §3.1) or above {@link maxVarint}.
 */
export function readVarint(bytes: Uint8Array, at: number): number {
  const value = readLength(bytes, at);
  if (value === Infinity) throw new WireError('malformed', 'a varint is above 2^53 − 1');
  return value;
}

/** As {@link readVarint}, but Infinity for a number above {@link maxVarint}: enough to compare a length with a limit. */
export function readLength(bytes: Uint8Array, at: number): number {
  const first = bytes[at];
  if (first === undefined) throw new WireError('malformed', 'a varint is missing');
  const length = varintLengthFromFirstByte(first);
  if (at + length > bytes.length) throw new WireError('malformed', 'a varint is cut short');
  let value = first & 0x3f;
  for (let i = at + 1; i < at + length; i++) value = value * 256 + bytes[i]!;
  if (varintLength(value) !== length) throw new WireError('malformed', 'a varint is longer than it has to be');
  return value > maxVarint ? Infinity : value;
}
