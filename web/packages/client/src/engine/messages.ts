import type { ClientKind } from '../transport/index.js';
import { DataMessageSchema, type DataDelivery, type Welcome } from '../wire/gen/confab/v1/control_pb.js';
import { create } from '../wire/protobuf/create.js';
import { Failure } from './failure.js';
import { InTurn } from './in-turn.js';
import { encodeProfile, parseProfile, PROFILE_TOPIC, RESERVED_TOPIC_PREFIX, type Profile } from './profile.js';
import type { Delta, PageRequest } from './protocol.js';
import type { Roster } from './roster.js';
import type { Security } from './security.js';
import { permissionsOf } from './sources.js';

export interface MessagesPort {
  send(message: ClientKind): void;
  emit(delta: Delta): void;
  log(error: unknown): void;
}

/** Encrypted data messages: those of the page, and profiles, which are the library's own. */
export class Messages {
  readonly #port: MessagesPort;
  readonly #roster: Roster;
  readonly #security: Security;
  /** Messages leave in the order in which they were handed over. */
  readonly #out: InTurn;
  /** Sessions that were told the profile, if there was anything to tell. */
  readonly #greeted = new Set<string>();
  #profile: Profile;
  #announcedName = '';
  #welcome: Welcome | undefined;

  constructor(port: MessagesPort, roster: Roster, security: Security, profile: Profile) {
    this.#port = port;
    this.#roster = roster;
    this.#security = security;
    this.#profile = profile;
    this.#out = new InTurn((error) => port.log(error));
  }

  get profile(): Profile {
    return this.#profile;
  }

  /** The name to announce; what is told later is what differs from it. */
  announceName(): string {
    return (this.#announcedName = this.#profile.name);
  }

  /** A fresh session, or other grants in it. */
  join(welcome: Welcome): void {
    if (welcome.session !== this.#welcome?.session) this.#greeted.clear();
    this.#welcome = welcome;
  }

  /** A member can read now; it is told what the announcement did not tell. */
  greet(session: string): void {
    if (this.#greeted.has(session)) return;
    this.#greeted.add(session);
    const { name, attributes } = this.#profile;
    if (name === this.#announcedName && Object.keys(attributes).length === 0) return;
    this.#sendProfile([session]).catch((error: unknown) => this.#port.log(error));
  }

  forget(session: string): void {
    this.#greeted.delete(session);
  }

  /** Tells everybody, and whoever comes later. */
  async setProfile(profile: Profile): Promise<void> {
    this.#profile = profile;
    await this.#sendProfile([]);
  }

  /** Resolves when the message is on its way. Rejects with `forbidden`, `limit`, `closed`. */
  async send(o: Extract<PageRequest, { method: 'sendData' }>): Promise<void> {
    if (!this.#allowed) throw new Failure('forbidden', 'You are not allowed to send messages in this meeting.');
    const to = o.to?.flatMap((identity) => this.#roster.byIdentity(identity)?.session ?? []) ?? [];
    if (o.to && o.to.length > 0 && to.length === 0) {
      throw new Failure('closed', 'None of those people is in the meeting now.');
    }
    await this.#send(o.topic, o.data, to, !o.reliable);
  }

  async receive({ from, topic, payload }: DataDelivery): Promise<void> {
    try {
      const data = await this.#security.openData(from, topic, payload);
      const member = this.#roster.members.get(from);
      if (!member) return;
      if (!topic.startsWith(RESERVED_TOPIC_PREFIX)) {
        return this.#port.emit({ kind: 'data', identity: member.identity, topic, data });
      }
      const profile = topic === PROFILE_TOPIC ? parseProfile(data) : undefined;
      if (profile) this.#roster.setProfile(from, profile);
    } catch (error) {
      this.#port.log(error);
    }
  }

  get #allowed(): boolean {
    return permissionsOf(this.#welcome?.grants).data;
  }

  async #sendProfile(to: readonly string[]): Promise<void> {
    if (this.#allowed) await this.#send(PROFILE_TOPIC, encodeProfile(this.#profile), to, false);
  }

  async #send(topic: string, data: Uint8Array, to: readonly string[], droppable: boolean): Promise<void> {
    const most = this.#welcome?.limits?.dataMessageBytes ?? Infinity;
    if (data.length > most) {
      throw new Failure('limit', `A message may have ${most} bytes; this one has ${data.length}.`);
    }
    const sealed = this.#security.sealData(topic, data);
    await this.#out.add(sealed, (payload) =>
      this.#port.send({ case: 'data', value: create(DataMessageSchema, { topic, to: [...to], payload, droppable }) }),
    );
    await sealed;
  }
}
