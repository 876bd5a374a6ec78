import { openAnnouncement } from './announcement.js';
import { type Bytes, equal } from './bytes.js';
import { checkTopic, dataMetadata } from './data.js';
import type { Decisions } from './decisions.js';
import type { OutgoingMessage } from './distribution.js';
import { E2eeError, type E2eeErrorCode } from './errors.js';
import type { E2eeEvent } from './events.js';
import type { HostingState } from './hosting.js';
import type { Identity } from './identity.js';
import { createKeyRequest } from './keyreq.js';
import { FrameSource, isSlot, slotOf } from './kid.js';
import type { Member } from './member.js';
import { type Own, makeOwn } from './own.js';
import { Parts } from './parts.js';
import { safetyCode } from './safety.js';
import type { E2eeSessionOptions } from './session-options.js';
import { closedError } from './trouble.js';

const DATA_SLOT = slotOf(FrameSource.data);
const NOTHING = new Uint8Array();
const KEEP_EVERY_MS = 60 * 60 * 1000;

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
  readonly #parts: Parts;
  /** Participants whose announcement is being verified. */
  readonly #joining = new Map<string, Promise<unknown>>();
  /** The end of the queue of jobs. */
  #tail: Promise<unknown> = Promise.resolve();
  #workQueued = false;
  #wake: number | undefined;
  #closed = false;
  /** How many decisions there were when they were last to be kept, and when that was. */
  #kept: { readonly changes: number; readonly at: number };

  /** Makes the keys of one joining. Throws `room-invalid`, `name-invalid`, `roles-invalid`, `out-of-range`. */
  static async create(options: E2eeSessionOptions): Promise<E2eeSession> {
    const own = await makeOwn(options);
    const { previous } = options;
    if (previous && !equal(previous.#own.meeting.mid, own.meeting.mid)) {
      throw new E2eeError('out-of-range', 'the previous session is of another meeting');
    }
    const { host } = options.decisions ?? {};
    if (host && !(own.host && equal(host, own.host))) {
      throw new E2eeError('out-of-range', 'the decisions are of another meeting');
    }
    return new E2eeSession(options, own);
  }

  private constructor(options: E2eeSessionOptions, own: Own) {
    this.#options = options;
    this.#own = own;
    this.#kept = { changes: 0, at: options.now() };
    const outlet = {
      emit: (event: E2eeEvent) => this.#emit(event),
      send: (message: OutgoingMessage) => this.#send(message),
      changed: () => this.#changed(),
    };
    this.#parts = new Parts(options, own, outlet, options.previous && options.previous.#parts);
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
    return this.#parts.trouble.counts;
  }

  /** Takes a participant that the node tells of, in Welcome or later, with its announcement. */
  memberJoined(session: string, announcement: Uint8Array): Promise<E2eeErrorCode | undefined> {
    const wire = announcement.slice();
    const joined = this.#enqueue(() => this.#parts.join(session, wire));
    this.#joining.set(session, joined);
    const done = () => {
      if (this.#joining.get(session) === joined) this.#joining.delete(session);
    };
    joined.then(done, done);
    return joined;
  }

  /** Takes the leaving of a participant; removed: a host took it out, so that one's key is replaced at once. */
  memberLeft(session: string, removed = false): Promise<void> {
    return this.#enqueue(async () => this.#parts.leave(session, removed));
  }

  /** Takes an E2EE message that the node delivered from a participant. */
  receive(from: string, common: Uint8Array, payload: Uint8Array): Promise<E2eeErrorCode | undefined> {
    return this.#enqueue(() =>
      this.#parts.trouble.attempt(async () =>
        this.#parts.receiver.receive(this.#parts.roster.get(from), common, payload),
      ),
    );
  }

  /** Of the own sender key that is in use; it grows when someone leaves. Undefined before there is a key. */
  get generation(): number | undefined {
    return this.#parts.keys.generation;
  }

  /** When advance is to be called next, on the clock of `now`; undefined for never. */
  nextWake(): number | undefined {
    if (this.#closed) return undefined;
    let next = this.#workQueued ? Infinity : this.#workAt();
    for (const { ring, held, requests, comparison } of this.#parts.roster.members) {
      next = Math.min(next, ring.nextExpiry, held.nextExpiry, requests.dueAt, comparison.until ?? Infinity);
    }
    return next === Infinity ? undefined : next;
  }

  /** Does what is due. */
  advance(): Promise<void> {
    return this.#enqueue(async () => {
      // Told again even if it is the same: the timer that called may have been early.
      this.#wake = undefined;
      await this.#work();
      const now = this.#options.now();
      for (const member of this.#parts.roster.members) {
        member.ring.expire(now);
        member.held.expire(now);
        await this.#parts.comparing.expire(member, now);
        if (!member.requests.take(now)) continue;
        await this.#request(member);
        this.#parts.trouble.update(member);
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
    return this.#parts.keys.seal(slot, header, plaintext);
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
    const member = this.#parts.roster.get(from);
    const sealed = { source, metadata: header, frame, since };
    if (member.apart === 'not-admitted') return this.#parts.opener.hold(member, sealed);
    if (member.apart) throw new E2eeError(member.apart, 'the participant is set apart');
    return this.#parts.opener.open(member, sealed);
  }

  /**
   * Seals a data message, which all who joined so far can open: unlike a frame it waits until they were given the key, half
   * a second after a join. topic: at most 64 bytes of UTF-8, else rejects with `out-of-range`.
   */
  async sealData(topic: string, plaintext: Uint8Array): Promise<Bytes> {
    checkTopic(topic);
    await Promise.allSettled(this.#joining.values());
    await this.#parts.keys.shared();
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
    const member = this.#parts.roster.get(from);
    const before = member.lastData;
    const opened = this.open(from, FrameSource.data, dataMetadata(topic), payload);
    member.lastData = opened.catch(() => {}).then(() => before);
    await before;
    return opened;
  }

  /** The safety code of the whole meeting, or that with one member. Rejects with `member-unknown`, `member-rejected`. */
  async safetyCode(session?: string): Promise<string> {
    const others = session === undefined ? this.#parts.roster.present : [this.#parts.roster.get(session)];
    const keys = others.map((member) => member.announcement.identityKey);
    return safetyCode(this.#own.meeting.mid, [this.#own.identity.publicKey, ...keys]);
  }

  /** The connection is interrupted, or goes on: meanwhile nobody is taken for gone for being silent. */
  setConnected(connected: boolean): Promise<void> {
    return this.#enqueue(async () => (connected ? this.#parts.presence.resume() : this.#parts.presence.pause()));
  }

  /**
   * This member was let in from a waiting room: until a host says otherwise keys go only to hosts, and to those whom they
   * admitted. Does nothing when the link names no host. Call it before others are told of.
   */
  waited(): Promise<void> {
    return this.#enqueue(async () => this.#parts.hosting.waited());
  }

  /**
   * The node says that the room that is entered is locked or has a waiting room: a host guards the keys before it gives them to
   * anybody, so that it admits those only whom it knows. Call it before others are told of.
   */
  roomClosed(): Promise<void> {
    return this.#enqueue(() => this.#parts.hosting.roomClosed());
  }

  /** What hosts have decided, for the next page; undefined in a meeting whose link names no host. */
  decisions(): Promise<Decisions | undefined> {
    return this.#enqueue(async () => this.#parts.hosting.decisions());
  }

  /**
   * As a host: everybody gives keys to those only whom a host admitted, or to everybody again. Who is present is admitted.
   * Rejects with `not-host`.
   */
  setGuard(on: boolean): Promise<void> {
    return this.#enqueue(() => this.#parts.hosting.setGuard(on));
  }

  /**
   * As a host: lets in a participant that is present or waits, by its announcement. Rejects with `not-host`,
   * `removed-by-host` for one who has to join again, and as announcements are refused.
   */
  admit(announcement: Uint8Array): Promise<void> {
    const wire = announcement.slice();
    return this.#enqueue(async () => {
      await this.#parts.hosting.admit(await openAnnouncement(this.#own.meeting, wire));
    });
  }

  /**
   * As a host: nobody gives the participant keys again, and everybody changes theirs at once. Its identity comes back only if
   * a host admits it. Rejects with `not-host`, `member-unknown`, `member-rejected`.
   */
  remove(session: string): Promise<void> {
    return this.#enqueue(async () => this.#parts.hosting.remove(this.#parts.roster.get(session)));
  }

  /** As the founder: makes a member a host or takes that back. Rejects as remove does. */
  setHost(session: string, on: boolean): Promise<void> {
    return this.#enqueue(async () => this.#parts.hosting.setHost(this.#parts.roster.get(session), on));
  }

  /** Who is in charge. */
  hostingState(): Promise<HostingState> {
    return this.#enqueue(async () => this.#parts.hosting.state);
  }

  /** What an announcement says of a participant that waits. Rejects as announcements are refused. */
  async inspect(announcement: Uint8Array): Promise<{ name: string; roles: number; identityKey: Bytes }> {
    const { name, roles, identityKey } = await openAnnouncement(this.#own.meeting, announcement);
    return { name, roles, identityKey };
  }

  /** Asks a member to compare emoji, or answers one that asked. Rejects with `member-unknown`, `member-rejected`. */
  startComparing(session: string): Promise<void> {
    return this.#enqueue(async () => this.#parts.comparing.start(this.#parts.roster.get(session)));
  }

  /** same: the user saw the same emoji on both sides. Does nothing unless they are shown. Rejects as startComparing. */
  finishComparing(session: string, same: boolean): Promise<void> {
    return this.#enqueue(async () => this.#parts.comparing.finish(this.#parts.roster.get(session), same));
  }

  /**
   * Declines what a member asked, takes back what this one asked, or breaks off; the member is told. Of a comparison that has come
   * to nothing it forgets why. Does nothing otherwise. Rejects as startComparing.
   */
  endComparing(session: string): Promise<void> {
    return this.#enqueue(async () => this.#parts.comparing.end(this.#parts.roster.get(session)));
  }

  /** Whether emoji were the same with this member's identity. */
  isProven(session: string): boolean {
    return this.#parts.comparing.isProven(this.#parts.roster.get(session));
  }

  /** Erases all keys. Frames that are held are rejected with `closed`; no callback is called from then on. */
  close(): void {
    this.#closed = true;
    this.#parts.keys.erase();
    for (const member of this.#parts.roster.members) member.leave(closedError());
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
    this.#noteDecisions();
    if (!this.#workQueued && this.#workAt() <= this.#options.now()) {
      this.#workQueued = true;
      const work = this.#enqueue(() => {
        this.#workQueued = false;
        return this.#work();
      });
      work.catch(ignoreClosed);
    }
    const wake = this.nextWake();
    if (wake === this.#wake) return;
    this.#wake = wake;
    this.#options.onWake?.();
  }

  #noteDecisions(): void {
    const { changes } = this.#parts.hosting.authority;
    const now = this.#options.now();
    if (changes === this.#kept.changes && now - this.#kept.at < KEEP_EVERY_MS) return;
    this.#kept = { changes, at: now };
    if (this.#own.host) this.#emit({ type: 'decided' });
  }

  #workAt(): number {
    return Math.min(this.#parts.keys.next(), this.#parts.presence.next());
  }

  async #work(): Promise<void> {
    await this.#parts.presence.advance();
    await this.#parts.keys.work();
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

function ignoreClosed(error: unknown): void {
  if (!(error instanceof E2eeError && error.code === 'closed')) throw error;
}
