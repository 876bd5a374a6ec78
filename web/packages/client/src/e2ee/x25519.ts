import { pow } from '@noble/curves/abstract/modular.js';
import { montgomery } from '@noble/curves/abstract/montgomery.js';

const P = 2n ** 255n - 19n;

/**
 * X25519 (RFC 7748 §5) on the Montgomery curve alone: noble's `x25519` multiplies the base point three times faster by
 * bringing the whole of Ed25519 with it, and is used here once for each key pair.
 */
const x25519 = /* @__PURE__ */ montgomery({
  P,
  type: 'x25519',
  adjustScalarBytes(bytes: Uint8Array) {
    bytes[0]! &= 248;
    bytes[31]! &= 127;
    bytes[31]! |= 64;
    return bytes;
  },
  powPminus2: (x) => pow(x, P - 2n, P),
});

/** The public key of a 32-byte private key. WebCrypto, which does the rest, does not tell it. */
export function x25519PublicKey(scalar: Uint8Array): Uint8Array {
  return x25519.getPublicKey(scalar);
}
