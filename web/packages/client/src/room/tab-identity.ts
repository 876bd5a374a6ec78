import { equal, hex } from '../e2ee/bytes.js';
import type { Decisions } from '../e2ee/decisions.js';
import { generateIdentity, type Identity } from '../e2ee/identity.js';
import { changeKept, identities, type KeptIdentity } from './identity-store.js';

const KEPT_MS = 24 * 60 * 60 * 1000;

interface Kept {
  readonly key: string;
  readonly identity: Identity;
  readonly joinedMs: number;
  readonly decisions?: Decisions;
}

/**
 * The identity by which this tab is the same person to the others' encryption in a room again after a reload, so that a host
 * need not let it in again (spec/e2ee.md §13.7), and what hosts had decided. Both are forgotten a day after the tab last joined.
 * Undefined where the browser keeps nothing.
 *
 * @param guestSecret what makes the tab the same guest.
 * @param host whom the link names.
 */
export async function tabIdentity(
  room: string,
  guestSecret: Uint8Array<ArrayBuffer>,
  host: Uint8Array | undefined,
): Promise<KeptIdentity | undefined> {
  const key = `${room} ${hex(new Uint8Array(await crypto.subtle.digest('SHA-256', guestSecret)))}`;
  try {
    const known = await current();
    const before = known.find((kept) => kept.key === key) ?? { key, identity: await generateIdentity() };
    const kept: Kept = { ...before, joinedMs: Date.now() };
    await identities('tab-identities', 'readwrite', (store) => store.put(kept, key));
    const { identity, decisions } = kept;
    return {
      identity,
      // Another link may name another host.
      decisions: host && decisions && equal(decisions.host, host) ? decisions : undefined,
      keep: (now) => changeKept<Kept>('tab-identities', key, (joined) => ({ ...joined, decisions: now })),
    };
  } catch {
    // Then it is another person to the others after a reload.
    return undefined;
  }
}

/** All that are young enough; deletes the others. */
async function current(): Promise<Kept[]> {
  const all = await identities('tab-identities', 'readonly', (store) => store.getAll() as IDBRequest<Kept[]>);
  const isOld = ({ joinedMs }: Kept) => Math.abs(Date.now() - joinedMs) > KEPT_MS;
  for (const { key } of all.filter(isOld)) {
    await identities('tab-identities', 'readwrite', (store) => store.delete(key));
  }
  return all.filter((kept) => !isOld(kept));
}
