import { type Bytes, concat, equal, u32, u64 } from './bytes.js';
import type { Sender } from './channel.js';
import { E2eeError } from './errors.js';
import { type Identity, SIGNATURE_BYTES, signed, verifySigned } from './identity.js';
import type { Meeting } from './meeting.js';
import { ID_BYTES, MessageType, PREFIX_BYTES, openMessage, prefix } from './message.js';

const WIRE_BYTES = PREFIX_BYTES + 2 * ID_BYTES + 8 + 4 + 4 + SIGNATURE_BYTES;

/** A request for a sender's current key. */
export interface KeyRequest {
  /** Grows with every request of one sender. */
  readonly seq: bigint;
  /** The newest generation the asker holds. */
  readonly genHint: number;
  /** The channel the asker holds; 0: none. */
  readonly haveChannel: number;
}

/** Makes KEYREQ bytes. */
export function createKeyRequest(
  meeting: Meeting,
  identity: Identity,
  fromId: Bytes,
  toId: Bytes,
  request: KeyRequest,
): Promise<Bytes> {
  const numbers = concat(u64(request.seq), u32(request.genHint), u32(request.haveChannel));
  return signed(identity, 'keyreq', concat(prefix(MessageType.keyreq, meeting.mid), fromId, toId, numbers));
}

/**
 * Verifies KEYREQ bytes. lastSeq: of the last request accepted from this sender, −1 for none. Throws what openMessage
 * throws, then `sender-mismatch`, `recipient-mismatch`, `signature-invalid`, `request-stale`.
 */
export async function openKeyRequest(
  meeting: Meeting,
  sender: Sender,
  ownId: Bytes,
  lastSeq: bigint,
  wire: Uint8Array,
): Promise<KeyRequest> {
  const reader = openMessage(wire, MessageType.keyreq, meeting.mid, WIRE_BYTES);
  if (!equal(reader.take(ID_BYTES), sender.id))
    throw new E2eeError('sender-mismatch', 'the request is of another sender');
  if (!equal(reader.take(ID_BYTES), ownId)) throw new E2eeError('recipient-mismatch', 'the request is for another');
  const request = { seq: reader.u64(), genHint: reader.u32(), haveChannel: reader.u32() };
  await verifySigned(sender.verifyKey, 'keyreq', wire);
  if (request.seq <= lastSeq) throw new E2eeError('request-stale', 'an older request was sent again');
  return request;
}
