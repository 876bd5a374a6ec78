import { openAnnouncement, Role } from '../e2ee/announcement.js';
import { owned } from '../e2ee/bytes.js';
import { systemRandom, type Random } from '../e2ee/crypto.js';
import type { Decisions } from '../e2ee/decisions.js';
import type { E2eeEvent } from '../e2ee/events.js';
import type { HostingState } from '../e2ee/hosting.js';
import { generateIdentity, type Identity } from '../e2ee/identity.js';
import { isVerified } from '../e2ee/link.js';
import type { FrameSource } from '../e2ee/kid.js';
import { deriveMeeting, type Meeting } from '../e2ee/meeting.js';
import { E2eeSession } from '../e2ee/session.js';
import type { Verification } from '../room/encryption-types.js';
import type { EncryptionState } from '../room/types.js';
import {
  E2eeMessageSchema,
  E2eePartSchema,
  type E2eeDelivery,
  type ParticipantInfo,
} from '../wire/gen/confab/v1/control_pb.js';
import { create } from '../wire/protobuf/create.js';
import { Failure } from './failure.js';
import { alertsOf, encryptionOf, newcomer, rolesOf, type MemberStanding } from './member-standing.js';
import type { VerificationStep } from './protocol.js';
import type { Joining, Security, SecurityHandlers } from './security.js';

const OTHER_SECRET =
  'Nobody in this meeting has the secret of your link. Open the link exactly as it was sent, with everything after #.';

const NOT_KEPT = 'this browser does not keep whom hosts let in: after a reload they have to do it again';

/** Chance alone makes not even one; more are the doing of a node that shows a client its own announcement. */
const MOST_REJOINS = 3;

/** Of an identity with which emoji were compared in an earlier joining of it. */
const MATCHED: Verification = { state: 'matched', emoji: [] };

/** Who joins, and what its keys are made of: by default a new identity, and the system's random bytes. */
export interface KeySource {
  readonly identity?: Identity | undefined;
  /** Whom the link names as host. */
  readonly host?: Uint8Array | undefined;
  /** What hosts had decided, as `keep` was last told. */
  readonly decisions?: Decisions | undefined;
  readonly random?: Random;
}

/** Prepares E2EE v1 for a room (spec/e2ee.md). The identity key is the same for as long as the engine lives. */
export async function encrypted(
  room: string,
  secret: Uint8Array,
  { identity, random = systemRandom, ...source }: KeySource = {},
): Promise<(handlers: SecurityHandlers) => Security> {
  const own = { identity: identity ?? (await generateIdentity()), random, ...source };
  return (handlers) => new Encrypted(room, secret, own, handlers);
}

interface Own extends KeySource {
  readonly identity: Identity;
  readonly random: Random;
}

/** {@link Security} by E2EE v1: one E2eeSession for each joining. */
class Encrypted implements Security {
  readonly #room: string;
  readonly #secret: Uint8Array;
  readonly #own: Own;
  readonly #handlers: SecurityHandlers;
  readonly #members = new Map<string, MemberStanding>();
  /** Of the Hello that is on its way. */
  #next: E2eeSession | undefined;
  #session: E2eeSession | undefined;
  /** Of the last joining, also when it is over: what hosts decided goes on to count. */
  #last: E2eeSession | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #joined = false;
  #safetyCode = '';
  #codeStale = false;
  #codeRenewing = false;
  /** Somebody else was found to have the same secret. */
  #proven = false;
  #rejoins = 0;
  /** What hosts decided changed since it was last kept; it is being kept. */
  #unkept = false;
  #keeping = false;
  /** Made when first needed. */
  #meeting: Promise<Meeting> | undefined;
  #hosting: HostingState = { sessions: [], hosting: false, founder: false, guarded: false };
  /** Of announcements that were asked for: only the last one is of use. */
  #asked = 0;

  constructor(room: string, secret: Uint8Array, own: Own, handlers: SecurityHandlers) {
    this.#room = room;
    this.#secret = secret;
    this.#own = own;
    this.#handlers = handlers;
  }

  async announcement({ name, publishes }: Joining): Promise<Uint8Array> {
    const asked = ++this.#asked;
    this.#next?.close();
    this.#next = undefined;
    const session: E2eeSession = await E2eeSession.create({
      secret: this.#secret,
      room: this.#room,
      name,
      roles: publishes ? Role.publisher : 0,
      ...this.#own,
      previous: this.#last,
      now: () => performance.now(),
      onSend: ({ common, parts }) => {
        if (session !== this.#session) return;
        const value = create(E2eeMessageSchema, { common, parts: parts.map((part) => create(E2eePartSchema, part)) });
        this.#handlers.send({ case: 'e2ee', value });
      },
      onEvent: (event) => {
        if (session === this.#session) this.#heard(event);
      },
      onWake: () => this.#schedule(),
    });
    if (asked !== this.#asked) {
      session.close();
      throw new Failure('aborted', 'Another announcement was asked for meanwhile.');
    }
    this.#next = session;
    return session.announcement();
  }

  keyGeneration(): number {
    return this.#session?.generation ?? 0;
  }

  welcome(participants: readonly ParticipantInfo[], closed: boolean): void {
    this.#session?.close();
    this.#session = this.#last = this.#next;
    this.#next = undefined;
    this.#members.clear();
    this.#joined = true;
    this.#session?.hostingState().then(
      (state) => this.#hostsChanged(state),
      () => {},
    );
    if (closed) this.#do((e2ee) => e2ee.roomClosed());
    for (const participant of participants) this.#join(participant, true);
    this.#schedule();
    this.#changed();
  }

  joined(participant: ParticipantInfo): void {
    this.#join(participant, false);
  }

  #join({ session, identity, announcement }: ParticipantInfo, earlier: boolean): void {
    this.#members.set(session, newcomer(identity, earlier));
    this.#do((e2ee) => e2ee.memberJoined(session, announcement));
  }

  left(session: string, removed: boolean): void {
    const member = this.#members.get(session);
    this.#members.delete(session);
    this.#do((e2ee) => e2ee.memberLeft(session, removed));
    // Nothing was ever sealed to one that was not verified, so nothing has to change before it goes.
    if (member?.standing !== 'verified') this.#handlers.gone(session);
    this.#changed();
  }

  receive({ from, common, payload }: E2eeDelivery): void {
    this.#do((e2ee) => e2ee.receive(from, common, payload));
  }

  connected(connected: boolean): void {
    this.#do((e2ee) => e2ee.setConnected(connected));
  }

  waited(): void {
    // Before welcome, which is when the session begins.
    this.#next?.waited().catch(() => {});
  }

  async describe(announcement: Uint8Array): Promise<{ name: string; refused: boolean }> {
    try {
      const meeting = await (this.#meeting ??= deriveMeeting(this.#room, owned(this.#secret)));
      return { name: (await openAnnouncement(meeting, announcement)).name, refused: false };
    } catch {
      return { name: '', refused: true };
    }
  }

  hosting(): 'unguarded' | 'guarded' | undefined {
    if (!this.#hosting.hosting) return undefined;
    return this.#hosting.guarded ? 'guarded' : 'unguarded';
  }

  async setGuard(on: boolean): Promise<void> {
    await this.#joinedSession().setGuard(on);
  }

  async admit(announcement: Uint8Array): Promise<void> {
    await this.#joinedSession().admit(announcement);
  }

  async remove(session: string): Promise<void> {
    await this.#joinedSession().remove(session);
  }

  async setHost(session: string, on: boolean): Promise<void> {
    await this.#joinedSession().setHost(session, on);
  }

  async verify(session: string, step: VerificationStep): Promise<void> {
    const e2ee = this.#joinedSession();
    if (step === 'start') return e2ee.startComparing(session);
    if (step === 'cancel') return e2ee.endComparing(session);
    return e2ee.finishComparing(session, step === 'same');
  }

  async seal(slot: number, metadata: Uint8Array, plaintext: Uint8Array): Promise<Uint8Array> {
    return this.#joinedSession().seal(slot, metadata, plaintext);
  }

  async open(session: string, source: FrameSource, metadata: Uint8Array, payload: Uint8Array): Promise<Uint8Array> {
    return this.#joinedSession().open(session, source, metadata, payload);
  }

  async sealData(topic: string, data: Uint8Array): Promise<Uint8Array> {
    return this.#joinedSession().sealData(topic, data);
  }

  async openData(session: string, topic: string, payload: Uint8Array): Promise<Uint8Array> {
    return this.#joinedSession().openData(session, topic, payload);
  }

  close(): void {
    this.#asked++;
    clearTimeout(this.#timer);
    this.#session?.close();
    this.#next?.close();
    this.#session = this.#next = undefined;
  }

  #heard(event: E2eeEvent): void {
    switch (event.type) {
      case 'memberVerified': {
        const { name, roles } = event;
        this.#proven = true;
        return this.#update(event.session, {
          standing: 'verified',
          code: undefined,
          name,
          roles: rolesOf(roles),
          ...(this.#session?.isProven(event.session) && { verification: MATCHED }),
        });
      }
      case 'memberRefused':
        return this.#update(event.session, { standing: 'refused', code: event.code });
      case 'memberApart': {
        const { name, roles, code } = event;
        this.#proven = true;
        return this.#update(event.session, { standing: 'apart', code, name, roles: rolesOf(roles) });
      }
      case 'rosterDiffers':
        return this.#update(event.session, { differs: event.differs });
      case 'hostsChanged':
        return this.#hostsChanged(event);
      case 'decided':
        return void this.#keep();
      case 'comparisonChanged': {
        const { session, state, emoji = [] } = event;
        const proven = state === 'none' && this.#session?.isProven(session);
        return this.#update(session, { verification: proven ? MATCHED : { state, emoji } });
      }
      case 'memberFlagged':
        this.#handlers.warn(`${this.#members.get(event.session)?.identity ?? 'a participant'}: ${event.code}`);
        return this.#update(event.session, { flagged: true });
      case 'memberGone':
        return this.#handlers.gone(event.session);
      case 'undecryptableChanged':
        for (const [session, { undecryptable }] of this.#members) {
          const now = event.sessions.includes(session);
          if (now !== undecryptable) this.#update(session, { undecryptable: now });
        }
        return;
      case 'keyRotated':
        return this.#handlers.rotated();
      case 'keyframeWanted':
        return this.#handlers.keyframeWanted(event.session, event.source);
      case 'indexCollision':
        return this.#collided(event.session);
    }
  }

  #hostsChanged({ sessions, hosting, founder, guarded }: HostingState): void {
    const before = this.#hosting.hosting;
    this.#hosting = { sessions, hosting, founder, guarded };
    for (const [session, { host }] of this.#members) {
      if (host !== sessions.includes(session)) this.#update(session, { host: !host });
    }
    this.#tell();
    if (hosting !== before) this.#handlers.hostingChanged();
  }

  /** Of all that is decided while something is being kept, only the last has to be. */
  async #keep(): Promise<void> {
    this.#unkept = true;
    if (this.#keeping) return;
    this.#keeping = true;
    while (this.#unkept) {
      this.#unkept = false;
      const decisions = await this.#session?.decisions().catch(() => undefined);
      if (decisions) await this.#handlers.keep(decisions).catch(() => this.#handlers.warn(NOT_KEPT));
    }
    this.#keeping = false;
  }

  /** Of two members with one index, the newer rejoins (spec/e2ee.md §5.6). */
  #collided(session: string): void {
    if (!this.#members.get(session)?.earlier) return;
    if (this.#rejoins++ >= MOST_REJOINS) return this.#handlers.warn('the node shows this client as somebody else');
    this.#session?.close();
    this.#session = undefined;
    this.#handlers.rejoin('another participant has the same sender index');
  }

  #update(session: string, change: Partial<MemberStanding>): void {
    const member = this.#members.get(session);
    if (!member) return;
    Object.assign(member, change);
    const { name, roles, host, verification } = member;
    this.#handlers.member(session, { state: encryptionOf(member), name, roles, host, verification });
    this.#changed();
  }

  #changed(): void {
    this.#tell();
    this.#codeStale = true;
    if (!this.#codeRenewing) void this.#renewSafetyCode();
  }

  /** Of all changes that come while a code is computed, only the last needs another. */
  async #renewSafetyCode(): Promise<void> {
    this.#codeRenewing = true;
    while (this.#codeStale) {
      this.#codeStale = false;
      const code = await this.#session?.safetyCode().catch(() => undefined);
      if (this.#codeStale || code === undefined || code === this.#safetyCode) continue;
      this.#safetyCode = code;
      this.#tell();
    }
    this.#codeRenewing = false;
  }

  #tell(): void {
    const members = [...this.#members.values()];
    // Who comes later and is refused has the wrong secret itself.
    const shutOut =
      !this.#proven &&
      members.some(({ earlier }) => earlier) &&
      members.every(({ standing }) => standing === 'refused');
    const state: EncryptionState = {
      status: shutOut ? 'failed' : this.#joined ? 'active' : 'pending',
      ...this.#authority(),
      verified: isVerified(this.#secret),
      safetyCode: this.#safetyCode,
      undecryptable: members.filter((member) => encryptionOf(member) === 'failing').map(({ identity }) => identity),
      refused: members.filter(({ standing }) => standing === 'refused').map(({ identity }) => identity),
      ...(shutOut && { reason: OTHER_SECRET }),
    };
    this.#handlers.state(state);
  }

  #authority(): Pick<EncryptionState, 'named' | 'hosts' | 'founder' | 'guarded' | 'alerts'> {
    const members = [...this.#members.values()];
    const { hosting, founder, guarded } = this.#hosting;
    const hosts = members.filter(({ host }) => host).map(({ identity }) => identity);
    return {
      named: this.#own.host !== undefined,
      hosts: hosting ? [this.#handlers.identity(), ...hosts] : hosts,
      founder,
      guarded,
      alerts: members.flatMap(alertsOf),
    };
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    const at = this.#session?.nextWake();
    if (at === undefined) return;
    this.#timer = setTimeout(() => this.#do((e2ee) => e2ee.advance()), Math.max(0, at - performance.now()));
  }

  /** Bad input of others does not reject; what is left is a session that was closed meanwhile. */
  #do(work: (e2ee: E2eeSession) => Promise<unknown>): void {
    if (this.#session) work(this.#session).catch(() => {});
  }

  #joinedSession(): E2eeSession {
    if (this.#session) return this.#session;
    throw new Failure('closed', 'The room is not connected.');
  }
}
