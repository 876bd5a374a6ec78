import { type Bytes, type Reader, concat, equal, u16, u64 } from './bytes.js';
import type { Sender } from './channel.js';
import { label, sha256 } from './crypto.js';
import { E2eeError } from './errors.js';
import { IDENTITY_KEY_BYTES, type Identity, SIGNATURE_BYTES, signed, verifyKey, verifySigned } from './identity.js';
import type { Meeting } from './meeting.js';
import { ID_BYTES, MessageType, PREFIX_BYTES, openMessage, prefix } from './message.js';

/** Of the fingerprint in a link. */
export const HOST_BYTES = 16;
/** How long after it was signed an appointment is accepted, by clocks that differ by no more. */
const APPOINTMENT_MS = 86_400_000n;
const HOST_WIRE_BYTES = PREFIX_BYTES + 2 * IDENTITY_KEY_BYTES + 8 + 1 + SIGNATURE_BYTES;
const GUARD_WIRE_BYTES = PREFIX_BYTES + ID_BYTES + 8 + 1 + SIGNATURE_BYTES;
const LIST_AT = PREFIX_BYTES + ID_BYTES;
const LIST_MINIMUM = LIST_AT + 2 + SIGNATURE_BYTES;
export const ADMIT_ITEM_BYTES = ID_BYTES;
export const REMOVE_ITEM_BYTES = ID_BYTES + IDENTITY_KEY_BYTES;

/** The fingerprint of an identity key by which a link names who decides about the meeting. */
export async function hostOf(identityKey: Uint8Array): Promise<Bytes> {
  return (await sha256(label('host'), identityKey)).slice(0, HOST_BYTES);
}

/** Whether an identity key is that of the host that a link names. */
export async function isHostOf(host: Uint8Array | undefined, identityKey: Uint8Array): Promise<boolean> {
  return host !== undefined && equal(await hostOf(identityKey), host);
}

/** HOST: the founder makes a member a host, or takes that back. Whoever has it may pass it on. */
export interface Appointment {
  readonly identityKey: Bytes;
  /** The time of signing in ms since 1970, or one more than the last; the highest one counts. */
  readonly seq: bigint;
  readonly on: boolean;
}

export function createHost(meeting: Meeting, founder: Identity, appointment: Appointment): Promise<Bytes> {
  const { identityKey, seq, on } = appointment;
  const body = concat(prefix(MessageType.host, meeting.mid), founder.publicKey, identityKey, u64(seq), flag(on));
  return signed(founder, 'host', body);
}

/**
 * Verifies HOST bytes against the host that the link names; wallMs: the time since 1970. Throws what openMessage throws, then
 * `host-mismatch`, `signature-invalid`, `out-of-range`, `statement-expired`.
 */
export async function openHost(
  meeting: Meeting,
  host: Uint8Array | undefined,
  wallMs: number,
  wire: Uint8Array,
): Promise<Appointment> {
  const reader = openMessage(wire, MessageType.host, meeting.mid, HOST_WIRE_BYTES);
  const founder = reader.take(IDENTITY_KEY_BYTES);
  const identityKey = reader.take(IDENTITY_KEY_BYTES).slice();
  const seq = reader.u64();
  if (!(await isHostOf(host, founder))) {
    throw new E2eeError('host-mismatch', 'the appointment is not by the host that the link names');
  }
  await verifySigned(await verifyKey(founder), 'host', wire);
  const on = readFlag(reader);
  const now = BigInt(Math.trunc(wallMs));
  if (on && (seq + APPOINTMENT_MS < now || seq > now + APPOINTMENT_MS)) {
    throw new E2eeError('statement-expired', 'the appointment was made long ago: the host has to make it again');
  }
  return { identityKey, seq, on };
}

/** GUARD: members seal to those only whom a host has admitted, or to everybody again. */
export interface Guard {
  /** Orders the settings of all hosts. */
  readonly epoch: bigint;
  readonly on: boolean;
}

/** Whether a takes the place of b: the higher epoch does, and of two with one number the one that is on. */
export function isAfter(a: Guard, b: Guard): boolean {
  return a.epoch > b.epoch || (a.epoch === b.epoch && a.on && !b.on);
}

export function createGuard(meeting: Meeting, identity: Identity, ownId: Bytes, { epoch, on }: Guard): Promise<Bytes> {
  return signed(identity, 'guard', concat(prefix(MessageType.guard, meeting.mid), ownId, u64(epoch), flag(on)));
}

/** Verifies GUARD bytes. Throws what openStatement throws, then `out-of-range`. */
export async function openGuard(meeting: Meeting, sender: Sender, wire: Uint8Array): Promise<Guard> {
  const reader = await openStatement(meeting, sender, MessageType.guard, 'guard', wire, GUARD_WIRE_BYTES);
  return { epoch: reader.u64(), on: readFlag(reader) };
}

/** Makes ADMIT bytes: those announcements may be given keys. */
export function createAdmit(meeting: Meeting, identity: Identity, ownId: Bytes, ids: readonly Bytes[]): Promise<Bytes> {
  return signed(identity, 'admit', concat(prefix(MessageType.admit, meeting.mid), ownId, u16(ids.length), ...ids));
}

/** Verifies ADMIT bytes. Throws what openStatement throws. */
export async function openAdmit(meeting: Meeting, sender: Sender, wire: Uint8Array): Promise<Bytes[]> {
  const extra = listBytes(ADMIT_ITEM_BYTES);
  const reader = await openStatement(meeting, sender, MessageType.admit, 'admit', wire, LIST_MINIMUM, extra);
  return Array.from({ length: reader.u16() }, () => reader.take(ID_BYTES).slice());
}

/** One that a host took out: this announcement for good, its identity until a host admits it again. */
export interface Removal {
  readonly id: Bytes;
  readonly identityKey: Bytes;
}

export function createRemove(
  meeting: Meeting,
  identity: Identity,
  ownId: Bytes,
  removed: readonly Removal[],
): Promise<Bytes> {
  const items = removed.flatMap(({ id, identityKey }) => [id, identityKey]);
  return signed(
    identity,
    'remove',
    concat(prefix(MessageType.remove, meeting.mid), ownId, u16(removed.length), ...items),
  );
}

/** Verifies REMOVE bytes. Throws what openStatement throws. */
export async function openRemove(meeting: Meeting, sender: Sender, wire: Uint8Array): Promise<Removal[]> {
  const extra = listBytes(REMOVE_ITEM_BYTES);
  const reader = await openStatement(meeting, sender, MessageType.remove, 'remove', wire, LIST_MINIMUM, extra);
  return Array.from({ length: reader.u16() }, () => ({
    id: reader.take(ID_BYTES).slice(),
    identityKey: reader.take(IDENTITY_KEY_BYTES).slice(),
  }));
}

/**
 * Verifies what a member says to everybody, and returns a reader behind its announcement id. Throws what openMessage throws,
 * then `sender-mismatch`, `signature-invalid`.
 */
export async function openStatement(
  meeting: Meeting,
  sender: Sender,
  type: MessageType,
  name: string,
  wire: Uint8Array,
  minimum: number,
  extra?: (wire: Uint8Array) => number,
): Promise<Reader> {
  const reader = openMessage(wire, type, meeting.mid, minimum, extra);
  if (!equal(reader.take(ID_BYTES), sender.id)) {
    throw new E2eeError('sender-mismatch', `the ${name} message is of another sender`);
  }
  await verifySigned(sender.verifyKey, name, wire);
  return reader;
}

function listBytes(item: number): (wire: Uint8Array) => number {
  return (wire) => item * ((wire[LIST_AT]! << 8) | wire[LIST_AT + 1]!);
}

function flag(on: boolean): Bytes {
  return Uint8Array.of(on ? 1 : 0);
}

function readFlag(reader: Reader): boolean {
  const value = reader.u8();
  if (value > 1) throw new E2eeError('out-of-range', 'a switch is 0 or 1');
  return value === 1;
}
