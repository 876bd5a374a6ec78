import { type Bytes, Reader, concat, lengthPrefixed, owned, u64 } from './bytes.js';
import { type Random, hmac, hmacVerify, label, sha256 } from './crypto.js';
import { E2eeError } from './errors.js';
import { IDENTITY_KEY_BYTES, type Identity, SIGNATURE_BYTES, signed, verify, verifyKey } from './identity.js';
import type { Meeting } from './meeting.js';
import { MessageType, PREFIX_BYTES, openMessage, prefix } from './message.js';
import { openName, sealName } from './namebox.js';
import { KEM_PUBLIC_BYTES, checkKemKey } from './xwing.js';

/** Bits of `roles`. */
export const Role = { publisher: 1, recorder: 2, operator: 4 } as const;

const KNOWN_ROLES = Role.publisher | Role.recorder | Role.operator;
const NONCE_BYTES = 16;
const MAC_BYTES = 32;
const NAME_AT = PREFIX_BYTES + 8 + NONCE_BYTES + 1 + IDENTITY_KEY_BYTES + KEM_PUBLIC_BYTES;
const MINIMUM_BYTES = NAME_AT + 2 + SIGNATURE_BYTES + MAC_BYTES;

/** A verified ANN: one participant's keys for one joining of the meeting. */
export interface Announcement {
  readonly id: Bytes;
  /** The first four bytes of id: the sender part of every KID. */
  readonly index: number;
  readonly createdMs: number;
  readonly joinNonce: Bytes;
  readonly roles: number;
  readonly identityKey: Bytes;
  readonly verifyKey: CryptoKey;
  readonly kemKey: Bytes;
  readonly name: string;
}

export interface AnnouncementFields {
  readonly createdMs: number;
  readonly joinNonce: Bytes;
  readonly roles: number;
  readonly kemKey: Bytes;
  readonly nameBox: Bytes;
}

/** Makes ANN bytes: body ‖ signature ‖ MAC. */
export async function encodeAnnouncement(
  meeting: Meeting,
  identity: Identity,
  fields: AnnouncementFields,
): Promise<Bytes> {
  const body = concat(
    prefix(MessageType.announce, meeting.mid),
    u64(BigInt(fields.createdMs)),
    fields.joinNonce,
    Uint8Array.of(fields.roles),
    identity.publicKey,
    fields.kemKey,
    lengthPrefixed(fields.nameBox),
  );
  const message = await signed(identity, 'announce', body);
  return concat(message, await hmac('SHA-256', meeting.authKey, concat(label('announce mac'), message)));
}

/** Makes an ANN for one joining: fresh nonce, sealed name. */
export async function createAnnouncement(
  meeting: Meeting,
  identity: Identity,
  fields: { createdMs: number; roles: number; kemKey: Bytes; name: string },
  random: Random,
): Promise<Bytes> {
  const nameBox = await sealName(meeting.metaKey, identity.publicKey, fields.name, random);
  return encodeAnnouncement(meeting, identity, { ...fields, joinNonce: random(NONCE_BYTES), nameBox });
}

/**
 * Parses and verifies ANN bytes. Throws E2eeError: what openMessage throws, then in this order `mac-invalid` (the sender
 * has another meeting secret), `signature-invalid`, `roles-invalid`, `kem-invalid`, `name-invalid`.
 */
export async function openAnnouncement(meeting: Meeting, wire: Uint8Array): Promise<Announcement> {
  const nameLength = () => (wire[NAME_AT]! << 8) | wire[NAME_AT + 1]!;
  const reader = openMessage(wire, MessageType.announce, meeting.mid, MINIMUM_BYTES, nameLength);
  const createdMs = Number(reader.u64());
  const joinNonce = reader.take(NONCE_BYTES).slice();
  const roles = reader.u8();
  const identityKey = reader.take(IDENTITY_KEY_BYTES).slice();
  const kemKey = reader.take(KEM_PUBLIC_BYTES).slice();
  const nameBox = reader.lengthPrefixed();
  const body = owned(wire.subarray(0, reader.offset));
  const signature = reader.take(SIGNATURE_BYTES);
  const message = owned(wire.subarray(0, reader.offset));
  const mac = reader.take(MAC_BYTES);

  if (!(await hmacVerify('SHA-256', meeting.authKey, mac, concat(label('announce mac'), message)))) {
    throw new E2eeError('mac-invalid', 'joined with another meeting link: one of you needs the right link');
  }
  const key = await verifyKey(identityKey);
  if (!(await verify(key, 'announce', body, signature))) {
    throw new E2eeError('signature-invalid', 'the announcement is not signed by the identity it names');
  }
  if ((roles & ~KNOWN_ROLES) !== 0) throw new E2eeError('roles-invalid', 'claims a role that does not exist');
  await checkKemKey(kemKey);
  const name = await openName(meeting.metaKey, identityKey, nameBox);
  const id = await announcementId(body);
  return { id, index: senderIndex(id), createdMs, joinNonce, roles, identityKey, verifyKey: key, kemKey, name };
}

function announcementId(body: Uint8Array): Promise<Bytes> {
  return sha256(label('announce id'), body);
}

/** The u32 that stands for a sender in KIDs and wraps. */
export function senderIndex(announcementId: Bytes): number {
  return new Reader(announcementId).u32();
}
