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

/**
 * How far two members are in comparing emoji. `asked`: the other has not answered yet; `offered`: the other asked; `agreed`:
 * the emoji are about to be known; `shown`: they are to be compared aloud; `matched`, `differed`: what came of it.
 */
export type ComparisonState = 'none' | 'asked' | 'offered' | 'agreed' | 'shown' | 'matched' | 'differed';

export interface ComparingOptions {
  readonly meeting: Meeting;
  readonly identity: Identity;
  readonly ownId: Bytes;
  readonly random: Random;
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
    const answers = member.comparison.state === 'offered';
    const nonce = this.#options.random(32);
    const { commit } = member.comparison;
    await this.#send(member, MessageType.sasCommit, await sasCommitment(this.#options.ownId, nonce));
    if (answers) await this.#send(member, MessageType.sasReveal, nonce);
    this.#set(member, answers ? { state: 'agreed', nonce, commit } : { state: 'asked', nonce });
  }

  /** same: the user saw the same emoji. Before they are shown it gives up. */
  finish(member: Member, same: boolean): void {
    if (member.comparison.state !== 'shown') return this.#set(member, { state: 'none' });
    if (!same) return this.#differed(member);
    this.#proven.add(hex(member.announcement.identityKey));
    this.#set(member, { state: 'matched' });
  }

  /** Takes a SAS message. */
  async receive(member: Member, type: SasType, message: Uint8Array): Promise<void> {
    const { meeting, ownId } = this.#options;
    const value = await openSas(meeting, type, member.announcement, ownId, message);
    const { state, nonce, commit } = member.comparison;
    if (type === MessageType.sasCommit) {
      if (state !== 'asked' || !nonce) return this.#set(member, { state: 'offered', commit: value });
      await this.#send(member, MessageType.sasReveal, nonce);
      return this.#set(member, { state: 'agreed', nonce, commit: value });
    }
    if (state !== 'agreed' || !nonce || !commit) {
      throw new E2eeError('code-unexpected', 'a number was revealed that was not asked for');
    }
    const { id } = member.announcement;
    if (!equal(await sasCommitment(id, value), commit)) {
      this.#differed(member);
      throw new E2eeError('code-invalid', 'the number revealed is not the one committed to');
    }
    const numbers = await sasNumbers({ id: ownId, nonce }, { id, nonce: value });
    this.#set(member, { state: 'shown', emoji: numbers.map((number) => EMOJI[number]!) });
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
    member.comparison = comparison;
    this.#options.changed(member);
  }
}

/** The state of one pair. */
export interface Comparison {
  readonly state: ComparisonState;
  readonly nonce?: Bytes | undefined;
  /** The other's. */
  readonly commit?: Bytes | undefined;
  readonly emoji?: readonly Emoji[];
}
