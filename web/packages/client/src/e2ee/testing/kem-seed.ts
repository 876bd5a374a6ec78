import { x25519 } from '@noble/curves/ed25519.js';
import { shake256 } from '@noble/hashes/sha3.js';
import { ml_kem768 } from '@noble/post-quantum/ml-kem.js';
import { type Bytes, base64url, concat } from '../bytes.js';
import type { KemKeyPair } from '../xwing.js';

/** The key pair of a 32-byte seed, which is how vectors give private keys: libraries disagree on every other derivation. */
export async function kemKeyPair(seed: Bytes): Promise<KemKeyPair> {
  const expanded = shake256(seed, { dkLen: 96 });
  const ml = ml_kem768.keygen(expanded.subarray(0, 64));
  const scalar = expanded.subarray(64);
  const point = x25519.getPublicKey(scalar);
  const jwk = { kty: 'OKP', crv: 'X25519', d: base64url(scalar), x: base64url(point) };
  // JWK because WebKitGTK refuses some scalars as PKCS#8.
  const x25519Private = await crypto.subtle.importKey('jwk', jwk, 'X25519', false, ['deriveBits']);
  return { publicKey: concat(ml.publicKey, point), mlSecret: ml.secretKey, x25519Private };
}
