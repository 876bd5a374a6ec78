import { type Announcement, createAnnouncement, openAnnouncement, Role } from '../announcement.js';
import type { Bytes } from '../bytes.js';
import { createChannel } from '../channel.js';
import { aesKey, systemRandom } from '../crypto.js';
import type { E2eeErrorCode } from '../errors.js';
import { type Identity, generateIdentity } from '../identity.js';
import { commitTo, createKey, rosterDigest, sealWrap } from '../key.js';
import { createKeyRequest } from '../keyreq.js';
import { encodeKid } from '../kid.js';
import { type Meeting, deriveMeeting } from '../meeting.js';
import { deriveKey, frameSecret, sealFrame } from '../sframe.js';
import { generateKemKeyPair } from '../xwing.js';
import { ROOM, SECRET, type Participant } from './network.js';

type Outcome = Promise<E2eeErrorCode | undefined>;

const NOTHING = new Uint8Array();

/** A member that holds the meeting secret and makes every message by hand, towards one victim. */
export class Rogue {
  #wrapKey: CryptoKey | undefined;
  #wraps = 0n;
  #lastKey: { readonly message: Bytes; readonly wrap: Bytes } | undefined;

  private constructor(
    readonly victim: Participant,
    readonly name: string,
    readonly meeting: Meeting,
    readonly identity: Identity,
    readonly announcement: Announcement,
  ) {}

  static async join(victim: Participant, name = 'rogue'): Promise<Rogue> {
    const meeting = await deriveMeeting(ROOM, SECRET);
    const identity = await generateIdentity();
    const kem = await generateKemKeyPair();
    const fields = { createdMs: 0, roles: Role.publisher, kemKey: kem.publicKey, name };
    const wire = await createAnnouncement(meeting, identity, fields, systemRandom);
    await victim.e2ee.memberJoined(name, wire);
    return new Rogue(victim, name, meeting, identity, await openAnnouncement(meeting, wire));
  }

  async sendChannel(number: number): Outcome {
    const recipient = await this.#victimAnnouncement();
    const { id } = this.announcement;
    const { channel, message } = await createChannel(this.meeting, this.identity, id, recipient, number);
    const outcome = await this.victim.e2ee.receive(this.name, NOTHING, message);
    if (outcome === undefined) {
      this.#wrapKey = await aesKey(channel.wrapKey);
      this.#wraps = 0n;
    }
    return outcome;
  }

  /** Sends KEY and WRAP for baseKey; committed: the key that the KEY commits to instead. */
  async sendKey(gen: number, step: number, baseKey: Bytes, committed = baseKey): Outcome {
    const { id } = this.announcement;
    const commit = await commitTo(this.meeting, id, { gen, step }, committed);
    const roster = await rosterDigest([id]);
    const { message, hash } = await createKey(this.meeting, this.identity, id, { gen, step, commit, roster });
    const { index } = await this.#victimAnnouncement();
    const wrap = await sealWrap(this.#wrapKey!, index, this.#wraps++, hash, baseKey);
    this.#lastKey = { message, wrap };
    return this.resendKey();
  }

  /** Sends the last KEY and WRAP once more, as a node could. */
  resendKey(): Outcome {
    return this.victim.e2ee.receive(this.name, this.#lastKey!.message, this.#lastKey!.wrap);
  }

  async sendRequest(seq: bigint, haveChannel: number): Outcome {
    const { id } = await this.#victimAnnouncement();
    const request = { seq, genHint: 0, haveChannel };
    const message = await createKeyRequest(this.meeting, this.identity, this.announcement.id, id, request);
    return this.victim.e2ee.receive(this.name, NOTHING, message);
  }

  async seal(
    gen: number,
    step: number,
    baseKey: Bytes,
    slot: number,
    header: Bytes,
    plaintext: Uint8Array,
  ): Promise<Bytes> {
    const kid = encodeKid(this.announcement.index, slot, gen, step);
    return sealFrame(await deriveKey(await frameSecret(baseKey), kid), kid, 0, header, plaintext);
  }

  #victimAnnouncement(): Promise<Announcement> {
    return openAnnouncement(this.meeting, this.victim.e2ee.announcement());
  }
}
