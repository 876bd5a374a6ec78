import { type Bytes, hex } from './bytes.js';
import {
  type Certificate,
  type Decisions,
  type Eviction,
  FAMILIAR_MS,
  type Sighting,
  current,
  isRecent,
} from './decisions.js';
import { E2eeError, type E2eeErrorCode } from './errors.js';
import { type Appointment, type Guard, type Removal, isAfter } from './host.js';

const MOST_ADMITTED = 16_384;
const MOST_REMOVED = 4096;
const MOST_APPOINTED = 256;

/** What is asked about a member. */
export interface Subject {
  readonly id: Bytes;
  readonly identityKey: Bytes;
  /** It is who the link names. */
  readonly founder: boolean;
}

/** What hosts have decided (spec/e2ee.md §13). None of it depends on the order in which it came. Times are in ms since 1970. */
export class Authority {
  #setting: Guard = { epoch: 0n, on: false };
  #assumed = false;
  #changes = 0;
  readonly #host: Bytes | undefined;
  readonly #appointed = new Map<string, Certificate>();
  /** Announcements let in, of members that are here or about to come. */
  readonly #admitted = new Map<string, Sighting>();
  /** Identities of those of them who came, and of those whom this host let in. */
  readonly #familiar = new Map<string, Sighting>();
  readonly #removed = new Map<string, Eviction>();
  /** Identities taken out, each with whether the founder did it. */
  readonly #blocked = new Map<string, boolean>();

  /** host: whom the link names. */
  constructor(host: Bytes | undefined) {
    this.#host = host;
  }

  /** The newest GUARD. */
  get setting(): Guard {
    return this.#setting;
  }

  get guarded(): boolean {
    return this.#host !== undefined && (this.#setting.on || this.#assumed);
  }

  /** How many decisions were taken. */
  get changes(): number {
    return this.#changes;
  }

  get appointments(): Bytes[] {
    return Array.from(this.#appointed.values(), ({ message }) => message);
  }

  get admitted(): Bytes[] {
    return Array.from(this.#admitted.values(), ({ key }) => key);
  }

  get removed(): Removal[] {
    return [...this.#removed.values()];
  }

  isHost({ identityKey, founder }: Omit<Subject, 'id'>): boolean {
    return founder || (this.#appointed.get(hex(identityKey))?.appointment.on ?? false);
  }

  wasRemoved(id: Bytes): boolean {
    return this.#removed.has(hex(id));
  }

  /** Why an announcement is not sealed to; undefined if it is. */
  exclusion(subject: Subject): E2eeErrorCode | undefined {
    const host = this.isHost(subject);
    const admitted = this.#admitted.has(hex(subject.id));
    const removed = this.#removed.get(hex(subject.id));
    const blocked = this.#blocked.get(hex(subject.identityKey));
    if (removed && !subject.founder && (removed.founder || !host)) return 'removed-by-host';
    if (blocked !== undefined && !admitted && !subject.founder && (blocked || !host)) return 'removed-by-host';
    return this.guarded && !host && !admitted ? 'not-admitted' : undefined;
  }

  /** Notes that one is here, and its identity, if it was admitted. */
  recognise({ id, identityKey }: Subject, now: number): void {
    if (!this.#admitted.has(hex(id))) return;
    this.#admitted.set(hex(id), { key: id, at: now });
    this.remember(identityKey, now);
  }

  /** Notes an identity that was admitted. */
  remember(identityKey: Bytes, now: number): void {
    const key = hex(identityKey);
    const known = this.#familiar.has(key);
    if (!known && this.#familiar.size >= MOST_ADMITTED) return;
    this.#familiar.set(key, { key: identityKey, at: now });
    if (!known) this.#changes++;
  }

  /** Whether one of this identity was admitted while it was here, if only in an earlier joining not long ago. */
  isFamiliar(identityKey: Bytes, now: number): boolean {
    const seen = this.#familiar.get(hex(identityKey));
    return seen !== undefined && isRecent(seen.at, now, FAMILIAR_MS);
  }

  /** Whoever was removed stays so. Throws `out-of-range`. */
  admit(id: Bytes, now: number): void {
    if (this.wasRemoved(id)) return;
    if (!this.#admitted.has(hex(id)) && this.#admitted.size >= MOST_ADMITTED) {
      throw new E2eeError('out-of-range', 'hosts admitted more members than are remembered');
    }
    this.#admitted.set(hex(id), { key: id, at: now });
    this.#changes++;
  }

  /** A member left: its announcement does not come again. */
  forget(id: Bytes): void {
    this.#admitted.delete(hex(id));
  }

  /** founder: the founder did it. Throws `out-of-range`. */
  remove(removal: Removal, founder: boolean, now: number): void {
    const id = hex(removal.id);
    const key = hex(removal.identityKey);
    const known = this.#removed.get(id);
    if (!known && this.#removed.size >= MOST_REMOVED) {
      throw new E2eeError('out-of-range', 'hosts removed more members than are remembered');
    }
    this.#removed.set(id, { ...removal, founder: founder || (known?.founder ?? false), at: now });
    this.#blocked.set(key, founder || (this.#blocked.get(key) ?? false));
    this.#admitted.delete(id);
    this.#changes++;
  }

  /** The number that the next appointment of an identity has to exceed. */
  lastAppointment(identityKey: Bytes): bigint {
    return this.#appointed.get(hex(identityKey))?.appointment.seq ?? -1n;
  }

  /** message: the HOST as it was signed. Throws `statement-stale`, `out-of-range`. */
  appoint(appointment: Appointment, message: Bytes): void {
    const key = hex(appointment.identityKey);
    const known = this.#appointed.get(key)?.appointment;
    if (known && (appointment.seq < known.seq || (appointment.seq === known.seq && appointment.on !== known.on))) {
      throw new E2eeError('statement-stale', 'the appointment is older than the one that is known');
    }
    if (!known && this.#appointed.size >= MOST_APPOINTED) {
      throw new E2eeError('out-of-range', 'the founder appointed more hosts than are remembered');
    }
    this.#appointed.set(key, { appointment, message });
    this.#changes++;
  }

  /** Throws `statement-stale`. */
  guard(setting: Guard): void {
    if (isAfter(this.setting, setting)) {
      throw new E2eeError('statement-stale', 'the setting is older than the one that is known');
    }
    this.#setting = setting;
    this.#assumed = false;
    this.#changes++;
  }

  /** Came out of a waiting room, and no host has said anything yet. */
  assume(): void {
    this.#assumed = true;
    this.#changes++;
  }

  /** Takes over what was kept. A host admits anew whom it finds, and tells others of nobody who is gone. */
  restore(kept: Decisions, own: Omit<Subject, 'id'>, now: number): void {
    const { setting, assumed, appointments, admitted, familiar, removed } = current(kept, now);
    this.#setting = setting;
    this.#assumed = assumed;
    for (const { appointment, message } of appointments) this.appoint(appointment, message);
    for (const { founder, at, ...removal } of removed) this.remove(removal, founder, at);
    for (const { key, at } of familiar) this.remember(key, at);
    if (!this.isHost(own)) for (const { key, at } of admitted) this.admit(key, at);
  }

  /** What there is to keep; undefined when the link names no host. */
  decisions(now: number): Decisions | undefined {
    if (!this.#host) return undefined;
    const kept = {
      host: this.#host,
      setting: this.#setting,
      assumed: this.#assumed,
      appointments: [...this.#appointed.values()],
      admitted: [...this.#admitted.values()],
      familiar: [...this.#familiar.values()],
      removed: [...this.#removed.values()],
    };
    return current(kept, now);
  }
}
