import type { BaseKey } from './base-key.js';
import type { Bytes } from './bytes.js';
import { createChannel } from './channel.js';
import { type Random, aesKey } from './crypto.js';
import type { Identity } from './identity.js';
import { commitTo, createKey, rosterDigest, sealWrap } from './key.js';
import type { Meeting } from './meeting.js';
import type { Member } from './member.js';

/** What goes out as one E2eeMessage (proto/confab/v1/control.proto): at least one part. */
export interface OutgoingMessage {
  readonly common: Bytes;
  readonly parts: readonly { readonly to: string; readonly payload: Bytes }[];
}

/** Protobuf framing of a part besides its session and payload, and of the message around the parts, rounded up. */
const PART_OVERHEAD = 16;
const MESSAGE_OVERHEAD = 64;
const NOTHING = new Uint8Array();

export interface DistributionOptions {
  readonly meeting: Meeting;
  readonly identity: Identity;
  readonly ownId: Bytes;
  readonly random: Random;
  /** Largest E2eeMessage, in bytes. */
  readonly maxMessageBytes: number;
  /** The announcement ids of all members, one's own included. */
  roster(): readonly Bytes[];
  send(message: OutgoingMessage): void;
}

/** Hands own keys to members: CHAN where there is no channel, then KEY with a WRAP for each (spec/e2ee.md §3.2). */
export class Distribution {
  readonly #options: DistributionOptions;

  constructor(options: DistributionOptions) {
    this.#options = options;
  }

  async give(key: BaseKey, members: readonly Member[]): Promise<void> {
    if (members.length === 0) return;
    await this.#openChannels(members.filter((member) => !member.outgoing));
    const { meeting, identity, ownId } = this.#options;
    const version = { gen: key.gen, step: key.step };
    const commit = await commitTo(meeting, ownId, version, key.bytes);
    const roster = await rosterDigest(this.#options.roster());
    const { message, hash } = await createKey(meeting, identity, ownId, { ...version, commit, roster });
    const reachable = members.filter((member) => member.outgoing);
    const parts = reachable.map(async (member) => {
      const channel = member.outgoing!;
      channel.counter++;
      const payload = await sealWrap(channel.key, member.announcement.index, channel.counter, hash, key.bytes);
      return { to: member.session, payload };
    });
    this.#send(message, await Promise.all(parts));
  }

  /** Sends members something that is the same for all of them. */
  tell(message: Bytes, members: readonly Member[]): void {
    this.#send(
      message,
      members.map(({ session }) => ({ to: session, payload: NOTHING })),
    );
  }

  async #openChannels(members: readonly Member[]): Promise<void> {
    const { meeting, identity, ownId, random } = this.#options;
    const parts = [];
    for (const member of members) {
      const number = ++member.channelsOpened;
      const { channel, message } = await createChannel(meeting, identity, ownId, member.announcement, number, random);
      member.outgoing = { number, key: await aesKey(channel.wrapKey), counter: -1n };
      parts.push({ to: member.session, payload: message });
    }
    this.#send(NOTHING, parts);
  }

  #send(common: Bytes, parts: OutgoingMessage['parts']): void {
    const room = this.#options.maxMessageBytes - MESSAGE_OVERHEAD - common.length;
    let batch: OutgoingMessage['parts'][number][] = [];
    let size = 0;
    for (const part of parts) {
      const partSize = part.payload.length + part.to.length + PART_OVERHEAD;
      if (batch.length > 0 && size + partSize > room) {
        this.#options.send({ common, parts: batch });
        batch = [];
        size = 0;
      }
      batch.push(part);
      size += partSize;
    }
    if (batch.length > 0) this.#options.send({ common, parts: batch });
  }
}
