import { openAnnouncement } from './announcement.js';
import { type Bytes, unhex } from './bytes.js';
import { openChannel } from './channel.js';
import { aesKey } from './crypto.js';
import { dataMetadata } from './data.js';
import { E2eeError } from './errors.js';
import { openHeartbeat } from './heartbeat.js';
import { openAdmit, openGuard, openHost, openRemove } from './host.js';
import { verifyKey } from './identity.js';
import { checkCommit, openKey, openWrap } from './key.js';
import { openKeyRequest } from './keyreq.js';
import { Keyring } from './keyring.js';
import { FrameSource } from './kid.js';
import { formatFragment, parseFragment, parseLink } from './link.js';
import { type Meeting, deriveMeeting } from './meeting.js';
import { Codec, encodeRecord, parseRecord } from './record.js';
import { type SasType, openSas, sasCommitment, sasNumbers } from './sas.js';
import { safetyCode } from './safety.js';
import { decodeHeader, encodeHeader } from './sframe.js';
import { type VectorCase, VectorMismatch, same, sameBytes } from './vectors.js';
import { kemKeyPair } from './testing/kem-seed.js';

/** The `in` of a case, with the field types that spec/vectors/README.md gives them. */
class Input {
  readonly #fields: Record<string, unknown>;

  constructor(fields: Record<string, unknown>) {
    this.#fields = fields;
  }

  field(name: string): unknown {
    if (!(name in this.#fields)) throw new VectorMismatch(`no field ${name}`);
    return this.#fields[name];
  }

  text(name: string): string {
    return this.field(name) as string;
  }

  number(name: string): number {
    return this.field(name) as number;
  }

  bytes(name: string): Bytes {
    return unhex(this.text(name));
  }

  list(name: string): Bytes[] {
    return (this.field(name) as string[]).map(unhex);
  }

  /** A decimal string, or −1 for null. */
  last(name: string): bigint {
    const value = this.field(name);
    return value === null ? -1n : BigInt(value as string);
  }

  meeting(): Promise<Meeting> {
    return deriveMeeting(this.text('room'), this.bytes('secret'));
  }

  async sender(): Promise<{ id: Bytes; verifyKey: CryptoKey }> {
    return { id: this.bytes('sender_ann_id'), verifyKey: await verifyKey(this.bytes('sender_ik_pub')) };
  }
}

const operations: Record<string, (input: Input) => Promise<unknown>> = {
  async 'announcement-open'(input) {
    const ann = await openAnnouncement(await input.meeting(), input.bytes('message'));
    return {
      ann_id: ann.id,
      index: ann.index,
      created_ms: ann.createdMs,
      join_nonce: ann.joinNonce,
      roles: ann.roles,
      ik_pub: ann.identityKey,
      kem_pub: ann.kemKey,
      name: ann.name,
    };
  },

  async 'channel-open'(input) {
    const { number, wrapKey } = await openChannel(
      await input.meeting(),
      await input.sender(),
      input.bytes('recipient_ann_id'),
      await kemKeyPair(input.bytes('recipient_kem_seed')),
      input.number('last_chan_no'),
      input.bytes('message'),
    );
    return { chan_no: number, wrap_key: wrapKey };
  },

  async 'key-open'(input) {
    const meeting = await input.meeting();
    const sender = await input.sender();
    const held = input.field('held') as { gen: number; step: number; commit: string } | null;
    const key = await openKey(
      meeting,
      sender,
      held ? { ...held, commit: unhex(held.commit) } : undefined,
      input.bytes('message'),
    );
    const { baseKey, counter } = await openWrap(
      await aesKey(input.bytes('wrap_key')),
      input.number('recipient_index'),
      input.last('last_ctr'),
      key,
      input.bytes('wrap'),
    );
    await checkCommit(meeting, sender.id, key, baseKey);
    const { gen, step, commit, roster } = key;
    return { gen, step, commit, roster, base_key: baseKey, ctr: String(counter) };
  },

  async 'keyreq-open'(input) {
    const request = await openKeyRequest(
      await input.meeting(),
      await input.sender(),
      input.bytes('recipient_ann_id'),
      input.last('last_seq'),
      input.bytes('message'),
    );
    return { seq: String(request.seq), gen_hint: request.genHint, have_chan_no: request.haveChannel };
  },

  async 'heartbeat-open'(input) {
    const last = input.last('last_seq');
    const beat = await openHeartbeat(await input.meeting(), await input.sender(), last, input.bytes('message'));
    const { seq, roster, gen, step, commit, slots } = beat;
    return {
      seq: String(seq),
      roster,
      gen,
      step,
      commit,
      slots: slots.map(({ slot }) => slot),
      counts: slots.map(({ count }) => String(count)),
    };
  },

  async 'admit-open'(input) {
    return { ann_ids: await openAdmit(await input.meeting(), await input.sender(), input.bytes('message')) };
  },

  async 'remove-open'(input) {
    const removed = await openRemove(await input.meeting(), await input.sender(), input.bytes('message'));
    return { ann_ids: removed.map(({ id }) => id), ik_pubs: removed.map(({ identityKey }) => identityKey) };
  },

  async 'guard-open'(input) {
    const { epoch, on } = await openGuard(await input.meeting(), await input.sender(), input.bytes('message'));
    return { epoch: String(epoch), on };
  },

  async 'host-open'(input) {
    const now = input.number('now_ms');
    const appointment = await openHost(await input.meeting(), input.bytes('host'), now, input.bytes('message'));
    return { ik_pub: appointment.identityKey, seq: String(appointment.seq), on: appointment.on };
  },

  async 'sas-open'(input) {
    const type = input.number('type') as SasType;
    const ownId = input.bytes('recipient_ann_id');
    return { value: await openSas(await input.meeting(), type, await input.sender(), ownId, input.bytes('message')) };
  },

  async 'sas-numbers'(input) {
    const a = { id: input.bytes('sender_ann_id'), nonce: input.bytes('nonce_a') };
    const b = { id: input.bytes('recipient_ann_id'), nonce: input.bytes('nonce_b') };
    return { commit_a: await sasCommitment(a.id, a.nonce), numbers: await sasNumbers(a, b) };
  },

  async 'sframe-header'(input) {
    const bytes = input.bytes('bytes');
    const { kid, counter, length } = decodeHeader(bytes);
    if (Number.isSafeInteger(kid) && Number.isSafeInteger(counter)) {
      sameBytes('encoded header', encodeHeader(kid, counter), bytes.subarray(0, length));
    }
    return { kid, ctr: counter, length };
  },

  async 'frame-open'(input) {
    const ring = new Keyring(input.number('index'));
    ring.add({ gen: input.number('gen'), step: input.number('step') }, input.bytes('base_key'));
    const opened = [];
    const frames = input.list('frames');
    for (const [i, frame] of frames.entries()) {
      const open = ring.open(frame, input.number('source'), input.bytes('metadata'), () => 0);
      if (i < frames.length - 1) opened.push(await openedEarly(open));
      else opened.push(await open);
    }
    return {
      slots: opened.map((frame) => frame.slot),
      ctrs: opened.map((frame) => String(frame.counter)),
      plaintexts: opened.map((frame) => frame.plaintext),
      step: ring.newest?.step,
    };
  },

  async 'data-open'(input) {
    const ring = new Keyring(input.number('index'));
    ring.add({ gen: input.number('gen'), step: input.number('step') }, input.bytes('base_key'));
    const metadata = dataMetadata(input.text('topic'));
    const { plaintext } = await ring.open(input.bytes('message'), FrameSource.data, metadata, () => 0);
    return { plaintext };
  },

  async 'safety-code'(input) {
    return { code: await safetyCode((await input.meeting()).mid, input.list('ik_pubs')) };
  },

  async 'record-parse'(input) {
    const record = parseRecord(input.bytes('record'));
    sameBytes('encoded record', encodeRecord(record), input.bytes('record'));
    return {
      codec: Codec[record.codec],
      timestamp_us: record.timestampUs,
      duration_us: record.durationUs,
      rotation: record.rotation,
      width: record.width ?? 0,
      height: record.height ?? 0,
      config: record.config ?? null,
      redundancy: record.redundancy
        ? { delta_us: record.redundancy.deltaUs, payload: record.redundancy.payload }
        : null,
      payload: record.payload,
    };
  },

  async 'fragment-parse'(input) {
    const { secret, host } = parseFragment(input.text('fragment'));
    same('formatted fragment', formatFragment({ secret, host }), input.text('fragment'));
    return { secret, host: host ?? null };
  },

  async 'link-parse'(input) {
    const { room, secret, host } = parseLink(input.text('link'));
    return { room, secret: secret ?? null, host: host ?? null };
  },
};

/** A case of the files that `go test ./e2ee -run Vectors -update` makes. */
export function operationCase(value: unknown): VectorCase {
  const vector = value as { name: string; op: string; in: Record<string, unknown>; out?: unknown; error?: string };
  return { name: vector.name, run: () => check(vector.op, new Input(vector.in), vector.out, vector.error) };
}

async function check(op: string, input: Input, out: unknown, error: string | undefined): Promise<void> {
  const operation = operations[op];
  if (!operation) throw new VectorMismatch(`unknown operation ${op}`);
  if (error === undefined) {
    same('result', await operation(input), op === 'sframe-header' ? headerAsNumbers(out) : out);
    return;
  }
  const outcome = await operation(input).then(
    () => 'success',
    (cause: unknown) => {
      if (cause instanceof E2eeError) return cause.code;
      throw cause;
    },
  );
  same('outcome', outcome, error);
}

/** The codec works with numbers, which are inexact above 2^53 by contract. */
function headerAsNumbers(out: unknown): unknown {
  const { kid, ctr, length } = out as { kid: string; ctr: string; length: number };
  return { kid: Number(kid), ctr: Number(ctr), length };
}

/** A frame before the last, which opens in every case: its failure must not pass for the failure of the last. */
async function openedEarly<T>(open: Promise<T>): Promise<T> {
  return open.catch((cause: unknown) => {
    throw new VectorMismatch(`an earlier frame does not open: ${String(cause)}`);
  });
}
