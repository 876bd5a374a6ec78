import type { Bytes } from './bytes.js';
import { equal } from './bytes.js';
import { E2eeError } from './errors.js';
import { type Heartbeat, createHeartbeat, openHeartbeat } from './heartbeat.js';
import type { Identity } from './identity.js';
import { commitTo, rosterDigest } from './key.js';
import type { Meeting } from './meeting.js';
import type { Member } from './member.js';
import type { Roster } from './roster.js';
import type { SenderKeys } from './sender-keys.js';

const PUBLISHER_MS = 10_000;
const LISTENER_MS = 30_000;
const PER_PUBLISHER_MS = 500;
const PER_LISTENER_MS = 100;
const MISSED = 3;
const SLACK_MS = 2000;
const DIFFERS_MS = 30_000;
const SETTLED_MS = 5000;
/** How late a call may come without the reason being that this machine stood still. */
const OVERSLEPT_MS = 5000;
const NO_COMMIT = new Uint8Array(32);

export interface PresenceOptions {
  readonly meeting: Meeting;
  readonly identity: Identity;
  readonly ownId: Bytes;
  readonly roster: Roster;
  readonly keys: SenderKeys;
  now(): number;
  /** A random number from 0 to 1. */
  fraction(): number;
  send(message: Bytes, to: readonly Member[]): void;
  /** A member became silent, or is not so any more. */
  changed(member: Member): void;
  /** For half a minute a member has given its keys to others than this session does, or no longer does. */
  differs(member: Member): void;
}

/** Heartbeats: who is there, and whether all see the same members (spec/e2ee.md §14). Used within the session's jobs. */
export class Presence {
  readonly #options: PresenceOptions;
  #beats = 0n;
  #beatAt = Infinity;
  #dueAt = Infinity;
  #paused = false;
  #digest: { readonly of: number; readonly bytes: Bytes } | undefined;

  constructor(options: PresenceOptions) {
    this.#options = options;
  }

  /** When advance is due next; Infinity for never. */
  next(): number {
    return this.#paused ? Infinity : this.#dueAt;
  }

  /** The connection is interrupted: nobody is taken for gone until it goes on. */
  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.hearAll();
    this.look();
  }

  /** Begins to count everybody's silence anew. */
  hearAll(): void {
    const now = this.#options.now();
    for (const member of this.#options.roster.present) member.heardAt = Math.max(member.heardAt, now);
  }

  /** Members or their roles changed: what is due when is found out anew. */
  look(): void {
    this.#dueAt = Math.min(this.#dueAt, this.#options.now());
  }

  async advance(): Promise<void> {
    const now = this.#options.now();
    if (this.#paused || now < this.#dueAt) return;
    if (now > this.#dueAt + OVERSLEPT_MS) this.hearAll();
    const { publishers, listeners } = this.#census();
    if (publishers + listeners === 1) {
      this.#beatAt = this.#dueAt = Infinity;
      return;
    }
    const own = this.#sends;
    const period = periodOf(own, publishers, listeners);
    if (this.#beatAt === Infinity) {
      this.#beatAt = now + period * (1 - this.#options.fraction() / 2);
    } else if (this.#beatAt <= now) {
      await this.#beat();
      this.#beatAt = now + period;
    } else {
      this.#beatAt = Math.min(this.#beatAt, now + period);
    }
    let due = this.#beatAt;
    for (const member of [...this.#options.roster.present]) {
      if (!own && !member.sends) {
        member.heardAt = now;
        continue;
      }
      member.period = Math.max(member.period, periodOf(member.sends, publishers, listeners));
      const end = member.heardAt + MISSED * member.period + SLACK_MS;
      if (end > now) {
        due = Math.min(due, end);
        continue;
      }
      member.silent = true;
      this.#options.changed(member);
    }
    this.#dueAt = due;
  }

  /** Takes a HEARTBEAT. */
  async receive(member: Member, message: Uint8Array): Promise<void> {
    const { meeting, now, roster } = this.#options;
    const beat = await openHeartbeat(meeting, member.announcement, member.lastHeartbeat, message);
    member.lastHeartbeat = beat.seq;
    const { publishers, listeners } = this.#census();
    member.heardAt = now();
    member.period = periodOf(member.sends, publishers, listeners);
    if (member.silent) {
      member.silent = false;
      this.#options.changed(member);
    }
    const held = member.newest;
    if (held && held.gen === beat.gen && held.step === beat.step && !equal(held.commit, beat.commit)) {
      throw new E2eeError('equivocation', 'gave different keys the same number');
    }
    if (!member.apart && now() - roster.changedAt >= SETTLED_MS) {
      this.#compare(member, equal(beat.roster, await this.#rosterDigest()));
    }
  }

  /** Ends what a difference of rosters began. */
  agree(member: Member): void {
    member.differsSince = Infinity;
    if (!member.differs) return;
    member.differs = false;
    this.#options.differs(member);
  }

  #compare(member: Member, same: boolean): void {
    const now = this.#options.now();
    if (same) return this.agree(member);
    member.differsSince = Math.min(member.differsSince, now);
    if (member.differs || now - member.differsSince < DIFFERS_MS) return;
    member.differs = true;
    this.#options.differs(member);
  }

  get #sends(): boolean {
    return this.#options.keys.current !== undefined;
  }

  #census(): { publishers: number; listeners: number } {
    const count = { publishers: 0, listeners: 0 };
    count[this.#sends ? 'publishers' : 'listeners']++;
    for (const { sends } of this.#options.roster.present) count[sends ? 'publishers' : 'listeners']++;
    return count;
  }

  /** To those who wait for one: everybody if this session sends, else those who do. */
  async #beat(): Promise<void> {
    const { meeting, identity, ownId, roster, keys } = this.#options;
    const key = keys.current;
    const beat: Heartbeat = {
      seq: this.#beats++,
      sentMs: BigInt(Date.now()),
      roster: await this.#rosterDigest(),
      gen: key?.base.gen ?? 0,
      step: key?.base.step ?? 0,
      commit: key ? await commitTo(meeting, ownId, key.base, key.base.bytes) : NO_COMMIT,
      slots: key?.counts ?? [],
    };
    const message = await createHeartbeat(meeting, identity, ownId, beat);
    const to = [...roster.members].filter(
      ({ apart, sends }) => (!apart || apart === 'silent') && (key !== undefined || sends),
    );
    this.#options.send(message, to);
  }

  /** Of those whom this session gives its keys; computed once for each change. */
  async #rosterDigest(): Promise<Bytes> {
    const { roster } = this.#options;
    const of = roster.changes;
    if (this.#digest?.of !== of) this.#digest = { of, bytes: await rosterDigest(roster.ids) };
    return this.#digest.bytes;
  }
}

/** The time between the heartbeats of one of so many publishers or listeners. */
function periodOf(publisher: boolean, publishers: number, listeners: number): number {
  return publisher
    ? Math.max(PUBLISHER_MS, publishers * PER_PUBLISHER_MS)
    : Math.max(LISTENER_MS, listeners * PER_LISTENER_MS);
}
