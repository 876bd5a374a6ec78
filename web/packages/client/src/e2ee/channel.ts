import { type Bytes, concat, equal, owned, u16, u32 } from './bytes.js';
import { type Random, hkdf, label, sha256 } from './crypto.js';
import { E2eeError } from './errors.js';
import { type Exporter, setupReceiver, setupSender } from './hpke.js';
import { type Identity, SIGNATURE_BYTES, signed, verifySigned } from './identity.js';
import type { Meeting } from './meeting.js';
import { ID_BYTES, MessageType, PREFIX_BYTES, openMessage, prefix } from './message.js';
import { KEM_ENC_BYTES, type KemKeyPair } from './xwing.js';

const WIRE_BYTES = PREFIX_BYTES + 2 * ID_BYTES + 4 + KEM_ENC_BYTES + SIGNATURE_BYTES;
const SUITE = 1;
const EXPORT_CONTEXT = 'confab e2ee v1 wrap';

/** One direction of a pair: the key under which the sender wraps its sender keys for the recipient. */
export interface Channel {
  readonly number: number;
  /** 32 bytes. */
  readonly wrapKey: Bytes;
}

/** What the receiver of a signed message knows of its sender. */
export interface Sender {
  readonly id: Bytes;
  readonly verifyKey: CryptoKey;
}

/** Opens a channel to the holder of a KEM key and makes the CHAN bytes that tell it. Throws `kem-invalid`. */
export async function createChannel(
  meeting: Meeting,
  identity: Identity,
  senderId: Bytes,
  recipient: { readonly id: Bytes; readonly kemKey: Bytes },
  number: number,
  random?: Random,
): Promise<{ channel: Channel; message: Bytes }> {
  const info = channelInfo(meeting, senderId, recipient.id, number);
  const { enc, exporter } = await setupSender(recipient.kemKey, info, random);
  const body = concat(prefix(MessageType.channel, meeting.mid), senderId, recipient.id, u32(number), enc);
  const message = await signed(identity, 'channel', body);
  return { channel: { number, wrapKey: await deriveWrapKey(meeting, exporter, body) }, message };
}

/**
 * Verifies CHAN bytes and derives their key. lastNumber: of the channel accepted before from this sender, 0 for none.
 * Throws what openMessage throws, then `sender-mismatch`, `recipient-mismatch`, `signature-invalid`, `channel-stale`,
 * `kem-invalid`.
 */
export async function openChannel(
  meeting: Meeting,
  sender: Sender,
  recipientId: Bytes,
  recipientKem: KemKeyPair,
  lastNumber: number,
  wire: Uint8Array,
): Promise<Channel> {
  const reader = openMessage(wire, MessageType.channel, meeting.mid, WIRE_BYTES);
  if (!equal(reader.take(ID_BYTES), sender.id))
    throw new E2eeError('sender-mismatch', 'the channel is of another sender');
  if (!equal(reader.take(ID_BYTES), recipientId))
    throw new E2eeError('recipient-mismatch', 'the channel is for another');
  const number = reader.u32();
  const enc = reader.take(KEM_ENC_BYTES);
  await verifySigned(sender.verifyKey, 'channel', wire);
  if (number <= lastNumber) throw new E2eeError('channel-stale', 'an older channel was sent again');
  const exporter = await setupReceiver(recipientKem, enc, channelInfo(meeting, sender.id, recipientId, number));
  const body = owned(wire.subarray(0, wire.length - SIGNATURE_BYTES));
  return { number, wrapKey: await deriveWrapKey(meeting, exporter, body) };
}

function channelInfo(meeting: Meeting, senderId: Bytes, recipientId: Bytes, number: number): Bytes {
  return concat(label('channel'), u16(SUITE), meeting.mid, senderId, recipientId, u32(number));
}

async function deriveWrapKey(meeting: Meeting, exporter: Exporter, body: Bytes): Promise<Bytes> {
  const secret = await exporter.export(EXPORT_CONTEXT, 32);
  return hkdf('SHA-256', meeting.pskKey, secret, concat(label('wrap key'), await sha256(body)), 32);
}
