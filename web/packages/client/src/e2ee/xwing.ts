import { sha3_256 } from '@noble/hashes/sha3.js';
import { ml_kem768 } from '@noble/post-quantum/ml-kem.js';
import { type Bytes, concat, owned } from './bytes.js';
import { type Random, retryGenerate, systemRandom } from './crypto.js';
import { E2eeError } from './errors.js';

export const KEM_PUBLIC_BYTES = 1216;
export const KEM_ENC_BYTES = 1120;

const ML_PUBLIC_BYTES = 1184;
const ML_CIPHERTEXT_BYTES = 1088;
const ML_MODULUS = 3329;
/** `\.//^\`, the combiner label of X-Wing. */
const COMBINER_LABEL = Uint8Array.of(0x5c, 0x2e, 0x2f, 0x2f, 0x5e, 0x5c);

/** A key pair of X-Wing (draft-connolly-cfrg-xwing-kem): ML-KEM-768 with X25519, HPKE's KEM 0x647a. */
export interface KemKeyPair {
  readonly publicKey: Bytes;
  readonly mlSecret: Uint8Array;
  readonly x25519Private: CryptoKey;
}

/** Makes a key pair whose X25519 half is the browser's own: no script can read it. */
export async function generateKemKeyPair(random: Random = systemRandom): Promise<KemKeyPair> {
  const { publicKey, privateKey } = await generateX25519();
  const point = new Uint8Array(await crypto.subtle.exportKey('raw', publicKey));
  const ml = ml_kem768.keygen(random(64));
  return { publicKey: concat(ml.publicKey, point), mlSecret: ml.secretKey, x25519Private: privateKey };
}

/**
 * Throws `kem-invalid` for a public key that encapsulation would refuse: ML-KEM part not canonical (FIPS 203 §7.2) or
 * X25519 point of low order. No honest member makes one.
 */
export async function checkKemKey(publicKey: Bytes): Promise<void> {
  const t = publicKey.subarray(0, ML_PUBLIC_BYTES - 32);
  for (let i = 0; i < t.length; i += 3) {
    const low = t[i]! | ((t[i + 1]! & 0x0f) << 8);
    const high = (t[i + 1]! >> 4) | (t[i + 2]! << 4);
    if (low >= ML_MODULUS || high >= ML_MODULUS) throw new E2eeError('kem-invalid', 'the KEM key is not canonical');
  }
  probe ??= (await generateX25519()).privateKey;
  try {
    await agree(probe, publicKey.subarray(ML_PUBLIC_BYTES));
  } catch (cause) {
    throw new E2eeError('kem-invalid', 'the X25519 point is of low order', { cause });
  }
}

/** Any key: whichever is used, exactly the points of low order give zero. */
let probe: CryptoKey | undefined;

function generateX25519(): Promise<CryptoKeyPair> {
  return retryGenerate(() => crypto.subtle.generateKey('X25519', false, ['deriveBits']) as Promise<CryptoKeyPair>);
}

/** Makes a shared secret for the owner of publicKey. Throws `kem-invalid` when that is no valid key. */
export async function encapsulate(
  publicKey: Bytes,
  random: Random = systemRandom,
): Promise<{ enc: Bytes; secret: Bytes }> {
  if (publicKey.length !== KEM_PUBLIC_BYTES) throw new E2eeError('kem-invalid', `KEM key of ${publicKey.length} bytes`);
  const point = publicKey.subarray(ML_PUBLIC_BYTES);
  const ephemeral = await generateX25519();
  const xEnc = new Uint8Array(await crypto.subtle.exportKey('raw', ephemeral.publicKey));
  try {
    const ml = ml_kem768.encapsulate(publicKey.subarray(0, ML_PUBLIC_BYTES), random(32));
    const xSecret = await agree(ephemeral.privateKey, point);
    return { enc: concat(ml.cipherText, xEnc), secret: combine(ml.sharedSecret, xSecret, xEnc, point) };
  } catch (cause) {
    throw new E2eeError('kem-invalid', 'the KEM key is not valid', { cause });
  }
}

/** Recovers the shared secret. Throws `kem-invalid` when enc is malformed; a wrong but well-formed enc gives another secret. */
export async function decapsulate(pair: KemKeyPair, enc: Bytes): Promise<Bytes> {
  if (enc.length !== KEM_ENC_BYTES) throw new E2eeError('kem-invalid', `encapsulation of ${enc.length} bytes`);
  const xEnc = enc.subarray(ML_CIPHERTEXT_BYTES);
  try {
    const mlSecret = ml_kem768.decapsulate(enc.subarray(0, ML_CIPHERTEXT_BYTES), pair.mlSecret);
    const xSecret = await agree(pair.x25519Private, xEnc);
    return combine(mlSecret, xSecret, xEnc, pair.publicKey.subarray(ML_PUBLIC_BYTES));
  } catch (cause) {
    throw new E2eeError('kem-invalid', 'the encapsulation is not valid', { cause });
  }
}

async function agree(privateKey: CryptoKey, point: Bytes): Promise<Bytes> {
  const theirs = await crypto.subtle.importKey('raw', point, 'X25519', true, []);
  const secret = new Uint8Array(await crypto.subtle.deriveBits({ name: 'X25519', public: theirs }, privateKey, 256));
  if (secret.every((byte) => byte === 0)) throw new RangeError('X25519 gives zero');
  return secret;
}

function combine(mlSecret: Uint8Array, xSecret: Uint8Array, xEnc: Uint8Array, point: Uint8Array): Bytes {
  return owned(sha3_256(concat(mlSecret, xSecret, xEnc, point, COMBINER_LABEL)));
}
