import type { Announcement } from './announcement.js';
import { type Bytes, equal, hex } from './bytes.js';
import { E2eeError, type E2eeErrorCode } from './errors.js';
import type { Member } from './member.js';

/** Who is in the meeting besides oneself: verified members, and participants that were refused. */
export class Roster {
  readonly #members = new Map<string, Member>();
  readonly #byIndex = new Map<number, Member>();
  readonly #refused = new Map<string, { readonly wire: Bytes; readonly code: E2eeErrorCode }>();
  /** Every announcement accepted so far, so that none is accepted twice. */
  readonly #seen = new Set<string>();

  readonly #self: Announcement;

  constructor(self: Announcement) {
    this.#self = self;
  }

  /** Counts changes of who is present. */
  changes = 0;
  /** When the last one was, on the session's clock. */
  changedAt = -Infinity;

  /** All who hold the secret, those set apart too, in the order in which they joined. */
  get members(): Iterable<Member> {
    return this.#members.values();
  }

  /** The members to whom keys are given. */
  get present(): Member[] {
    return [...this.#members.values()].filter((member) => member.reviewed && !member.apart);
  }

  /** The announcement ids of those, one's own included. */
  get ids(): Bytes[] {
    return [this.#self.id, ...this.present.map((member) => member.announcement.id)];
  }

  /** Somebody was let in, set apart or left. */
  changed(nowMs: number): void {
    this.changes++;
    this.changedAt = nowMs;
  }

  /** One who holds the secret, perhaps set apart. Throws `member-rejected`, `member-unknown`. */
  get(session: string): Member {
    const member = this.#members.get(session);
    if (member) return member;
    const refused = this.#refused.get(session);
    if (refused) throw new E2eeError('member-rejected', `the participant is not a member: ${refused.code}`);
    throw new E2eeError('member-unknown', 'no such participant');
  }

  /** Whether a participant was told of before. Throws `announcement-changed` when it came with another announcement. */
  knows(session: string, wire: Uint8Array): boolean {
    const known = this.#members.get(session) ?? this.#refused.get(session);
    if (!known) return false;
    if (!equal(known.wire, wire)) throw new E2eeError('announcement-changed', "a participant's announcement changed");
    return true;
  }

  /** Whether a verified announcement may become a member. Throws `index-taken`, `announcement-replayed`. */
  check({ id, index }: Announcement): void {
    if (index === this.#self.index || this.#byIndex.has(index)) {
      throw new E2eeError('index-taken', "the participant has another member's index: it has to join again");
    }
    if (this.#seen.has(hex(id))) {
      throw new E2eeError('announcement-replayed', 'the announcement was used before: it has to join again');
    }
  }

  add(member: Member): void {
    this.#members.set(member.session, member);
    this.#byIndex.set(member.announcement.index, member);
    this.#seen.add(hex(member.announcement.id));
  }

  refuse(session: string, wire: Bytes, code: E2eeErrorCode): void {
    this.#refused.set(session, { wire, code });
  }

  /** Takes a participant out; returns it if it was a member. */
  remove(session: string): Member | undefined {
    this.#refused.delete(session);
    const member = this.#members.get(session);
    if (!member) return undefined;
    this.#members.delete(session);
    this.#byIndex.delete(member.announcement.index);
    return member;
  }
}
