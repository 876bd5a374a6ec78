import { Role, openAnnouncement } from './announcement.js';
import { type Bytes, Reader } from './bytes.js';
import { Authority } from './authority.js';
import { Comparing } from './comparing.js';
import { systemRandom } from './crypto.js';
import { Distribution, type OutgoingMessage } from './distribution.js';
import { E2eeError, type E2eeErrorCode } from './errors.js';
import type { E2eeEvent } from './events.js';
import { FrameOpener } from './frame-opener.js';
import { isHostOf } from './host.js';
import { Hosting } from './hosting.js';
import { Member } from './member.js';
import { MessageReceiver } from './message-receiver.js';
import type { Own } from './own.js';
import { Presence } from './presence.js';
import { Roster } from './roster.js';
import { SenderKeys } from './sender-keys.js';
import type { E2eeSessionOptions } from './session-options.js';
import { Trouble } from './trouble.js';

const DEFAULT_MESSAGE_BYTES = 60_000;

/** Where what the parts of a session have to say goes. */
export interface Outlet {
  emit(event: E2eeEvent): void;
  send(message: OutgoingMessage): void;
  /** What is due when may have changed. */
  changed(): void;
}

/** What a session is made of, and what its parts tell each other when somebody comes, goes, is let in or set apart. */
export class Parts {
  readonly roster: Roster;
  readonly trouble: Trouble;
  readonly keys: SenderKeys;
  readonly receiver: MessageReceiver;
  readonly opener: FrameOpener;
  readonly hosting: Hosting;
  readonly presence: Presence;
  readonly comparing: Comparing;
  readonly #options: E2eeSessionOptions;
  readonly #own: Own;
  readonly #outlet: Outlet;

  /** previous: those of the joining before. */
  constructor(options: E2eeSessionOptions, own: Own, outlet: Outlet, previous: Parts | undefined) {
    const { meeting, identity, kem, founder } = own;
    const authority = previous?.hosting.authority ?? authorityOf(options, own);
    const { id, index } = own.announcement;
    const { now, random = systemRandom, maxMessageBytes = DEFAULT_MESSAGE_BYTES } = options;
    const { emit, send, changed } = outlet;
    this.#options = options;
    this.#own = own;
    this.#outlet = outlet;
    const roster = new Roster(own.announcement);
    this.roster = roster;
    this.trouble = new Trouble(emit, () => roster.members);
    const distribution = new Distribution({
      meeting,
      identity,
      ownId: id,
      random,
      maxMessageBytes,
      roster: () => roster.ids,
      send,
    });
    this.keys = new SenderKeys({
      index,
      publisher: (options.roles & Role.publisher) !== 0 || authority.isHost(subjectOf(own)),
      random,
      distribution,
      now,
      rotated: () => emit({ type: 'keyRotated' }),
      gone: (member) => emit({ type: 'memberGone', session: member.session }),
      served: () => this.hosting.inform(),
      begun: () => this.#begun(),
      changed,
    });
    this.opener = new FrameOpener({
      trouble: this.trouble,
      now,
      emit,
      changed,
    });
    const tell = (message: Bytes, to: readonly Member[]) => distribution.tell(message, to);
    this.hosting = new Hosting({
      meeting,
      identity,
      ownId: id,
      host: own.host,
      founder,
      authority,
      roster,
      keys: this.keys,
      maxMessageBytes,
      wall: options.wall ?? Date.now,
      send: tell,
      letIn: (member) => this.#letIn(member),
      setApart: (member, code) => this.#setApart(member, code),
      changed: () => this.#hostsChanged(),
    });
    this.presence = new Presence({
      meeting,
      identity,
      ownId: id,
      roster,
      keys: this.keys,
      now,
      fraction: () => new Reader(random(4)).u32() / 2 ** 32,
      send: tell,
      changed: (member) => this.hosting.review(member),
      differs: ({ session, differs }) => emit({ type: 'rosterDiffers', session, differs }),
    });
    this.comparing = new Comparing({
      meeting,
      identity,
      ownId: id,
      random,
      now,
      previous: previous?.comparing,
      send: tell,
      changed: ({ session, comparison: { state, emoji } }) =>
        emit({ type: 'comparisonChanged', session, state, emoji }),
      flag: (member) => this.trouble.flag(member.session, 'code-differs'),
    });
    this.receiver = new MessageReceiver({
      meeting,
      ownId: id,
      ownIndex: index,
      kem,
      keys: this.keys,
      trouble: this.trouble,
      presence: this.presence,
      hosting: this.hosting,
      comparing: this.comparing,
      now,
      keyCame: (member) => this.opener.release(member),
    });
  }

  /** Takes a participant. Resolves to the code of what is wrong with it. */
  async join(session: string, wire: Bytes): Promise<E2eeErrorCode | undefined> {
    const roster = this.roster;
    try {
      if (roster.knows(session, wire)) return undefined;
    } catch (error) {
      const code = this.trouble.count(error);
      this.trouble.flag(session, code);
      return code;
    }
    try {
      const announcement = await openAnnouncement(this.#own.meeting, wire);
      if (announcement.index === this.#own.announcement.index) this.#outlet.emit({ type: 'indexCollision', session });
      roster.check(announcement);
      const founder = await isHostOf(this.#options.host, announcement.identityKey);
      const member = new Member(session, announcement, wire, founder, this.#outlet.changed);
      roster.add(member);
      await this.hosting.readmit([member]);
      this.hosting.review(member);
      if (this.hosting.isHost(member)) this.#hostsChanged();
      return undefined;
    } catch (error) {
      const code = this.trouble.count(error);
      roster.refuse(session, wire, code);
      this.#outlet.emit({ type: 'memberRefused', session, code });
      return code;
    }
  }

  /** Takes the leaving of a participant; removed: a host took it out. */
  leave(session: string, removed: boolean): void {
    const member = this.roster.remove(session);
    if (!member) return;
    member.leave(new E2eeError('member-unknown', 'the participant left'));
    this.hosting.forget(member);
    this.#rosterChanged();
    this.trouble.update(member);
    this.keys.remove(member, removed);
  }

  #letIn(member: Member): void {
    const { session, announcement } = member;
    const { name, roles, identityKey } = announcement;
    member.heardAt = this.#options.now();
    this.#rosterChanged();
    this.#outlet.emit({ type: 'memberVerified', session, name, roles, identityKey });
    this.keys.add(member);
    this.opener.release(member);
  }

  #setApart(member: Member, code: E2eeErrorCode): void {
    const { session, announcement } = member;
    const { name, roles, identityKey } = announcement;
    this.presence.agree(member);
    this.#rosterChanged();
    this.keys.exclude(member, code === 'removed-by-host');
    if (code === 'removed-by-host') member.forget(new E2eeError(code, 'the participant was removed'));
    this.#outlet.emit({ type: 'memberApart', session, code, name, roles, identityKey });
  }

  #rosterChanged(): void {
    this.roster.changed(this.#options.now());
    this.presence.look();
  }

  /** From now on listeners let this session hear of them. */
  #begun(): void {
    // The key of a publisher is made while the session is.
    this.presence?.hearAll();
    this.presence?.look();
  }

  #hostsChanged(): void {
    this.#outlet.emit({ type: 'hostsChanged', ...this.hosting.state });
  }
}

/** What is known of hosts' decisions by who joins for the first time since the page was loaded. */
function authorityOf({ decisions, wall = Date.now }: E2eeSessionOptions, own: Own): Authority {
  const authority = new Authority(own.host);
  if (decisions) authority.restore(decisions, subjectOf(own), wall());
  return authority;
}

function subjectOf({ identity, founder }: Own) {
  return { identityKey: identity.publicKey, founder };
}
