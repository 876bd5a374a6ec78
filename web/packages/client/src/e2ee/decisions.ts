import { type Bytes, hex } from './bytes.js';
import { type Appointment, type Guard, type Removal, isAfter } from './host.js';

/** How long after it was last there an identity is let in again by itself (spec/e2ee.md §13.7), in ms. */
export const FAMILIAR_MS = 24 * 60 * 60 * 1000;
const REMOVED_MS = 30 * FAMILIAR_MS;
const APPOINTED_MS = FAMILIAR_MS;
/** What is kept of each kind: the newest of it. */
const MOST_KEPT = 4096;
const MOST_REMOVED = 1024;
const MOST_APPOINTED = 256;

/** An announcement or identity that was admitted, and when it was last there, in ms since 1970. */
export interface Sighting {
  readonly key: Bytes;
  readonly at: number;
}

/** One that was taken out, by the founder or another host. */
export interface Eviction extends Removal {
  readonly founder: boolean;
  /** When, in ms since 1970. */
  readonly at: number;
}

/** An appointment, and the HOST as it was signed, to be passed on. */
export interface Certificate {
  readonly appointment: Appointment;
  readonly message: Bytes;
}

/**
 * What hosts have decided about a meeting's keys, for a page that is loaded anew (spec/e2ee.md §13.7). It holds no secret, but who can
 * change it decides who is let in. Structured-cloneable, so IndexedDB can keep it.
 */
export interface Decisions {
  /** Whom the link names. */
  readonly host: Bytes;
  /** The newest GUARD. */
  readonly setting: Guard;
  /** Came out of a waiting room, and no host has said anything yet. */
  readonly assumed: boolean;
  readonly appointments: readonly Certificate[];
  /** Announcements. */
  readonly admitted: readonly Sighting[];
  /** Identities of those that came. */
  readonly familiar: readonly Sighting[];
  readonly removed: readonly Eviction[];
}

/** Those of a meeting in which nobody has decided anything. */
export function noDecisions(host: Bytes): Decisions {
  const setting = { epoch: 0n, on: false };
  return { host, setting, assumed: false, appointments: [], admitted: [], familiar: [], removed: [] };
}

/** Whether a time is not longer ago, nor, by a clock that was wrong, further ahead. */
export function isRecent(at: number, now: number, life: number): boolean {
  return Math.abs(now - at) <= life;
}

/** What of them still counts, within the bounds of what is kept. */
export function current(decisions: Decisions, now: number): Decisions {
  const seen = (list: readonly Sighting[]) => newest(list, MOST_KEPT, ({ at }) => at, now, FAMILIAR_MS);
  return {
    ...decisions,
    // What takes an appointment back expires with it.
    appointments: newest(
      decisions.appointments,
      MOST_APPOINTED,
      ({ appointment }) => Number(appointment.seq),
      now,
      APPOINTED_MS,
    ),
    admitted: seen(decisions.admitted),
    familiar: seen(decisions.familiar),
    removed: newest(decisions.removed, MOST_REMOVED, ({ at }) => at, now, REMOVED_MS),
  };
}

/** What two pages of one host know together; nothing of it depends on which is the newer. */
export function merged(a: Decisions, b: Decisions): Decisions {
  const setting = isAfter(b.setting, a.setting) ? b.setting : a.setting;
  const seen = (list: keyof Pick<Decisions, 'admitted' | 'familiar'>) =>
    union(
      [...a[list], ...b[list]],
      ({ key }) => key,
      (x, y) => (y.at > x.at ? y : x),
    );
  return {
    host: a.host,
    setting,
    assumed: setting.epoch === 0n && (a.assumed || b.assumed),
    appointments: union(
      [...a.appointments, ...b.appointments],
      ({ appointment }) => appointment.identityKey,
      (x, y) => (y.appointment.seq > x.appointment.seq ? y : x),
    ),
    admitted: seen('admitted'),
    familiar: seen('familiar'),
    removed: union(
      [...a.removed, ...b.removed],
      ({ id }) => id,
      (x, y) => ({ ...x, founder: x.founder || y.founder, at: Math.max(x.at, y.at) }),
    ),
  };
}

function newest<T>(list: readonly T[], most: number, at: (item: T) => number, now: number, life: number): T[] {
  return list
    .filter((item) => isRecent(at(item), now, life))
    .sort((a, b) => at(b) - at(a))
    .slice(0, most);
}

function union<T>(list: readonly T[], key: (item: T) => Bytes, both: (a: T, b: T) => T): T[] {
  const items = new Map<string, T>();
  for (const item of list) {
    const known = items.get(hex(key(item)));
    items.set(hex(key(item)), known === undefined ? item : both(known, item));
  }
  return [...items.values()];
}
