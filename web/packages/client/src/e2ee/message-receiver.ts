import type { Bytes } from './bytes.js';
import { openChannel } from './channel.js';
import { aesKey } from './crypto.js';
import { E2eeError } from './errors.js';
import { checkCommit, openKey, openWrap } from './key.js';
import type { Comparing } from './comparing.js';
import type { Hosting } from './hosting.js';
import type { Presence } from './presence.js';
import { openKeyRequest } from './keyreq.js';
import type { Meeting } from './meeting.js';
import type { Member } from './member.js';
import { MessageType } from './message.js';
import type { SenderKeys } from './sender-keys.js';
import type { Trouble } from './trouble.js';
import type { KemKeyPair } from './xwing.js';

const NOTHING = new Uint8Array();

export interface MessageReceiverOptions {
  readonly meeting: Meeting;
  readonly ownId: Bytes;
  readonly ownIndex: number;
  readonly kem: KemKeyPair;
  readonly keys: SenderKeys;
  readonly trouble: Trouble;
  readonly presence: Presence;
  readonly hosting: Hosting;
  readonly comparing: Comparing;
  now(): number;
  /** A key of the member was accepted. */
  keyCame(member: Member): void;
}

/** Works on the messages of members, one at a time. What is bad about one is thrown as E2eeError. */
export class MessageReceiver {
  readonly #options: MessageReceiverOptions;

  constructor(options: MessageReceiverOptions) {
    this.#options = options;
  }

  /** Takes one E2eeDelivery (spec/e2ee.md §3.1). */
  async receive(member: Member, common: Uint8Array, payload: Uint8Array): Promise<void> {
    const [message, wrap] = common.length > 0 ? [common, payload] : [payload, NOTHING];
    const type = message[0];
    if (member.apart === 'removed-by-host') throw new E2eeError('removed-by-host', 'the participant was removed');
    if (type === undefined) throw new E2eeError('truncated', 'the message is empty');
    if (type !== MessageType.key && wrap.length > 0) {
      throw new E2eeError('trailing-bytes', 'only a key has a payload besides the common bytes');
    }
    if (type === MessageType.channel) return this.#channel(member, message);
    if (type === MessageType.key) return this.#key(member, message, wrap);
    if (type === MessageType.keyreq) return this.#keyRequest(member, message);
    if (type === MessageType.heartbeat) return this.#heartbeat(member, message);
    if (type === MessageType.host) return this.#options.hosting.receiveHost(message);
    if (type === MessageType.admit || type === MessageType.remove || type === MessageType.guard) {
      return this.#options.hosting.receive(member, type, message);
    }
    if (type === MessageType.sasCommit || type === MessageType.sasReveal || type === MessageType.sasEnd) {
      return this.#options.comparing.receive(member, type, message);
    }
    throw new E2eeError('type-unexpected', 'a message of a type that is not supported');
  }

  async #channel(member: Member, message: Uint8Array): Promise<void> {
    const { meeting, ownId, kem } = this.#options;
    const last = member.incoming?.number ?? 0;
    const { number, wrapKey } = await openChannel(meeting, member.announcement, ownId, kem, last, message);
    member.incoming = { number, key: await aesKey(wrapKey), counter: -1n };
  }

  async #key(member: Member, message: Uint8Array, wrap: Uint8Array): Promise<void> {
    const { meeting, ownIndex } = this.#options;
    const { announcement, incoming } = member;
    try {
      const key = await openKey(meeting, announcement, member.newest, message);
      if (!incoming) throw new E2eeError('channel-unknown', 'the key came before its channel');
      const { baseKey, counter } = await openWrap(incoming.key, ownIndex, incoming.counter, key, wrap);
      incoming.counter = counter;
      await checkCommit(meeting, announcement.id, key, baseKey);
      member.ring.add(key, baseKey);
      // Until now nobody expected to hear of it.
      if (!member.sends) member.heardAt = this.#options.now();
      member.newest = key;
    } catch (error) {
      this.#accuse(member, error);
      throw error;
    }
    if (!member.apart) this.#options.keyCame(member);
  }

  async #heartbeat(member: Member, message: Uint8Array): Promise<void> {
    try {
      await this.#options.presence.receive(member, message);
    } catch (error) {
      this.#accuse(member, error);
      throw error;
    }
  }

  #accuse(member: Member, error: unknown): void {
    const code = error instanceof E2eeError ? error.code : undefined;
    if (code === 'equivocation' || code === 'commit-mismatch') this.#options.trouble.flag(member.session, code);
  }

  async #keyRequest(member: Member, message: Uint8Array): Promise<void> {
    const { meeting, ownId, keys } = this.#options;
    const request = await openKeyRequest(meeting, member.announcement, ownId, member.lastRequest, message);
    member.lastRequest = request.seq;
    await keys.answer(member, request.haveChannel);
  }
}
