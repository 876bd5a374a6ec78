import { type Announcement, Role, createAnnouncement, openAnnouncement } from './announcement.js';
import { type Bytes, owned, utf8 } from './bytes.js';
import { type Random, systemRandom } from './crypto.js';
import { dataMetadata } from './data.js';
import { Distribution, type OutgoingMessage } from './distribution.js';
import { E2eeError, type E2eeErrorCode } from './errors.js';
import type { E2eeEvent } from './events.js';
import { FrameOpener } from './frame-opener.js';
import { type Identity, generateIdentity } from './identity.js';
import { createKeyRequest } from './keyreq.js';
import { FrameSource, isSlot, slotOf } from './kid.js';
import { checkRoom } from './link.js';
import { type Meeting, deriveMeeting } from './meeting.js';
import { Member } from './member.js';
import { MessageReceiver } from './message-receiver.js';
import { Roster } from './roster.js';
import { safetyCode } from './safety.js';
import { SenderKeys } from './sender-keys.js';
import { Trouble, closedError } from './trouble.js';
import { KEM_SEED_BYTES, type KemKeyPair, kemKeyPair } from './xwing.js';

const DATA_SLOT = slotOf(FrameSource.data);
const MAX_TOPIC_BYTES = 64;
const DEFAULT_MESSAGE_BYTES = 60_000;
const NOTHING = new Uint8Array();

export interface E2eeSessionOptions {
  /** The meeting secret, 32 bytes; all zero for a meeting entered without one. */
  readonly secret: Uint8Array;
  /** The room id. */
  readonly room: string;
  /** The display name, for the members only: at most 256 bytes of UTF-8 without control characters. */
  readonly name: string;
  /** Bits of Role. Without the publisher's, the first seal makes the sender key. */
  readonly roles: number;
  /** Who the member is; the same object over several joinings keeps it recognisable. Default: a new identity. */
  readonly identity?: Identity;
  /** Milliseconds of a clock that never goes back, for example `performance.now`. */
  readonly now: () => number;
  /** A message for the node to distribute, in order. */
  readonly onSend: (message: OutgoingMessage) => void;
  readonly onEvent: (event: E2eeEvent) => void;
  /** nextWake changed, or advance was called before it had come. */
  readonly onWake?: () => void;
  /** Largest outgoing E2eeMessage; below the node's limits.control_message_bytes. Default 60000. */
  readonly maxMessageBytes?: number;
  /** For tests. Default: the system's. */
  readonly random?: Random;
}
/** What create makes, before there is anybody else. */
interface Own {
  readonly meeting: Meeting;
  readonly identity: Identity;
  readonly kem: KemKeyPair;
  readonly announcement: Announcement;
  readonly wire: Bytes;
}

/**
 * One member's part in one meeting, from joining to leaving (spec/e2ee.md). A resumed connection goes on with the same
 * session; every other joining needs a new one, with the same identity.
 *
 * It does no I/O and sets no timer: what the node tells goes in, messages and events come out by the callbacks, and
 * advance is to be called when nextWake has come. Calls may overlap; messages are worked on in the order of the calls.
 * Bad input of others never rejects: it is dropped and counted, and its code is what the promise gives. After close
 * everything rejects with `closed`.
 */
export class E2eeSession {
  readonly #options: E2eeSessionOptions;
  readonly #own: Own;
  readonly #roster: Roster;
  readonly #trouble: Trouble;
  readonly #keys: SenderKeys;
  readonly #receiver: MessageReceiver;
  readonly #opener: FrameOpener;
  /** Participants whose announcement is being verified. */
  readonly #joining = new Map<string, Promise<unknown>>();
  /** The end of the queue of jobs. */
  #tail: Promise<unknown> = Promise.resolve();
  #workQueued = false;
  #wake: number | undefined;
  #closed = false;

  /** Makes the keys of one joining. Throws `room-invalid`, `name-invalid`, `roles-invalid`. */
  static async create(options: E2eeSessionOptions): Promise<E2eeSession> {
    checkRoom(options.room);
    const random = options.random ?? systemRandom;
    const meeting = await deriveMeeting(options.room, owned(options.secret));
    const identity = options.identity ?? (await generateIdentity());
    const kem = await kemKeyPair(random(KEM_SEED_BYTES));
    const { name, roles } = options;
    const fields = { createdMs: Date.now(), roles, kemKey: kem.publicKey, name };
    const wire = await createAnnouncement(meeting, identity, fields, random);
    const announcement = await openAnnouncement(meeting, wire);
    return new E2eeSession(options, { meeting, identity, kem, announcement, wire });
  }

  private constructor(options: E2eeSessionOptions, own: Own) {
    const { meeting, identity, kem } = own;
    const { id, index } = own.announcement;
    const { now, random = systemRandom, maxMessageBytes = DEFAULT_MESSAGE_BYTES } = options;
    const emit = (event: E2eeEvent) => this.#emit(event);
    const changed = () => this.#changed();
    this.#options = options;
    this.#own = own;
    const roster = new Roster(own.announcement);
    this.#roster = roster;
    this.#trouble = new Trouble(emit, () => roster.members);
    const distribution = new Distribution({
      meeting,
      identity,
      ownId: id,
      random,
      maxMessageBytes,
      roster: () => roster.ids,
      send: (message) => this.#send(message),
    });
    this.#keys = new SenderKeys({
      index,
      publisher: (options.roles & Role.publisher) !== 0,
      random,
      distribution,
      now,
      rotated: () => emit({ type: 'keyRotated' }),
      gone: (member) => emit({ type: 'memberGone', session: member.session }),
      changed,
    });
    this.#opener = new FrameOpener({
      trouble: this.#trouble,
      now,
      emit,
      changed,
    });
    this.#receiver = new MessageReceiver({
      meeting,
      ownId: id,
      ownIndex: index,
      kem,
      keys: this.#keys,
      trouble: this.#trouble,
      keyCame: (member) => this.#opener.release(member),
    });
  }

  /** The announcement to join with: Hello.announcement. The same for the life of the session. */
  announcement(): Bytes {
    return this.#own.wire.slice();
  }

  /** Give it to the session of the next joining, so that the others recognise the member. */
  get identity(): Identity {
    return this.#own.identity;
  }

  /** How often each kind of bad input came. */
  get counts(): ReadonlyMap<E2eeErrorCode, number> {
    return this.#trouble.counts;
  }

  /** Takes a participant that the node tells of, in Welcome or later, with its announcement. */
  memberJoined(session: string, announcement: Uint8Array): Promise<E2eeErrorCode | undefined> {
    const wire = announcement.slice();
    const joined = this.#enqueue(() => this.#join(session, wire));
    this.#joining.set(session, joined);
    const done = () => {
      if (this.#joining.get(session) === joined) this.#joining.delete(session);
    };
    joined.then(done, done);
    return joined;
  }

  /** Takes the leaving of a participant; removed: a host took it out, so that one's key is replaced at once. */
  memberLeft(session: string, removed = false): Promise<void> {
    return this.#enqueue(async () => {
      const member = this.#roster.remove(session);
      if (!member) return;
      member.leave(new E2eeError('member-unknown', 'the participant left'));
      this.#trouble.update(member);
      this.#keys.remove(member, removed);
    });
  }

  /** Takes an E2EE message that the node delivered from a participant. */
  receive(from: string, common: Uint8Array, payload: Uint8Array): Promise<E2eeErrorCode | undefined> {
    return this.#enqueue(() =>
      this.#trouble.attempt(async () => this.#receiver.receive(this.#roster.get(from), common, payload)),
    );
  }

  /** Of the own sender key that is in use; it grows when someone leaves. Undefined before there is a key. */
  get generation(): number | undefined {
    return this.#keys.generation;
  }

  /** When advance is to be called next, on the clock of `now`; undefined for never. */
  nextWake(): number | undefined {
    if (this.#closed) return undefined;
    let next = this.#workQueued ? Infinity : this.#keys.next();
    for (const { ring, held, requests } of this.#roster.members) {
      next = Math.min(next, ring.nextExpiry, held.nextExpiry, requests.dueAt);
    }
    return next === Infinity ? undefined : next;
  }

  /** Does what is due. */
  advance(): Promise<void> {
    return this.#enqueue(async () => {
      // Told again even if it is the same: the timer that called may have been early.
      this.#wake = undefined;
      await this.#keys.work();
      const now = this.#options.now();
      for (const member of this.#roster.members) {
        member.ring.expire(now);
        member.held.expire(now);
        if (!member.requests.take(now)) continue;
        await this.#request(member);
        this.#trouble.update(member);
      }
    });
  }

  /** Resolves when everything that was put in is done, with what followed from it. */
  async idle(): Promise<void> {
    let tail;
    do {
      tail = this.#tail;
      await tail;
    } while (tail !== this.#tail);
  }

  /**
   * Seals one frame record; header: the object's immutable header. The counter is taken before this returns, so that
   * frames get counters in the order of the calls. Rejects with `out-of-range` for the slot.
   */
  seal(slot: number, header: Uint8Array, plaintext: Uint8Array): Promise<Bytes> {
    if (this.#closed) return Promise.reject(closedError());
    if (!isSlot(slot)) return Promise.reject(new E2eeError('out-of-range', 'there is no such source or layer'));
    return this.#keys.seal(slot, header, plaintext);
  }

  /**
   * Opens the payload of an object that came on a track of source; header: its immutable header. A frame whose key may
   * still come is kept, and must not be changed, until it opens or is given up with `key-missing`. Other rejections:
   * `key-unknown` (the key is gone), `frame-invalid`, `frame-replayed`, `sender-mismatch`, `source-mismatch`,
   * `not-minimal`, `truncated`, `member-unknown`, `member-rejected`.
   */
  async open(from: string, source: FrameSource, header: Uint8Array, frame: Uint8Array): Promise<Bytes> {
    const since = this.#options.now();
    const joining = this.#joining.get(from);
    if (joining) await joining;
    if (this.#closed) throw closedError();
    const member = this.#roster.get(from);
    return this.#opener.open(member, { source, metadata: header, frame, since });
  }

  /**
   * Seals a data message, which all who joined so far can open: unlike a frame it waits until they were given the key, half
   * a second after a join. topic: at most 64 bytes of UTF-8, else rejects with `out-of-range`.
   */
  async sealData(topic: string, plaintext: Uint8Array): Promise<Bytes> {
    checkTopic(topic);
    await Promise.allSettled(this.#joining.values());
    await this.#keys.shared();
    return this.seal(DATA_SLOT, dataMetadata(topic), plaintext);
  }

  /**
   * Opens a data message; messages of one member settle in the order in which they came. Rejects as open does, and with
   * `out-of-range` for the topic.
   */
  async openData(from: string, topic: string, payload: Uint8Array): Promise<Bytes> {
    checkTopic(topic);
    const joining = this.#joining.get(from);
    if (joining) await joining;
    const member = this.#roster.get(from);
    const before = member.lastData;
    const opened = this.open(from, FrameSource.data, dataMetadata(topic), payload);
    member.lastData = opened.catch(() => {}).then(() => before);
    await before;
    return opened;
  }

  /** The safety code of the whole meeting, or that with one member. Rejects with `member-unknown`, `member-rejected`. */
  async safetyCode(session?: string): Promise<string> {
    const others = session === undefined ? [...this.#roster.members] : [this.#roster.get(session)];
    const keys = others.map((member) => member.announcement.identityKey);
    return safetyCode(this.#own.meeting.mid, [this.#own.identity.publicKey, ...keys]);
  }

  /** Erases all keys. Frames that are held are rejected with `closed`; no callback is called from then on. */
  close(): void {
    this.#closed = true;
    this.#keys.erase();
    for (const member of this.#roster.members) member.leave(closedError());
  }

  /** Runs a job after those before it, then looks at what has become due. */
  #enqueue<T>(job: () => Promise<T>): Promise<T> {
    const result = this.#tail.then(() => {
      if (this.#closed) throw closedError();
      return job();
    });
    const after = () => this.#changed();
    this.#tail = result.then(after, after);
    return result;
  }

  /** Does at once what is due at once, and tells when the rest is. */
  #changed(): void {
    if (this.#closed) return;
    if (!this.#workQueued && this.#keys.next() <= this.#options.now()) {
      this.#workQueued = true;
      const work = this.#enqueue(() => {
        this.#workQueued = false;
        return this.#keys.work();
      });
      work.catch(ignoreClosed);
    }
    const wake = this.nextWake();
    if (wake === this.#wake) return;
    this.#wake = wake;
    this.#options.onWake?.();
  }

  async #join(session: string, wire: Bytes): Promise<E2eeErrorCode | undefined> {
    const roster = this.#roster;
    try {
      if (roster.knows(session, wire)) return undefined;
    } catch (error) {
      const code = this.#trouble.count(error);
      this.#trouble.flag(session, code);
      return code;
    }
    try {
      const announcement = await openAnnouncement(this.#own.meeting, wire);
      if (announcement.index === this.#own.announcement.index) this.#emit({ type: 'indexCollision', session });
      roster.check(announcement);
      const member = new Member(session, announcement, wire, () => this.#changed());
      roster.add(member);
      const { name, roles, identityKey } = announcement;
      this.#emit({ type: 'memberVerified', session, name, roles, identityKey });
      this.#keys.add(member);
      return undefined;
    } catch (error) {
      const code = this.#trouble.count(error);
      roster.refuse(session, wire, code);
      this.#emit({ type: 'memberRefused', session, code });
      return code;
    }
  }

  async #request(member: Member): Promise<void> {
    const { meeting, identity, announcement } = this.#own;
    const payload = await createKeyRequest(meeting, identity, announcement.id, member.announcement.id, {
      seq: member.requestsSent++,
      genHint: member.requests.hint,
      haveChannel: member.incoming?.number ?? 0,
    });
    this.#send({ common: NOTHING, parts: [{ to: member.session, payload }] });
  }

  #emit(event: E2eeEvent): void {
    if (!this.#closed) this.#options.onEvent(event);
  }

  #send(message: OutgoingMessage): void {
    if (!this.#closed) this.#options.onSend(message);
  }
}

function checkTopic(topic: string): void {
  if (utf8(topic).length > MAX_TOPIC_BYTES) throw new E2eeError('out-of-range', 'a topic is at most 64 bytes');
}

function ignoreClosed(error: unknown): void {
  if (!(error instanceof E2eeError && error.code === 'closed')) throw error;
}
