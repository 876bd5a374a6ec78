import { type Bytes, concat, utf8 } from './bytes.js';
import { E2eeError } from './errors.js';

export type Hash = 'SHA-256' | 'SHA-512';

/** Returns n random bytes. */
export type Random = (n: number) => Bytes;

const HASH_BYTES = { 'SHA-256': 32, 'SHA-512': 64 } as const;
const TAG_BITS = 128;

export const systemRandom: Random = (n) => crypto.getRandomValues(new Uint8Array(n));

/** L(name) of spec/e2ee.md: separates every use of a hash, key or signature from every other. */
export function label(name: string): Bytes {
  return utf8(`confab e2ee v1 ${name}\0`);
}

export async function sha256(...parts: Uint8Array[]): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', concat(...parts)));
}

export async function sha512(...parts: Uint8Array[]): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest('SHA-512', concat(...parts)));
}

/** Imports an HMAC key. An empty key, which WebCrypto refuses, is the same as one zero byte (RFC 2104). */
function hmacKey(hash: Hash, key: Bytes, usage: 'sign' | 'verify'): Promise<CryptoKey> {
  const raw = key.length === 0 ? new Uint8Array(HASH_BYTES[hash]) : key;
  return crypto.subtle.importKey('raw', raw, { name: 'HMAC', hash }, false, [usage]);
}

export async function hmac(hash: Hash, key: Bytes, data: Bytes): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.sign('HMAC', await hmacKey(hash, key, 'sign'), data));
}

/** Compares in constant time. */
export async function hmacVerify(hash: Hash, key: Bytes, mac: Bytes, data: Bytes): Promise<boolean> {
  return crypto.subtle.verify('HMAC', await hmacKey(hash, key, 'verify'), mac, data);
}

/** HKDF-Extract (RFC 5869 §2.2). */
export function hkdfExtract(hash: Hash, salt: Bytes, ikm: Bytes): Promise<Bytes> {
  return hmac(hash, salt, ikm);
}

/** HKDF-Expand (RFC 5869 §2.3) for at most one hash length, which is all that E2EE v1 uses. */
export async function hkdfExpand(hash: Hash, prk: Bytes, info: Uint8Array, length: number): Promise<Bytes> {
  if (length > HASH_BYTES[hash]) throw new RangeError(`HKDF-Expand of ${length} bytes`);
  return (await hmac(hash, prk, concat(info, Uint8Array.of(1)))).slice(0, length);
}

export async function hkdf(hash: Hash, salt: Bytes, ikm: Bytes, info: Uint8Array, length: number): Promise<Bytes> {
  return hkdfExpand(hash, await hkdfExtract(hash, salt, ikm), info, length);
}

export function aesKey(raw: Bytes): Promise<CryptoKey> {
  return crypto.subtle.importKey('raw', raw, 'AES-GCM', false, ['encrypt', 'decrypt']);
}

export function aesSeal(key: CryptoKey, iv: Bytes, plaintext: Bytes, additionalData: Bytes): Promise<ArrayBuffer> {
  return crypto.subtle.encrypt({ name: 'AES-GCM', iv, additionalData, tagLength: TAG_BITS }, key, plaintext);
}

/** Rejects with WebCrypto's OperationError when the tag is wrong. */
export function aesOpen(key: CryptoKey, iv: Bytes, ciphertext: Bytes, additionalData: Bytes): Promise<ArrayBuffer> {
  return crypto.subtle.decrypt({ name: 'AES-GCM', iv, additionalData, tagLength: TAG_BITS }, key, ciphertext);
}

/** Calls generate until it works: WebKitGTK 2.50 fails one key generation in 200 (X25519, Ed25519). */
export async function retryGenerate<T>(generate: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await generate();
    } catch (cause) {
      if (attempt === 5) throw new E2eeError('unsupported', 'this browser makes no X25519 or Ed25519 keys', { cause });
    }
  }
}
