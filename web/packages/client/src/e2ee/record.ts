import { type Bytes, Reader, utf8, varintLength, writeVarint } from './bytes.js';
import { E2eeError } from './errors.js';

/** Codec numbers of a frame record. */
export const Codec = { opus: 1, vp8: 2, vp9: 3, h264: 4, av1: 5 } as const;
export type CodecName = keyof typeof Codec;

const CODEC_NAMES: readonly (CodecName | undefined)[] = [undefined, 'opus', 'vp8', 'vp9', 'h264', 'av1'];
const VERSION = 1;
const FLAG_CONFIG = 1;
const FLAG_DIMENSIONS = 2;
const ROTATION_SHIFT = 2;
const FLAG_REDUNDANCY = 1 << 4;
const RESERVED_FLAGS = 7 << 5;
const FIXED_BYTES = 3;
const MAX_DIMENSION = 16384;

/**
 * One encoded frame with what a decoder needs besides the bytes (spec/e2ee.md §8): the plaintext of an object. Whether it
 * is a keyframe is in the object's header.
 */
export interface FrameRecord {
  readonly codec: CodecName;
  /** Capture time in microseconds of the sender's clock: 0 to 2^53 − 1, as are all times here. */
  readonly timestampUs: number;
  readonly durationUs: number;
  /** Pixels, 1 to 16384; video only, both or neither. */
  readonly width?: number;
  readonly height?: number;
  /** Degrees clockwise to turn the picture by; video only. Default 0. */
  readonly rotation?: 0 | 90 | 180 | 270;
  /** For VideoDecoder.configure; video only, on keyframes. codec: 1 to 255 printable ASCII characters. */
  readonly config?: { readonly codec: string; readonly description: Uint8Array };
  /** An earlier frame again, deltaUs (at least 1) before this one; audio only. */
  readonly redundancy?: { readonly deltaUs: number; readonly payload: Uint8Array };
  /** At least one byte. */
  readonly payload: Uint8Array;
}

/** Encodes a record. Throws `codec-unknown`, `flags-invalid`, `out-of-range`, `text-invalid`, `payload-empty`. */
export function encodeRecord(record: FrameRecord): Bytes {
  check(record);
  const { config, redundancy, width, height, payload } = record;
  const codecText = config && utf8(config.codec);
  let length = FIXED_BYTES + varintLength(record.timestampUs) + varintLength(record.durationUs) + payload.length;
  if (width !== undefined && height !== undefined) length += varintLength(width) + varintLength(height);
  if (config) length += 1 + codecText!.length + 2 + config.description.length;
  if (redundancy) {
    const size = redundancy.payload.length;
    length += varintLength(redundancy.deltaUs) + varintLength(size) + size;
  }

  const out = new Uint8Array(length);
  out[0] = VERSION;
  out[1] = Codec[record.codec];
  out[2] =
    (config ? FLAG_CONFIG : 0) |
    (width !== undefined ? FLAG_DIMENSIONS : 0) |
    (((record.rotation ?? 0) / 90) << ROTATION_SHIFT) |
    (redundancy ? FLAG_REDUNDANCY : 0);
  let at = writeVarint(out, FIXED_BYTES, record.timestampUs);
  at = writeVarint(out, at, record.durationUs);
  if (width !== undefined && height !== undefined) {
    at = writeVarint(out, at, width);
    at = writeVarint(out, at, height);
  }
  if (config) {
    out[at++] = codecText!.length;
    out.set(codecText!, at);
    at += codecText!.length;
    out[at++] = config.description.length >> 8;
    out[at++] = config.description.length;
    out.set(config.description, at);
    at += config.description.length;
  }
  if (redundancy) {
    at = writeVarint(out, at, redundancy.deltaUs);
    at = writeVarint(out, at, redundancy.payload.length);
    out.set(redundancy.payload, at);
    at += redundancy.payload.length;
  }
  out.set(payload, at);
  return out;
}

/**
 * Parses a record; its byte arrays are views of bytes. Throws `truncated`, `version-unsupported`, `not-minimal` and what
 * encodeRecord throws.
 */
export function parseRecord(bytes: Uint8Array): FrameRecord {
  if (bytes.length < FIXED_BYTES) throw new E2eeError('truncated', 'the frame record ends too early');
  if (bytes[0] !== VERSION) throw new E2eeError('version-unsupported', 'the frame record is of another version');
  const codec = CODEC_NAMES[bytes[1]!];
  if (codec === undefined) throw new E2eeError('codec-unknown', 'the codec is none of opus, vp8, vp9, h264, av1');
  const flags = bytes[2]!;
  if (flags & RESERVED_FLAGS) throw new E2eeError('flags-invalid', 'reserved flags of the frame record are set');

  const reader = new Reader(bytes.subarray(FIXED_BYTES));
  const timestampUs = readTime(reader);
  const durationUs = readTime(reader);
  const dimensions = flags & FLAG_DIMENSIONS ? { width: dimension(reader), height: dimension(reader) } : {};
  const config = flags & FLAG_CONFIG ? { config: readConfig(reader) } : {};
  const redundancy = flags & FLAG_REDUNDANCY ? { redundancy: readRedundancy(reader) } : {};
  const rotation = (((flags >> ROTATION_SHIFT) & 3) * 90) as 0 | 90 | 180 | 270;
  const payload = reader.take(reader.remaining);
  const record = { codec, timestampUs, durationUs, rotation, ...dimensions, ...config, ...redundancy, payload };
  check(record);
  return record;
}

function readConfig(reader: Reader): { codec: string; description: Bytes } {
  const text = reader.take(reader.u8());
  return { codec: String.fromCharCode(...text), description: reader.lengthPrefixed() };
}

function readRedundancy(reader: Reader): { deltaUs: number; payload: Bytes } {
  const deltaUs = readTime(reader);
  return { deltaUs, payload: reader.take(reader.varint()) };
}

function readTime(reader: Reader): number {
  const us = reader.varint();
  if (!isTime(us)) throw new E2eeError('out-of-range', 'a time is over 2^53 − 1 µs');
  return us;
}

function dimension(reader: Reader): number {
  const value = reader.varint();
  if (!isDimension(value)) throw new E2eeError('out-of-range', 'width and height are 1 to 16384');
  return value;
}

function check(record: FrameRecord): void {
  const { codec, width, height, rotation = 0, config, redundancy } = record;
  if (!Object.hasOwn(Codec, codec)) {
    throw new E2eeError('codec-unknown', 'the codec is none of opus, vp8, vp9, h264, av1');
  }
  const dimensions = width !== undefined || height !== undefined;
  if (codec === 'opus' && (config || dimensions || rotation !== 0)) {
    throw new E2eeError('flags-invalid', 'an audio frame has no decoder configuration, dimensions or rotation');
  }
  if (codec !== 'opus' && redundancy) throw new E2eeError('flags-invalid', 'only audio frames carry redundancy');
  if (![0, 90, 180, 270].includes(rotation))
    throw new E2eeError('out-of-range', 'rotation is 0, 90, 180 or 270 degrees');
  if (!isTime(record.timestampUs) || !isTime(record.durationUs)) {
    throw new E2eeError('out-of-range', 'timestamp and duration are whole microseconds from 0 to 2^53 − 1');
  }
  if (dimensions && !(isDimension(width) && isDimension(height))) {
    throw new E2eeError('out-of-range', 'width and height are 1 to 16384');
  }
  if (config && !/^[\x20-\x7e]{1,255}$/.test(config.codec)) {
    throw new E2eeError('text-invalid', 'the codec string is 1 to 255 printable ASCII characters');
  }
  if (config && config.description.length > 0xffff) {
    throw new E2eeError('out-of-range', 'the decoder description is over 65535 bytes');
  }
  if (redundancy && !(isTime(redundancy.deltaUs) && redundancy.deltaUs > 0)) {
    throw new E2eeError('out-of-range', 'redundancy is of an earlier frame');
  }
  if (redundancy && redundancy.payload.length === 0) throw new E2eeError('payload-empty', 'redundancy has no payload');
  if (record.payload.length === 0) throw new E2eeError('payload-empty', 'the frame has no payload');
}

function isTime(us: number): boolean {
  return Number.isSafeInteger(us) && us >= 0;
}

function isDimension(pixels: number | undefined): boolean {
  return Number.isInteger(pixels) && pixels! >= 1 && pixels! <= MAX_DIMENSION;
}
