import type { Authority, Subject } from './authority.js';
import type { Bytes } from './bytes.js';
import { equal, hex } from './bytes.js';
import type { Decisions } from './decisions.js';
import { E2eeError, type E2eeErrorCode } from './errors.js';
import {
  ADMIT_ITEM_BYTES,
  REMOVE_ITEM_BYTES,
  createAdmit,
  createGuard,
  createHost,
  createRemove,
  openAdmit,
  openGuard,
  openHost,
  openRemove,
} from './host.js';
import type { Identity } from './identity.js';
import type { Meeting } from './meeting.js';
import type { Member } from './member.js';
import { MessageType } from './message.js';
import type { Roster } from './roster.js';
import type { SenderKeys } from './sender-keys.js';

export interface HostingOptions {
  readonly meeting: Meeting;
  readonly identity: Identity;
  readonly ownId: Bytes;
  /** Whom the link names. */
  readonly host: Bytes | undefined;
  /** One's own identity is that. */
  readonly founder: boolean;
  /** What was decided before. */
  readonly authority: Authority;
  readonly roster: Roster;
  readonly keys: SenderKeys;
  readonly maxMessageBytes: number;
  /** Milliseconds since 1970. */
  wall(): number;
  send(message: Bytes, to: readonly Member[]): void;
  /** A member is given the keys from now on. */
  letIn(member: Member): void;
  /** A member is given no more keys. */
  setApart(member: Member, code: E2eeErrorCode): void;
  /** Who is a host, or whether keys are guarded, changed. */
  changed(): void;
}

/** Who is in charge. */
export interface HostingState {
  /** Members that are hosts. */
  readonly sessions: readonly string[];
  /** This member is one. */
  readonly hosting: boolean;
  /** It is the one whom the link names. */
  readonly founder: boolean;
  /** Keys go to those only whom a host admitted. */
  readonly guarded: boolean;
}

export type StatementType = typeof MessageType.admit | typeof MessageType.remove | typeof MessageType.guard;

/** What hosts decide: told to others by a host, heeded by everybody (spec/e2ee.md §13). Used within the session's jobs. */
export class Hosting {
  readonly authority: Authority;
  readonly #options: HostingOptions;
  /** Members that know what was decided so far. */
  readonly #informed = new Set<Member>();

  constructor(options: HostingOptions) {
    this.#options = options;
    this.authority = options.authority;
  }

  /** Whether this session may admit and remove. */
  get hosts(): boolean {
    const { identity, founder } = this.#options;
    return this.authority.isHost({ identityKey: identity.publicKey, founder });
  }

  /** Whether a member may. */
  isHost(member: Member): boolean {
    return this.authority.isHost(subjectOf(member));
  }

  get state(): HostingState {
    const { founder, roster } = this.#options;
    const hosts = Array.from(roster.members).filter((member) => this.isHost(member));
    return {
      sessions: hosts.map(({ session }) => session),
      hosting: this.hosts,
      founder,
      guarded: this.authority.guarded,
    };
  }

  /** Lets a member in or sets it apart, by what is known now. */
  review(member: Member): void {
    this.authority.recognise(subjectOf(member), this.#now);
    const code = this.authority.exclusion(subjectOf(member)) ?? (member.silent ? 'silent' : undefined);
    if (code === member.apart && member.reviewed) return;
    member.reviewed = true;
    member.apart = code;
    if (code) this.#informed.delete(member);
    if (code) this.#options.setApart(member, code);
    else this.#options.letIn(member);
  }

  /** As a host, lets those in who were admitted in an earlier joining: their announcements are signed by the same identity. */
  async readmit(members: Iterable<Member> = this.#options.roster.members): Promise<void> {
    if (!this.hosts) return;
    const back = [...members].filter((member) => {
      const subject = subjectOf(member);
      if (this.authority.exclusion(subject) !== 'not-admitted') return false;
      return this.authority.isFamiliar(subject.identityKey, this.#now);
    });
    if (back.length > 0) await this.#admitAll(back.map(({ announcement }) => announcement.id));
  }

  /** What there is to keep for a page that is loaded anew; undefined when the link names no host. */
  decisions(): Decisions | undefined {
    for (const member of this.#options.roster.members) this.authority.recognise(subjectOf(member), this.#now);
    return this.authority.decisions(this.#now);
  }

  /** A member left. */
  forget(member: Member): void {
    this.#informed.delete(member);
    this.authority.recognise(subjectOf(member), this.#now);
    this.authority.forget(member.announcement.id);
  }

  /** Came out of a waiting room: until a host says otherwise keys go only to hosts, and to those whom they admitted. */
  waited(): void {
    this.authority.assume();
    this.#decided();
  }

  /** The node says that the room that is entered is closed: a host guards the keys before it gives them to anybody. */
  async roomClosed(): Promise<void> {
    if (this.hosts && !this.authority.setting.on) await this.#setGuard(true);
  }

  /** Throws `not-host`. */
  async setGuard(on: boolean): Promise<void> {
    this.#requireHost();
    if (on) await this.#admitAll(this.#options.roster.ids);
    await this.#setGuard(on);
  }

  async #setGuard(on: boolean): Promise<void> {
    const { meeting, identity, ownId } = this.#options;
    this.authority.guard({ epoch: max(this.authority.setting.epoch + 1n, BigInt(this.#now)), on });
    this.#broadcast(await createGuard(meeting, identity, ownId, this.authority.setting));
    this.#decided();
  }

  /** Throws `not-host`, `removed-by-host`. */
  async admit({ id, identityKey }: Pick<Subject, 'id' | 'identityKey'>): Promise<void> {
    this.#requireHost();
    if (this.authority.wasRemoved(id)) {
      throw new E2eeError('removed-by-host', 'who was removed has to join again');
    }
    this.authority.remember(identityKey, this.#now);
    await this.#admitAll([id]);
  }

  /** Throws `not-host`. */
  async remove(member: Member): Promise<void> {
    this.#requireHost();
    const { meeting, identity, ownId, founder } = this.#options;
    const { id, identityKey } = member.announcement;
    this.authority.remove({ id, identityKey }, founder, this.#now);
    this.review(member);
    this.#broadcast(await createRemove(meeting, identity, ownId, [{ id, identityKey }]));
  }

  /** Only the founder can. Throws `not-host`. */
  async setHost(member: Member, on: boolean): Promise<void> {
    const { meeting, identity, founder } = this.#options;
    if (!founder) throw new E2eeError('not-host', 'only who founded the meeting appoints hosts');
    const { identityKey } = member.announcement;
    const seq = max(this.authority.lastAppointment(identityKey) + 1n, BigInt(this.#now));
    const message = await createHost(meeting, identity, { identityKey, seq, on });
    this.authority.appoint({ identityKey, seq, on }, message);
    this.#broadcast(message);
    this.#decided();
  }

  /** Takes a HOST, whoever passed it on. */
  async receiveHost(message: Uint8Array): Promise<void> {
    const { meeting, host, wall, identity, keys } = this.#options;
    const appointment = await openHost(meeting, host, wall(), message);
    this.authority.appoint(appointment, message.slice());
    this.#decided();
    if (!equal(appointment.identityKey, identity.publicKey) || !this.hosts) return;
    // A host has a sender key, so that it can prove to everybody that it is there.
    keys.begin();
    await this.inform();
    await this.readmit();
  }

  /** Takes an ADMIT, REMOVE or GUARD. */
  async receive(member: Member, type: StatementType, message: Uint8Array): Promise<void> {
    if (!this.isHost(member)) throw new E2eeError('not-host', 'the sender is not a host of this meeting');
    // A channel is made for this joining of ours, so that a host that opened one is no recording of an earlier day.
    if (!member.incoming) throw new E2eeError('host-unproven', 'the host has not opened a channel yet');
    const { meeting } = this.#options;
    if (type === MessageType.admit) {
      for (const id of await openAdmit(meeting, member.announcement, message)) this.authority.admit(id, this.#now);
    } else if (type === MessageType.remove) {
      for (const removal of await openRemove(meeting, member.announcement, message)) {
        this.authority.remove(removal, member.founder, this.#now);
      }
    } else {
      this.authority.guard(await openGuard(meeting, member.announcement, message));
    }
    this.#decided();
  }

  /** Tells members that have been given a key what hosts have decided so far. */
  async inform(): Promise<void> {
    if (!this.hosts) return;
    const { meeting, identity, ownId, roster, keys, send } = this.#options;
    const to = [...roster.present].filter((member) => keys.hasKey(member) && !this.#informed.has(member));
    if (to.length === 0) return;
    for (const member of to) this.#informed.add(member);
    for (const message of this.authority.appointments) send(message, to);
    const { setting, guarded, admitted, removed } = this.authority;
    if (setting.epoch > 0n) send(await createGuard(meeting, identity, ownId, setting), to);
    for (const part of chunks(removed, this.#most(REMOVE_ITEM_BYTES))) {
      send(await createRemove(meeting, identity, ownId, part), to);
    }
    if (!guarded && admitted.length === 0) return;
    const ids = new Map([...roster.ids, ...admitted].map((id) => [hex(id), id]));
    await this.#admission([...ids.values()], to);
  }

  get #now(): number {
    return Math.trunc(this.#options.wall());
  }

  #requireHost(): void {
    if (!this.hosts) throw new E2eeError('not-host', 'only a host of the meeting can do this');
  }

  async #admitAll(ids: readonly Bytes[]): Promise<void> {
    for (const id of ids) this.authority.admit(id, this.#now);
    await this.#admission(ids, [...this.#informed]);
    this.#reviewAll();
  }

  async #admission(ids: readonly Bytes[], to: readonly Member[]): Promise<void> {
    const { meeting, identity, ownId, send } = this.#options;
    for (const part of chunks(ids, this.#most(ADMIT_ITEM_BYTES))) {
      send(await createAdmit(meeting, identity, ownId, part), to);
    }
  }

  /** To everybody who has been told what was decided before it. */
  #broadcast(message: Bytes): void {
    this.#options.send(message, [...this.#informed]);
  }

  #most(itemBytes: number): number {
    return Math.floor(this.#options.maxMessageBytes / 2 / itemBytes);
  }

  #decided(): void {
    this.#reviewAll();
    this.#options.changed();
  }

  #reviewAll(): void {
    for (const member of [...this.#options.roster.members]) this.review(member);
  }
}

function subjectOf({ announcement, founder }: Member) {
  return { id: announcement.id, identityKey: announcement.identityKey, founder };
}

function max(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}

function chunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
}
