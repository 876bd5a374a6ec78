import type { Bytes } from './bytes.js';
import { equal, hex } from './bytes.js';
import type { Random } from './crypto.js';
import { E2eeError } from './errors.js';
import type { Identity } from './identity.js';
import type { Meeting } from './meeting.js';
import type { Member } from './member.js';
import { MessageType } from './message.js';
import { EMOJI, type Emoji } from './sas-emoji.js';
import { type SasType, createSas, openSas, sasCommitment, sasNumbers } from './sas.js';

/** How long a member may take to answer when it is asked (spec/e2ee.md §15.5). */
const TIMEOUT_MS = 120_000;

/**
 * How far two members are in comparing emoji. `asked`: the other has not answered yet; `offered`: the other asked; `agreed`:
 * the emoji are about to be known; `shown`: they are to be compared aloud; `matched`, `differed`: what came of it. Or why nothing
 * did: `declined`: the other did not want to; `unanswered`: it has not answered in time; `ended`: it took back what it had asked, or
 * broke off, or it was not answered in time.
 */
export type ComparisonState =
  'none' | 'asked' | 'offered' | 'agreed' | 'shown' | 'matched' | 'differed' | 'declined' | 'unanswered' | 'ended';

/** In these the other has to do something, or the user who was asked. */
const WAITING: ReadonlySet<ComparisonState> = new Set(['asked', 'offered', 'agreed'] as const);
const SETTLED: ReadonlySet<ComparisonState> = new Set(['none', 'matched', 'differed'] as const);

export interface ComparingOptions {
  readonly meeting: Meeting;
  readonly identity: Identity;
  readonly ownId: Bytes;
  readonly random: Random;
  now(): number;
  /** That of the joining before: who was verified stays so. */
  readonly previous: Comparing | undefined;
  send(message: Bytes, to: readonly Member[]): void;
  changed(member: Member): void;
  /** Somebody is in between. */
  flag(member: Member): void;
}

/** Interactive comparison of emoji (spec/e2ee.md §15). Used within the session's jobs. */
export class Comparing {
  readonly #options: ComparingOptions;
  /** Identities whose emoji were the same. */
  readonly #proven: Set<string>;

  constructor(options: ComparingOptions) {
    this.#options = options;
    this.#proven = new Set(options.previous ? options.previous.#proven : []);
  }

  isProven(member: Member): boolean {
    return this.#proven.has(hex(member.announcement.identityKey));
  }

  /** Asks a member to compare, or answers one that has asked. */
  async start(member: Member): Promise<void> {
    const { state, commit } = member.comparison;
    const nonce = this.#options.random(32);
    const own = await sasCommitment(this.#options.ownId, nonce);
    await this.#send(member, MessageType.sasCommit, own);
    if (state !== 'offered') return this.#set(member, { state: 'asked', nonce, own });
    await this.#send(member, MessageType.sasReveal, nonce);
    this.#set(member, { state: 'agreed', nonce, own, commit });
  }

  /** same: the user saw the same emoji. Does nothing unless they are shown. */
  finish(member: Member, same: boolean): void {
    if (member.comparison.state !== 'shown') return;
    if (!same) return this.#differed(member);
    this.#proven.add(hex(member.announcement.identityKey));
    this.#set(member, { state: 'matched' });
  }

  /** Declines, takes back or breaks off what is under way, or forgets why nothing came of it. */
  async end(member: Member): Promise<void> {
    if (SETTLED.has(member.comparison.state)) return;
    await this.#sendEnd(member);
    this.#set(member, { state: 'none' });
  }

  /** Ends what was not answered in time. */
  async expire(member: Member, now: number): Promise<void> {
    const { state, own, until = Infinity } = member.comparison;
    if (until > now) return;
    // Who asked counts for itself, and says so.
    if (own) await this.#sendEnd(member);
    this.#set(member, { state: state === 'asked' ? 'unanswered' : 'ended' });
  }

  /** Takes a SAS message. */
  async receive(member: Member, type: SasType, message: Uint8Array): Promise<void> {
    const { meeting, ownId } = this.#options;
    const value = await openSas(meeting, type, member.announcement, ownId, message);
    if (type === MessageType.sasCommit) return this.#committed(member, value);
    if (type === MessageType.sasReveal) return this.#revealed(member, value);
    return this.#ended(member, value);
  }

  async #committed(member: Member, commit: Bytes): Promise<void> {
    const { state, nonce, own } = member.comparison;
    if (state !== 'asked' || !nonce) return this.#set(member, { state: 'offered', commit });
    await this.#send(member, MessageType.sasReveal, nonce);
    this.#set(member, { state: 'agreed', nonce, own, commit });
  }

  async #revealed(member: Member, value: Bytes): Promise<void> {
    const { ownId } = this.#options;
    const { state, nonce, own, commit } = member.comparison;
    if (state !== 'agreed' || !nonce || !commit) {
      // Behind a question that nobody answered yet: that was the answer to what was taken back meanwhile.
      if (state === 'offered') this.#set(member, { state: 'none' });
      throw new E2eeError('code-unexpected', 'revealed a number unasked');
    }
    const { id } = member.announcement;
    if (!equal(await sasCommitment(id, value), commit)) {
      this.#differed(member);
      throw new E2eeError('code-invalid', 'revealed another number than it committed to');
    }
    const numbers = await sasNumbers({ id: ownId, nonce }, { id, nonce: value });
    this.#set(member, { state: 'shown', own, commit, emoji: numbers.map((number) => EMOJI[number]!) });
  }

  async #ended(member: Member, named: Bytes): Promise<void> {
    const { state, own, commit } = member.comparison;
    const known = own !== undefined && equal(named, own);
    if (!known && !(commit && equal(named, commit))) {
      throw new E2eeError('code-unexpected', 'ended what is not under way');
    }
    // It ended before this session's commit came, which it takes for a new question.
    if (own && !known) await this.#send(member, MessageType.sasEnd, own);
    this.#set(member, { state: state === 'asked' ? 'declined' : 'ended' });
  }

  /** Names the member's commit, which shows that it is known, or else this session's. */
  async #sendEnd(member: Member): Promise<void> {
    const { own, commit = own } = member.comparison;
    if (commit) await this.#send(member, MessageType.sasEnd, commit);
  }

  async #send(member: Member, type: SasType, value: Bytes): Promise<void> {
    const { meeting, identity, ownId, send } = this.#options;
    send(await createSas(meeting, type, identity, ownId, member.announcement.id, value), [member]);
  }

  #differed(member: Member): void {
    this.#proven.delete(hex(member.announcement.identityKey));
    this.#set(member, { state: 'differed' });
    this.#options.flag(member);
  }

  #set(member: Member, comparison: Comparison): void {
    const until = WAITING.has(comparison.state) ? this.#options.now() + TIMEOUT_MS : undefined;
    member.comparison = { ...comparison, until };
    this.#options.changed(member);
  }
}

/** The state of one pair; one's own commit and the other's are there while it is under way. */
export interface Comparison {
  readonly state: ComparisonState;
  readonly nonce?: Bytes;
  readonly own?: Bytes | undefined;
  readonly commit?: Bytes | undefined;
  readonly emoji?: readonly Emoji[];
  /** When it is over by itself, on the clock of `now`. */
  readonly until?: number | undefined;
}
