import { BaseKey } from './base-key.js';
import type { Bytes } from './bytes.js';
import type { Random } from './crypto.js';
import type { Distribution } from './distribution.js';
import type { Member } from './member.js';
import { SendingKey } from './sending-key.js';
import { BASE_KEY_BYTES } from './sframe.js';

const COLLECT_JOINS_MS = 500;
const MAX_RATCHETS = 8;
const RATCHET_EVERY_MS = 600_000;
const BETWEEN_ROTATIONS_MS = 5000;
const ANSWER_EVERY_MS = 1000;
/** How many members are served in one go: encapsulating to a thousand takes seconds, in which keys of others wait. */
const SLICE = 32;

export interface SenderKeysOptions {
  /** One's own sender index. */
  readonly index: number;
  /** Whether the key exists from the start; else the first seal makes it. */
  readonly publisher: boolean;
  readonly random: Random;
  readonly distribution: Distribution;
  now(): number;
  /** A rotated key is in use from now on: every video encoder owes a keyframe. */
  rotated(): void;
  /** A member that left has no key that is in use any more. */
  gone(member: Member): void;
  /** Members were given a key that had none. */
  served(): Promise<void>;
  /** The key was made. */
  begun(): void;
  /** Something is due that was not before. */
  changed(): void;
}

/**
 * One's own sender key over time, and who has it (spec/e2ee.md §6). seal, add and remove may be called at any time;
 * work and answer one at a time.
 */
export class SenderKeys {
  readonly #options: SenderKeysOptions;
  #current: SendingKey | undefined;
  /** A rotated key that was sent and is not in use yet. */
  #coming: SendingKey | undefined;
  /** Ratchets of the current generation. */
  #ratchets = 0;
  /** New members that are being collected, and since when. */
  readonly #waiting = new Set<Member>();
  #waitingSince = Infinity;
  /** Members that may have the newest key and get it next. */
  readonly #entitled = new Set<Member>();
  /** Members that were given a key. */
  readonly #given = new Set<Member>();
  /** Members that were given a key which is not in use yet, and none before it. */
  readonly #early = new Set<Member>();
  /** Who waits in `shared`, and for whom. */
  readonly #sharing = new Set<{ readonly members: readonly Member[]; resolve(): void }>();
  /** Members that left after they were given a key, with the first generation that they were not given. */
  #leavers: { readonly member: Member; readonly excludedBy: number }[] = [];
  #rotateAt = Infinity;
  #useAt = Infinity;
  #rotatedAt = -Infinity;
  #ratchetAt = Infinity;

  constructor(options: SenderKeysOptions) {
    this.#options = options;
    if (options.publisher) this.#start();
  }

  /** Seals under the current key; counters follow the order of calls. */
  seal(slot: number, metadata: Uint8Array, plaintext: Uint8Array): Promise<Bytes> {
    const key = this.#current ?? this.#start();
    if (key.used) return key.seal(slot, metadata, plaintext);
    // Those who joined before anything was sealed may read it.
    this.#entitleWaiting();
    const sealed = key.seal(slot, metadata, plaintext);
    this.#options.changed();
    return sealed;
  }

  /** Resolves when everybody who is a member now, and has not left since, was given the key that `seal` uses. */
  shared(): Promise<void> {
    const members = this.#current?.used ? this.#unserved() : [];
    if (members.length === 0) return Promise.resolve();
    return new Promise((resolve) => this.#sharing.add({ members, resolve }));
  }

  /** A member joined. */
  add(member: Member): void {
    if (this.#waiting.size === 0) this.#waitingSince = this.#options.now();
    this.#waiting.add(member);
    this.#options.changed();
  }

  /** A member left, or was removed by a host, which does not wait for others to leave as well. */
  remove(member: Member, removed: boolean): void {
    const had = this.exclude(member, removed);
    if (!had && !this.#leavers.some((leaver) => leaver.member === member)) this.#options.gone(member);
  }

  /** A member is to have no more keys, though it has not left. Tells whether it had any. */
  exclude(member: Member, removed: boolean): boolean {
    this.#waiting.delete(member);
    this.#entitled.delete(member);
    this.#early.delete(member);
    this.#tellShared();
    if (!this.#given.delete(member)) return false;
    this.#leavers.push({ member, excludedBy: this.#newest!.base.gen + 1 });
    const members = this.#given.size + this.#entitled.size + this.#waiting.size + 1;
    const now = this.#options.now();
    if (removed) this.#rotateAt = now;
    else if (this.#rotateAt === Infinity) {
      this.#rotateAt = Math.max(now + this.#leaveWait(members), this.#rotatedAt + BETWEEN_ROTATIONS_MS);
    }
    this.#options.changed();
    return true;
  }

  /** Makes the key, if there is none. */
  begin(): void {
    if (this.#current) return;
    this.#start();
    this.#options.changed();
  }

  /** The key in use. */
  get current(): SendingKey | undefined {
    return this.#current;
  }

  /** Whether a member was given a key. */
  hasKey(member: Member): boolean {
    return this.#given.has(member);
  }

  /** Of the key that is in use; undefined before there is one. */
  get generation(): number | undefined {
    return this.#current?.base.gen;
  }

  /** When work is due next; Infinity for never. */
  next(): number {
    if (!this.#current) return Infinity;
    if (this.#entitled.size > 0) return -Infinity;
    const ratchetAt = this.#current.used && !this.#coming ? this.#ratchetAt : Infinity;
    return Math.min(this.#useAt, this.#rotateAt, this.#joinsAt(), ratchetAt);
  }

  /** Does what is due, or the next part of it. */
  async work(): Promise<void> {
    const now = this.#options.now();
    if (this.#useAt <= now) this.#use();
    if (this.#rotateAt <= now) {
      await this.#rotate();
    } else if (this.#joinsAt() <= now) {
      this.#entitleWaiting();
      if (this.#current?.used && !this.#coming) await this.#step();
    } else if (this.#current?.used && !this.#coming && this.#ratchetAt <= now) {
      await this.#step();
    }
    await this.#serve();
  }

  /** Answers a KEYREQ; haveChannel: the number of the channel that the asker holds. */
  async answer(member: Member, haveChannel: number): Promise<void> {
    const now = this.#options.now();
    const key = this.#newest;
    if (!key || !this.#given.has(member) || now < member.answeredAt + ANSWER_EVERY_MS) return;
    member.answeredAt = now;
    if (haveChannel !== member.outgoing?.number) member.outgoing = undefined;
    await this.#options.distribution.give(key.base, [member]);
  }

  erase(): void {
    this.#current?.base.erase();
    this.#coming?.base.erase();
    this.#waiting.clear();
    this.#entitled.clear();
    this.#given.clear();
    this.#early.clear();
    this.#leavers = [];
    this.#tellShared();
  }

  /** The key that members are given. */
  get #newest(): SendingKey | undefined {
    return this.#coming ?? this.#current;
  }

  #start(): SendingKey {
    this.#current = new SendingKey(this.#fresh(0));
    this.#ratchetAt = this.#options.now() + RATCHET_EVERY_MS;
    this.#options.begun();
    return this.#current;
  }

  #fresh(gen: number): BaseKey {
    return new BaseKey(this.#options.index, gen, 0, this.#options.random(BASE_KEY_BYTES));
  }

  #entitleWaiting(): void {
    for (const member of this.#waiting) this.#entitled.add(member);
    this.#waiting.clear();
  }

  /** New members are not made to wait while nothing is sealed that they might read. */
  #joinsAt(): number {
    if (this.#waiting.size === 0 || !this.#current) return Infinity;
    return this.#current.used ? this.#waitingSince + COLLECT_JOINS_MS : this.#waitingSince;
  }

  #leaveWait(members: number): number {
    if (members <= 50) return 1000;
    return members <= 200 ? 3000 : 10_000 + this.#fraction() * 5000;
  }

  /** Makes what was sealed so far unreadable with the key that is given out from now on. */
  async #step(): Promise<void> {
    if (this.#ratchets >= MAX_RATCHETS) return this.#rotate();
    const old = this.#current!;
    this.#current = new SendingKey(await old.base.ratchet(1));
    old.base.erase();
    this.#ratchets++;
    this.#ratchetAt = this.#options.now() + RATCHET_EVERY_MS;
  }

  async #rotate(): Promise<void> {
    const now = this.#options.now();
    const coming = new SendingKey(this.#fresh(this.#newest!.base.gen + 1));
    this.#coming?.base.erase();
    this.#coming = coming;
    this.#rotateAt = Infinity;
    this.#rotatedAt = now;
    this.#useAt = this.#given.size > 0 ? now + 1000 + this.#fraction() * 1000 : now;
    this.#entitleWaiting();
    await this.#options.distribution.give(coming.base, [...this.#given]);
  }

  #use(): void {
    this.#current!.base.erase();
    this.#current = this.#coming;
    this.#coming = undefined;
    this.#early.clear();
    this.#tellShared();
    this.#ratchets = 0;
    this.#useAt = Infinity;
    this.#ratchetAt = this.#options.now() + RATCHET_EVERY_MS;
    this.#options.rotated();
    const gone = this.#leavers.filter(({ excludedBy }) => excludedBy <= this.#current!.base.gen);
    this.#leavers = this.#leavers.filter((leaver) => !gone.includes(leaver));
    for (const { member } of gone) if (member.left) this.#options.gone(member);
  }

  async #serve(): Promise<void> {
    const key = this.#newest;
    if (!key) return;
    const slice = [...this.#entitled].slice(0, SLICE);
    for (const member of slice) {
      this.#entitled.delete(member);
      this.#given.add(member);
      if (key !== this.#current) this.#early.add(member);
    }
    await this.#options.distribution.give(key.base, slice);
    if (slice.length > 0) await this.#options.served();
    this.#tellShared();
  }

  #unserved(): Member[] {
    return [...this.#waiting, ...this.#entitled, ...this.#early];
  }

  #tellShared(): void {
    if (this.#sharing.size === 0) return;
    const unserved = new Set(this.#unserved());
    for (const sharing of this.#sharing) {
      if (sharing.members.some((member) => unserved.has(member))) continue;
      this.#sharing.delete(sharing);
      sharing.resolve();
    }
  }

  /** A random number from 0 to 1. */
  #fraction(): number {
    const [a, b] = this.#options.random(2);
    return (a! * 0x100 + b!) / 0x1_0000;
  }
}
