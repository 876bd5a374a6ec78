import { WireError } from './errors.js';
import { readVarint, varintLength, writeVarint } from './varint.js';

const keyframeBit = 0x01;
const discardableBit = 0x02;
const temporalShift = 2;
const temporalMask = 0x0c;
const levelBit = 0x10;
const lastBit = 0x20;
const reservedMask = 0xc0;

/** The immutable header of an object (spec/wire.md §3.2): forwarded byte for byte, authenticated as SFrame metadata. */
export interface ObjectHeader {
  readonly keyframe: boolean;
  readonly discardable: boolean;
  /** 0 to 3. */
  readonly temporalId: number;
  /** Audio level (RFC 6464): bit 7 voice activity, bits 0–6 −dBov. Absent when it is not shown in the clear. */
  readonly level?: number;
  /** Last object of its group. */
  readonly last: boolean;
  readonly group: number;
  readonly object: number;
}

/** An object as it travels. The arrays may be views of one larger buffer; nobody else writes to it. */
export interface WireObject {
  readonly alias: number;
  readonly header: Uint8Array;
  readonly payload: Uint8Array;
}

/** Encodes an immutable header. Throws RangeError when a field is out of range. */
export function encodeObjectHeader(header: ObjectHeader): Uint8Array {
  const { level } = header;
  if (!Number.isInteger(header.temporalId) || header.temporalId < 0 || header.temporalId > 3)
    throw new RangeError(`temporal id out of range: ${header.temporalId}`);
  if (level !== undefined && (!Number.isInteger(level) || level < 0 || level > 255))
    throw new RangeError(`audio level out of range: ${level}`);

  const start = level === undefined ? 1 : 2;
  const out = new Uint8Array(start + varintLength(header.group) + varintLength(header.object));
  out[0] =
    (header.keyframe ? keyframeBit : 0) |
    (header.discardable ? discardableBit : 0) |
    (header.temporalId << temporalShift) |
    (level === undefined ? 0 : levelBit) |
    (header.last ? lastBit : 0);
  if (level !== undefined) out[1] = level;
  writeVarint(out, writeVarint(out, start, header.group), header.object);
  return out;
}

/** Parses an immutable header that is the whole of `bytes`. Throws a {@link WireError} `malformed`. */
export function parseObjectHeader(bytes: Uint8Array): ObjectHeader {
  const flags = bytes[0]!;
  const end = objectHeaderEnd(bytes, 0);
  if (end !== bytes.length) throw new WireError('malformed', 'bytes behind an object header');
  const hasLevel = (flags & levelBit) !== 0;
  const groupAt = hasLevel ? 2 : 1;
  const group = readVarint(bytes, groupAt);
  return {
    keyframe: (flags & keyframeBit) !== 0,
    discardable: (flags & discardableBit) !== 0,
    temporalId: (flags & temporalMask) >> temporalShift,
    ...(hasLevel ? { level: bytes[1]! } : {}),
    last: (flags & lastBit) !== 0,
    group,
    object: readVarint(bytes, groupAt + varintLength(group)),
  };
}

/** The offset behind the immutable header at `at`, which is checked on the way. */
export function objectHeaderEnd(bytes: Uint8Array, at: number): number {
  const flags = bytes[at];
  if (flags === undefined) throw new WireError('malformed', 'an object header is missing');
  if ((flags & reservedMask) !== 0) throw new WireError('malformed', 'reserved flags of an object header are set');
  let end = at + ((flags & levelBit) === 0 ? 1 : 2);
  end += varintLength(readVarint(bytes, end));
  return end + varintLength(readVarint(bytes, end));
}

/**
 * Splits `header ‖ payload`, the form an object has within a stream. `limit` is the largest size in bytes.
 * Throws a {@link WireError}: `malformed`, or `object-too-large`.
 */
export function parseObjectBody(alias: number, body: Uint8Array, limit: number): WireObject {
  if (body.length > limit) throw objectTooLarge(body.length, limit);
  const end = objectHeaderEnd(body, 0);
  if (end >= body.length) throw new WireError('malformed', 'an object has no payload');
  return { alias, header: body.subarray(0, end), payload: body.subarray(end) };
}

/** The error for an object of more than `limit` bytes. */
export function objectTooLarge(length: number, limit: number): WireError {
  return new WireError('object-too-large', `an object of ${length} bytes is over the limit of ${limit}`);
}

/** Parses `alias ‖ header ‖ payload` from `at` on: a datagram, or the rest of a WebSocket message. */
export function parseObject(bytes: Uint8Array, at: number, limit: number): WireObject {
  const alias = readVarint(bytes, at);
  return parseObjectBody(alias, bytes.subarray(at + varintLength(alias)), limit);
}

/** The size of {@link encodeObject}'s result without `lead`. */
export function objectLength(object: WireObject): number {
  return varintLength(object.alias) + object.header.length + object.payload.length;
}

/** `lead ‖ alias ‖ header ‖ payload`: a datagram without `lead`, a WebSocket message with its kind in it. */
export function encodeObject(object: WireObject, ...lead: number[]): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(lead.length + objectLength(object));
  out.set(lead);
  const at = writeVarint(out, lead.length, object.alias);
  out.set(object.header, at);
  out.set(object.payload, at + object.header.length);
  return out;
}

/** `length ‖ header ‖ payload`, an object within a stream; before it the stream's alias when `opens` is set. */
export function encodeStreamObject(object: WireObject, opens: boolean): Uint8Array<ArrayBuffer> {
  const body = object.header.length + object.payload.length;
  const lead = opens ? varintLength(object.alias) : 0;
  const out = new Uint8Array(lead + varintLength(body) + body);
  if (opens) writeVarint(out, 0, object.alias);
  const at = writeVarint(out, lead, body);
  out.set(object.header, at);
  out.set(object.payload, at + object.header.length);
  return out;
}
