import { type Bytes, Reader, compare, concat, equal, owned, u32, u64 } from './bytes.js';
import type { Sender } from './channel.js';
import { aesOpen, aesSeal, hkdf, label, sha256 } from './crypto.js';
import { E2eeError } from './errors.js';
import { type Identity, SIGNATURE_BYTES, signed, verifySigned } from './identity.js';
import type { Meeting } from './meeting.js';
import { HASH_BYTES, ID_BYTES, MessageType, PREFIX_BYTES, openMessage, prefix } from './message.js';
import { BASE_KEY_BYTES } from './sframe.js';

const WIRE_BYTES = PREFIX_BYTES + ID_BYTES + 8 + 2 * HASH_BYTES + SIGNATURE_BYTES;
const TAG_BYTES = 16;
const WRAP_BYTES = 4 + 8 + BASE_KEY_BYTES + TAG_BYTES;

/** Names one key of one sender. */
export interface KeyVersion {
  readonly gen: number;
  readonly step: number;
}

/** A verified KEY: what a sender committed to. */
export interface KeyMessage extends KeyVersion {
  readonly commit: Bytes;
  /** Digest of the members the sender shows, see rosterDigest. */
  readonly roster: Bytes;
  /** H(body ‖ signature), which every wrap of this KEY is bound to. */
  readonly hash: Bytes;
}

export type Held = KeyVersion & { readonly commit: Bytes };

/** Orders keys of one sender by age. */
export function compareVersions(a: KeyVersion, b: KeyVersion): number {
  return a.gen - b.gen || a.step - b.step;
}

/** Binds a base key to the meeting, its sender and its version without telling it. */
export function commitTo(meeting: Meeting, senderId: Bytes, version: KeyVersion, baseKey: Bytes): Promise<Bytes> {
  const info = concat(label('commit'), meeting.mid, senderId, u32(version.gen), u32(version.step));
  return hkdf('SHA-512', new Uint8Array(), baseKey, info, HASH_BYTES);
}

/** Digest of a set of announcement ids, the own one included. */
export function rosterDigest(ids: readonly Bytes[]): Promise<Bytes> {
  const sorted = [...ids].sort(compare);
  return sha256(label('roster'), u32(sorted.length), ...sorted);
}

/** Makes KEY bytes, the same for every recipient, and the hash its wraps need. */
export async function createKey(
  meeting: Meeting,
  identity: Identity,
  senderId: Bytes,
  key: Held & { readonly roster: Bytes },
): Promise<{ message: Bytes; hash: Bytes }> {
  const body = concat(
    prefix(MessageType.key, meeting.mid),
    senderId,
    u32(key.gen),
    u32(key.step),
    key.commit,
    key.roster,
  );
  const message = await signed(identity, 'key', body);
  return { message, hash: await sha256(message) };
}

/**
 * Verifies KEY bytes. held: the newest key accepted from this sender. Throws what openMessage throws, then
 * `sender-mismatch`, `signature-invalid`, `key-stale`, `equivocation`.
 */
export async function openKey(
  meeting: Meeting,
  sender: Sender,
  held: Held | undefined,
  wire: Uint8Array,
): Promise<KeyMessage> {
  const reader = openMessage(wire, MessageType.key, meeting.mid, WIRE_BYTES);
  if (!equal(reader.take(ID_BYTES), sender.id)) throw new E2eeError('sender-mismatch', 'the key is of another sender');
  const version = { gen: reader.u32(), step: reader.u32() };
  const commit = reader.take(HASH_BYTES).slice();
  const roster = reader.take(HASH_BYTES).slice();
  await verifySigned(sender.verifyKey, 'key', wire);
  const order = held ? compareVersions(version, held) : 1;
  if (order < 0) throw new E2eeError('key-stale', 'an older key was sent again');
  if (held && order === 0 && !equal(commit, held.commit)) {
    throw new E2eeError('equivocation', 'gave different keys the same number');
  }
  return { ...version, commit, roster, hash: await sha256(wire) };
}

/** Encrypts a base key for one recipient. counter: never used before with this wrap key. */
export async function sealWrap(
  wrapKey: CryptoKey,
  recipientIndex: number,
  counter: bigint,
  keyHash: Bytes,
  baseKey: Bytes,
): Promise<Bytes> {
  const sealed = await aesSeal(wrapKey, wrapNonce(counter), baseKey, concat(label('wrap'), keyHash));
  return concat(u32(recipientIndex), u64(counter), new Uint8Array(sealed));
}

/**
 * Decrypts a wrap. lastCounter: of the last wrap accepted on this channel, −1 for none. Throws `truncated`,
 * `trailing-bytes`, `recipient-mismatch`, `wrap-replayed`, `wrap-invalid`. Its base key is not yet checked against the
 * commitment: the counter counts either way.
 */
export async function openWrap(
  wrapKey: CryptoKey,
  recipientIndex: number,
  lastCounter: bigint,
  key: KeyMessage,
  wire: Uint8Array,
): Promise<{ baseKey: Bytes; counter: bigint }> {
  if (wire.length < WRAP_BYTES) throw new E2eeError('truncated', 'the wrapped key ends too early');
  if (wire.length > WRAP_BYTES) throw new E2eeError('trailing-bytes', 'the wrapped key is too long');
  const reader = new Reader(wire);
  if (reader.u32() !== recipientIndex) throw new E2eeError('recipient-mismatch', 'the wrapped key is for another');
  const counter = reader.u64();
  if (counter <= lastCounter) throw new E2eeError('wrap-replayed', 'a wrapped key was sent again');
  return { baseKey: await unwrap(wrapKey, counter, owned(reader.take(reader.remaining)), key.hash), counter };
}

/** Throws `commit-mismatch` when baseKey is not what the sender's KEY committed to. */
export async function checkCommit(meeting: Meeting, senderId: Bytes, key: KeyMessage, baseKey: Bytes): Promise<void> {
  if (!equal(await commitTo(meeting, senderId, key, baseKey), key.commit)) {
    throw new E2eeError('commit-mismatch', 'the key is not the one that was committed to');
  }
}

async function unwrap(wrapKey: CryptoKey, counter: bigint, sealed: Bytes, keyHash: Bytes): Promise<Bytes> {
  try {
    return new Uint8Array(await aesOpen(wrapKey, wrapNonce(counter), sealed, concat(label('wrap'), keyHash)));
  } catch (cause) {
    throw new E2eeError('wrap-invalid', 'the wrapped key does not authenticate', { cause });
  }
}

function wrapNonce(counter: bigint): Bytes {
  return concat(new Uint8Array(4), u64(counter));
}
