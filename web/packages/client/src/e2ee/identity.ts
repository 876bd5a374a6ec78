import { type Bytes, concat, owned } from './bytes.js';
import { label, retryGenerate } from './crypto.js';
import { E2eeError } from './errors.js';

export const IDENTITY_KEY_BYTES = 32;
export const SIGNATURE_BYTES = 64;

/** RFC 8410 wrapping of an Ed25519 seed. */
const PKCS8_PREFIX = Uint8Array.of(0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20);

/** A long-lived Ed25519 key: who a participant is to the others. Structured-cloneable, so IndexedDB can keep it. */
export interface Identity {
  readonly publicKey: Bytes;
  readonly privateKey: CryptoKey;
}

/** Makes an identity whose private key cannot be read by script. */
export async function generateIdentity(): Promise<Identity> {
  const pair = await retryGenerate(
    () => crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify']) as Promise<CryptoKeyPair>,
  );
  return {
    privateKey: pair.privateKey,
    publicKey: new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey)),
  };
}

/** The identity of a 32-byte Ed25519 seed (RFC 8032 §5.1.5). */
export async function identityFromSeed(seed: Bytes): Promise<Identity> {
  if (seed.length !== 32) throw new RangeError(`identity seed of ${seed.length} bytes`);
  const pkcs8 = concat(PKCS8_PREFIX, seed);
  const extractable = await crypto.subtle.importKey('pkcs8', pkcs8, 'Ed25519', true, ['sign']);
  const { x } = await crypto.subtle.exportKey('jwk', extractable);
  const binary = atob(x!.replaceAll('-', '+').replaceAll('_', '/'));
  return {
    privateKey: await crypto.subtle.importKey('pkcs8', pkcs8, 'Ed25519', false, ['sign']),
    publicKey: Uint8Array.from(binary, (c) => c.charCodeAt(0)),
  };
}

/** Signs L(name) ‖ body and returns body ‖ signature. */
export async function signed(identity: Identity, name: string, body: Uint8Array): Promise<Bytes> {
  const signature = await crypto.subtle.sign('Ed25519', identity.privateKey, concat(label(name), body));
  return concat(body, new Uint8Array(signature));
}

/** Imports a public key to verify with. Throws `signature-invalid` when the browser sees that it is no key. */
export async function verifyKey(publicKey: Bytes): Promise<CryptoKey> {
  try {
    return await crypto.subtle.importKey('raw', publicKey, 'Ed25519', true, ['verify']);
  } catch (cause) {
    throw new E2eeError('signature-invalid', 'the identity key is not valid', { cause });
  }
}

/** Whether signature is that of L(name) ‖ body. */
export function verify(key: CryptoKey, name: string, body: Uint8Array, signature: Uint8Array): Promise<boolean> {
  return crypto.subtle.verify('Ed25519', key, owned(signature), concat(label(name), body));
}

/** Checks the signature at the end of a message. Throws `signature-invalid`. */
export async function verifySigned(key: CryptoKey, name: string, wire: Uint8Array): Promise<void> {
  const end = wire.length - SIGNATURE_BYTES;
  if (!(await verify(key, name, wire.subarray(0, end), wire.subarray(end)))) {
    throw new E2eeError('signature-invalid', `the ${name} message is not signed by its sender`);
  }
}
