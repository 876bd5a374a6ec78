import { type Bytes, concat, owned, u16, u64, utf8 } from './bytes.js';
import { aesKey, aesOpen, aesSeal, hkdf, hkdfExpand, hkdfExtract } from './crypto.js';
import { E2eeError } from './errors.js';

/** AES_256_GCM_SHA512_128 (RFC 9605 §4.5). */
const SUITE = 5;
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
export const BASE_KEY_BYTES = 64;

const EMPTY = new Uint8Array();
const KEY_LABEL = utf8('SFrame 1.0 Secret key ');
const SALT_LABEL = utf8('SFrame 1.0 Secret salt ');
const RATCHET_LABEL = utf8('SFrame 1.0 Ratchet');

/** The header of an SFrame ciphertext. kid and counter are inexact above 2^53, where E2EE v1 has none. */
export interface SFrameHeader {
  readonly kid: number;
  readonly counter: number;
  /** Bytes the header takes. */
  readonly length: number;
}

/** What encrypts the frames of one KID. */
export interface SFrameKey {
  readonly key: CryptoKey;
  readonly salt: Bytes;
}

/** Encodes a header (RFC 9605 §4.3). */
export function encodeHeader(kid: number, counter: number): Bytes {
  const kidBytes = kid < 8 ? 0 : byteLength(kid);
  const counterBytes = counter < 8 ? 0 : byteLength(counter);
  const out = new Uint8Array(1 + kidBytes + counterBytes);
  out[0] = ((kidBytes === 0 ? kid : 7 + kidBytes) << 4) | (counterBytes === 0 ? counter : 7 + counterBytes);
  writeUint(out, 1, kidBytes, kid);
  writeUint(out, 1 + kidBytes, counterBytes, counter);
  return out;
}

/** Reads the header in front of a ciphertext. Throws `truncated`, `not-minimal`. */
export function decodeHeader(bytes: Uint8Array): SFrameHeader {
  if (bytes.length === 0) throw new E2eeError('truncated', 'an empty frame');
  const config = bytes[0]!;
  const kidBytes = config & 0x80 ? ((config >> 4) & 7) + 1 : 0;
  const counterBytes = config & 0x08 ? (config & 7) + 1 : 0;
  const length = 1 + kidBytes + counterBytes;
  if (bytes.length < length) throw new E2eeError('truncated', 'the frame ends in its header');
  const kid = kidBytes === 0 ? (config >> 4) & 7 : readUint(bytes, 1, kidBytes);
  const counter = counterBytes === 0 ? config & 7 : readUint(bytes, 1 + kidBytes, counterBytes);
  return { kid, counter, length };
}

/** Derives the key and salt of a KID (RFC 9605 §4.4.2). secret: what frameSecret gave. */
export async function deriveKey(secret: Bytes, kid: number): Promise<SFrameKey> {
  const suffix = concat(u64(BigInt(kid)), u16(SUITE));
  const [raw, salt] = await Promise.all([
    hkdfExpand('SHA-512', secret, concat(KEY_LABEL, suffix), KEY_BYTES),
    hkdfExpand('SHA-512', secret, concat(SALT_LABEL, suffix), NONCE_BYTES),
  ]);
  return { key: await aesKey(raw), salt };
}

/** The secret from which the keys of all KIDs of a base key come. */
export function frameSecret(baseKey: Bytes): Promise<Bytes> {
  return hkdfExtract('SHA-512', EMPTY, baseKey);
}

/** The next base key (RFC 9605 §5.1). */
export function ratchet(baseKey: Bytes): Promise<Bytes> {
  return hkdf('SHA-512', EMPTY, baseKey, RATCHET_LABEL, BASE_KEY_BYTES);
}

/** Encrypts one frame: header ‖ ciphertext ‖ tag. A counter must never be used twice with a key. */
export async function sealFrame(
  key: SFrameKey,
  kid: number,
  counter: number,
  metadata: Uint8Array,
  plaintext: Uint8Array,
): Promise<Bytes> {
  const header = encodeHeader(kid, counter);
  const sealed = await aesSeal(key.key, nonce(key.salt, counter), owned(plaintext), concat(header, metadata));
  return concat(header, new Uint8Array(sealed));
}

/** Decrypts one frame whose header has been decoded. Throws `frame-invalid` when it does not authenticate. */
export async function openFrame(
  key: SFrameKey,
  header: SFrameHeader,
  metadata: Uint8Array,
  frame: Uint8Array,
): Promise<Bytes> {
  if (!Number.isSafeInteger(header.counter)) throw new E2eeError('frame-invalid', 'no sender counts that far');
  const bytes = owned(frame);
  const aad = concat(bytes.subarray(0, header.length), metadata);
  try {
    const plaintext = await aesOpen(key.key, nonce(key.salt, header.counter), bytes.subarray(header.length), aad);
    return new Uint8Array(plaintext);
  } catch (cause) {
    throw new E2eeError('frame-invalid', 'the frame does not authenticate', { cause });
  }
}

function nonce(salt: Bytes, counter: number): Bytes {
  const out = salt.slice();
  let rest = counter;
  for (let i = NONCE_BYTES - 1; rest > 0; i--) {
    out[i]! ^= rest % 0x100;
    rest = Math.floor(rest / 0x100);
  }
  return out;
}

function byteLength(value: number): number {
  let n = 1;
  for (let rest = Math.floor(value / 0x100); rest > 0; rest = Math.floor(rest / 0x100)) n++;
  return n;
}

function writeUint(out: Uint8Array, offset: number, length: number, value: number): void {
  let rest = value;
  for (let i = length - 1; i >= 0; i--) {
    out[offset + i] = rest % 0x100;
    rest = Math.floor(rest / 0x100);
  }
}

function readUint(bytes: Uint8Array, offset: number, length: number): number {
  let value = 0;
  for (let i = 0; i < length; i++) value = value * 0x100 + bytes[offset + i]!;
  if (value < 8 || (length > 1 && bytes[offset] === 0)) {
    throw new E2eeError('not-minimal', 'a number of the frame header is longer than it need be');
  }
  return value;
}
