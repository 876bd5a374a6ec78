import { type Bytes, concat, u32, u64 } from './bytes.js';
import type { Sender } from './channel.js';
import { E2eeError } from './errors.js';
import { openStatement } from './host.js';
import { type Identity, SIGNATURE_BYTES, signed } from './identity.js';
import type { KeyVersion } from './key.js';
import type { Meeting } from './meeting.js';
import { HASH_BYTES, ID_BYTES, MessageType, PREFIX_BYTES, prefix } from './message.js';

const COUNT_AT = PREFIX_BYTES + ID_BYTES + 8 + 8 + HASH_BYTES + 8 + HASH_BYTES;
const MINIMUM_BYTES = COUNT_AT + 1 + SIGNATURE_BYTES;
const SLOT_BYTES = 1 + 8;
const SLOTS = 64;

/** HEARTBEAT: its sender is there, and says to whom it gives its keys. */
export interface Heartbeat extends KeyVersion {
  /** Grows with every heartbeat of one sender. */
  readonly seq: bigint;
  /** By the sender's clock, in ms since 1970. */
  readonly sentMs: bigint;
  /** Digest of those whom the sender gives its keys, itself included: see rosterDigest. */
  readonly roster: Bytes;
  /** Of the key in use; zero without one. */
  readonly commit: Bytes;
  /** How many frames were sealed, by slot in ascending order. */
  readonly slots: readonly { readonly slot: number; readonly count: bigint }[];
}

export function createHeartbeat(meeting: Meeting, identity: Identity, ownId: Bytes, beat: Heartbeat): Promise<Bytes> {
  const slots = beat.slots.map(({ slot, count }) => concat(Uint8Array.of(slot), u64(count)));
  const body = concat(
    prefix(MessageType.heartbeat, meeting.mid),
    ownId,
    u64(beat.seq),
    u64(beat.sentMs),
    beat.roster,
    u32(beat.gen),
    u32(beat.step),
    beat.commit,
    Uint8Array.of(slots.length),
    ...slots,
  );
  return signed(identity, 'heartbeat', body);
}

/**
 * Verifies HEARTBEAT bytes. lastSeq: of the last heartbeat accepted from this sender, −1 for none. Throws what
 * openStatement throws, then `heartbeat-stale`, `out-of-range`.
 */
export async function openHeartbeat(
  meeting: Meeting,
  sender: Sender,
  lastSeq: bigint,
  wire: Uint8Array,
): Promise<Heartbeat> {
  const extra = (message: Uint8Array) => SLOT_BYTES * message[COUNT_AT]!;
  const reader = await openStatement(meeting, sender, MessageType.heartbeat, 'heartbeat', wire, MINIMUM_BYTES, extra);
  const beat = {
    seq: reader.u64(),
    sentMs: reader.u64(),
    roster: reader.take(HASH_BYTES).slice(),
    gen: reader.u32(),
    step: reader.u32(),
    commit: reader.take(HASH_BYTES).slice(),
    slots: Array.from({ length: reader.u8() }, () => ({ slot: reader.u8(), count: reader.u64() })),
  };
  if (beat.seq <= lastSeq) throw new E2eeError('heartbeat-stale', 'an older heartbeat was sent again');
  for (const [i, { slot }] of beat.slots.entries()) {
    if (slot >= SLOTS || (i > 0 && slot <= beat.slots[i - 1]!.slot)) {
      throw new E2eeError('out-of-range', 'slots are below 64 and in ascending order');
    }
  }
  return beat;
}
