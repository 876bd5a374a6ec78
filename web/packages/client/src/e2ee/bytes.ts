import { E2eeError } from './errors.js';

/** Bytes in an ordinary ArrayBuffer: what WebCrypto takes. */
export type Bytes = Uint8Array<ArrayBuffer>;

const utf8Encoder = new TextEncoder();
const utf8Decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export function utf8(text: string): Bytes {
  return utf8Encoder.encode(text);
}

/** Throws a TypeError when the bytes are not UTF-8. */
export function utf8Decode(bytes: Uint8Array): string {
  return utf8Decoder.decode(bytes);
}

/** The same bytes without a copy, or a copy when they live in shared memory. */
export function owned(bytes: Uint8Array): Bytes {
  return bytes.buffer instanceof ArrayBuffer ? (bytes as Bytes) : new Uint8Array(bytes);
}

export function concat(...parts: Uint8Array[]): Bytes {
  let length = 0;
  for (const part of parts) length += part.length;
  const out = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

export function equal(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= a[i]! ^ b[i]!;
  return difference === 0;
}

/** Orders byte strings lexicographically. */
export function compare(a: Uint8Array, b: Uint8Array): number {
  const n = Math.min(a.length, b.length);
  for (let i = 0; i < n; i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return a.length - b.length;
}

/** A map key for bytes. */
export function hex(bytes: Uint8Array): string {
  let out = '';
  for (const byte of bytes) out += byte.toString(16).padStart(2, '0');
  return out;
}

export function unhex(text: string): Bytes {
  if (!/^([0-9a-f]{2})*$/i.test(text)) throw new TypeError('not hexadecimal');
  const out = new Uint8Array(text.length / 2);
  for (let i = 0; i < out.length; i++) out[i] = parseInt(text.slice(2 * i, 2 * i + 2), 16);
  return out;
}

export function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}

export function u16(value: number): Bytes {
  return Uint8Array.of(value >>> 8, value);
}

export function u32(value: number): Bytes {
  return Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);
}

export function u64(value: bigint): Bytes {
  return concat(u32(Number(value >> 32n)), u32(Number(value & 0xffff_ffffn)));
}

/** u16 length ‖ bytes. */
export function lengthPrefixed(bytes: Uint8Array): Bytes {
  if (bytes.length > 0xffff) throw new RangeError(`${bytes.length} bytes do not fit a 16-bit length`);
  return concat(u16(bytes.length), bytes);
}

/** Reads big-endian fields from the front of bytes; every method throws E2eeError `truncated` at the end of them. */
export class Reader {
  #at = 0;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** How many bytes have been read. */
  get offset(): number {
    return this.#at;
  }

  get remaining(): number {
    return this.#bytes.length - this.#at;
  }

  /** A view of the next n bytes. */
  take(n: number): Bytes {
    const end = this.#at + n;
    if (end > this.#bytes.length) throw new E2eeError('truncated', 'the message ends too early');
    const part = owned(this.#bytes.subarray(this.#at, end));
    this.#at = end;
    return part;
  }

  u8(): number {
    if (this.#at >= this.#bytes.length) throw new E2eeError('truncated', 'the message ends too early');
    return this.#bytes[this.#at++]!;
  }

  u16(): number {
    return this.u8() * 0x100 + this.u8();
  }

  u32(): number {
    return this.u16() * 0x1_0000 + this.u16();
  }

  u64(): bigint {
    return (BigInt(this.u32()) << 32n) | BigInt(this.u32());
  }

  /** A QUIC varint (RFC 9000 §16); throws `not-minimal` when it could be shorter. Inexact above 2^53. */
  varint(): number {
    const first = this.u8();
    const length = 1 << (first >> 6);
    let value = first & 0x3f;
    for (let i = 1; i < length; i++) value = value * 0x100 + this.u8();
    if (varintLength(value) !== length) throw new E2eeError('not-minimal', 'a varint is longer than it need be');
    return value;
  }

  lengthPrefixed(): Bytes {
    return this.take(this.u16());
  }

  end(): void {
    if (this.remaining > 0) throw new E2eeError('trailing-bytes', `${this.remaining} bytes too many`);
  }
}

export function varintLength(value: number): 1 | 2 | 4 | 8 {
  if (value < 0x40) return 1;
  if (value < 0x4000) return 2;
  return value < 0x4000_0000 ? 4 : 8;
}

/** Writes value, an integer from 0 to 2^53 − 1, at offset; returns the offset behind it. */
export function writeVarint(out: Uint8Array, offset: number, value: number): number {
  const length = varintLength(value);
  let rest = value;
  for (let i = length - 1; i >= 0; i--) {
    out[offset + i] = rest % 0x100;
    rest = Math.floor(rest / 0x100);
  }
  out[offset]! |= (length === 1 ? 0 : length === 2 ? 1 : length === 4 ? 2 : 3) << 6;
  return offset + length;
}
