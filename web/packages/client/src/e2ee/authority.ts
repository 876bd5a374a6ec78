import { type Bytes, hex } from './bytes.js';
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

/** What hosts have decided (spec/e2ee.md §13). None of it depends on the order in which it came. */
export class Authority {
  /** The newest GUARD. */
  setting: Guard = { epoch: 0n, on: false };
  /** Came out of a waiting room, and no host has said anything yet. */
  assumed = false;
  readonly #named: boolean;
  readonly #appointed = new Map<string, { readonly appointment: Appointment; readonly message: Bytes }>();
  /** Announcements let in, of members that are here or about to come. */
  readonly #admitted = new Map<string, Bytes>();
  /** Identities of those of them who came. */
  readonly #familiar = new Set<string>();
  readonly #removed = new Map<string, Removal & { readonly founder: boolean }>();
  /** Identities taken out, each with whether the founder did it. */
  readonly #blocked = new Map<string, boolean>();

  /** named: the link names a host. */
  constructor(named: boolean) {
    this.#named = named;
  }

  get guarded(): boolean {
    return this.#named && (this.setting.on || this.assumed);
  }

  get appointments(): Bytes[] {
    return Array.from(this.#appointed.values(), ({ message }) => message);
  }

  get admitted(): Bytes[] {
    return [...this.#admitted.values()];
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

  /** Notes the identity of one that is here, if it was admitted. */
  recognise({ id, identityKey }: Subject): void {
    if (this.#admitted.has(hex(id)) && this.#familiar.size < MOST_ADMITTED) this.#familiar.add(hex(identityKey));
  }

  /** Whether one of this identity was admitted while it was here, if only in an earlier joining. */
  isFamiliar(identityKey: Bytes): boolean {
    return this.#familiar.has(hex(identityKey));
  }

  /** Whoever was removed stays so. Throws `out-of-range`. */
  admit(id: Bytes): void {
    if (this.wasRemoved(id)) return;
    if (!this.#admitted.has(hex(id)) && this.#admitted.size >= MOST_ADMITTED) {
      throw new E2eeError('out-of-range', 'hosts admitted more members than are remembered');
    }
    this.#admitted.set(hex(id), id);
  }

  /** A member left: its announcement does not come again. */
  forget(id: Bytes): void {
    this.#admitted.delete(hex(id));
  }

  /** founder: the founder did it. Throws `out-of-range`. */
  remove(removal: Removal, founder: boolean): void {
    const id = hex(removal.id);
    const key = hex(removal.identityKey);
    const known = this.#removed.get(id);
    if (!known && this.#removed.size >= MOST_REMOVED) {
      throw new E2eeError('out-of-range', 'hosts removed more members than are remembered');
    }
    this.#removed.set(id, { ...removal, founder: founder || (known?.founder ?? false) });
    this.#blocked.set(key, founder || (this.#blocked.get(key) ?? false));
    this.#admitted.delete(id);
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
  }

  /** Throws `statement-stale`. */
  guard(setting: Guard): void {
    if (isAfter(this.setting, setting)) {
      throw new E2eeError('statement-stale', 'the setting is older than the one that is known');
    }
    this.setting = setting;
    this.assumed = false;
  }
}
