import { unhex } from './bytes.js';
import { decodeHeader, deriveKey, encodeHeader, frameSecret, openFrame, sealFrame } from './sframe.js';
import { type VectorCase, same, sameBytes } from './vectors.js';

const SUITE = 5;

interface HeaderVector {
  kid: number;
  ctr: number;
  encoded: string;
}

interface FrameVector {
  cipher_suite: number;
  kid: number;
  ctr: number;
  base_key: string;
  sframe_secret: string;
  sframe_salt: string;
  metadata: string;
  pt: string;
  ct: string;
}

/** The vectors of the SFrame working group: all headers, and the frames of the suite that E2EE v1 uses. */
export function sframeCases(content: Record<string, unknown>): VectorCase[] {
  const headers = (content['header'] as HeaderVector[]).map((vector, i) => ({
    name: `header ${i}`,
    run: async () => checkHeader(vector.kid, vector.ctr, vector.encoded),
  }));
  const frames = (content['sframe'] as FrameVector[])
    .filter((vector) => vector.cipher_suite === SUITE)
    .map((vector) => ({ name: `suite ${SUITE}`, run: () => checkFrame(vector) }));
  return [...headers, ...frames];
}

/** Compares both directions; numbers over 2^53, where JSON and the codec are inexact, only the way that is defined. */
function checkHeader(kid: number, counter: number, encoded: string): void {
  const bytes = unhex(encoded);
  same('header', decodeHeader(bytes), { kid, counter, length: bytes.length });
  if (Number.isSafeInteger(kid) && Number.isSafeInteger(counter)) {
    sameBytes('encoded header', encodeHeader(kid, counter), bytes);
  }
}

async function checkFrame(vector: FrameVector): Promise<void> {
  const secret = await frameSecret(unhex(vector.base_key));
  sameBytes('secret', secret, unhex(vector.sframe_secret));
  const key = await deriveKey(secret, vector.kid);
  sameBytes('salt', key.salt, unhex(vector.sframe_salt));
  const metadata = unhex(vector.metadata);
  const sealed = await sealFrame(key, vector.kid, vector.ctr, metadata, unhex(vector.pt));
  sameBytes('ciphertext', sealed, unhex(vector.ct));
  sameBytes('plaintext', await openFrame(key, decodeHeader(sealed), metadata, sealed), unhex(vector.pt));
}
