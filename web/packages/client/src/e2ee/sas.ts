import { type Bytes, Reader, compare, concat, equal } from './bytes.js';
import type { Sender } from './channel.js';
import { hkdf, label, sha256 } from './crypto.js';
import { E2eeError } from './errors.js';
import { type Identity, SIGNATURE_BYTES, signed, verifySigned } from './identity.js';
import type { Meeting } from './meeting.js';
import { ID_BYTES, MessageType, PREFIX_BYTES, openMessage, prefix } from './message.js';

const VALUE_BYTES = 32;
const WIRE_BYTES = PREFIX_BYTES + 2 * ID_BYTES + VALUE_BYTES + SIGNATURE_BYTES;
const EMOJI = 7;

export type SasType = typeof MessageType.sasCommit | typeof MessageType.sasReveal | typeof MessageType.sasEnd;

const NAMES: Readonly<Record<SasType, string>> = {
  [MessageType.sasCommit]: 'sas-commit',
  [MessageType.sasReveal]: 'sas-reveal',
  [MessageType.sasEnd]: 'sas-end',
};

/** Makes SAS commit, reveal or end bytes. */
export function createSas(
  meeting: Meeting,
  type: SasType,
  identity: Identity,
  fromId: Bytes,
  toId: Bytes,
  value: Bytes,
): Promise<Bytes> {
  return signed(identity, NAMES[type], concat(prefix(type, meeting.mid), fromId, toId, value));
}

/**
 * Verifies SAS commit, reveal or end bytes and returns the 32 bytes in it. Throws what openMessage throws, then `sender-mismatch`,
 * `recipient-mismatch`, `signature-invalid`.
 */
export async function openSas(
  meeting: Meeting,
  type: SasType,
  sender: Sender,
  ownId: Bytes,
  wire: Uint8Array,
): Promise<Bytes> {
  const reader = openMessage(wire, type, meeting.mid, WIRE_BYTES);
  if (!equal(reader.take(ID_BYTES), sender.id)) throw new E2eeError('sender-mismatch', 'compares as somebody else');
  if (!equal(reader.take(ID_BYTES), ownId)) throw new E2eeError('recipient-mismatch', 'compares with another');
  await verifySigned(sender.verifyKey, NAMES[type], wire);
  return reader.take(VALUE_BYTES).slice();
}

/** What a member commits to before it reveals its nonce. */
export function sasCommitment(memberId: Bytes, nonce: Bytes): Promise<Bytes> {
  return sha256(label('sas commit'), memberId, nonce);
}

/** The numbers of the emoji that both show, whichever of the two computes them. */
export async function sasNumbers(a: { id: Bytes; nonce: Bytes }, b: { id: Bytes; nonce: Bytes }): Promise<number[]> {
  const [low, high] = compare(a.id, b.id) < 0 ? [a, b] : [b, a];
  const info = concat(label('sas'), low.id, high.id);
  const out = await hkdf('SHA-256', new Uint8Array(), concat(low.nonce, high.nonce), info, 6);
  const bits = new Reader(concat(new Uint8Array(2), out)).u64();
  return Array.from({ length: EMOJI }, (_, i) => Number((bits >> BigInt(42 - 6 * i)) & 63n));
}
