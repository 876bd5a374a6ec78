import { hex } from '../e2ee/bytes.js';
import { generateIdentity, type Identity } from '../e2ee/identity.js';
import { identities } from './identity-store.js';

const KEPT_MS = 24 * 60 * 60 * 1000;

interface Kept {
  readonly key: string;
  readonly identity: Identity;
  readonly joinedMs: number;
}

/**
 * The identity by which this tab is the same person to the others' encryption in a room again after a reload, so that a host
 * need not let it in again (spec/e2ee.md §13.7). Script can use its private key but not read it; it is forgotten a day after the
 * tab last joined. Undefined where the browser keeps nothing.
 *
 * @param guestSecret what makes the tab the same guest.
 */
export async function tabIdentity(room: string, guestSecret: Uint8Array<ArrayBuffer>): Promise<Identity | undefined> {
  const key = `${room} ${hex(new Uint8Array(await crypto.subtle.digest('SHA-256', guestSecret)))}`;
  try {
    const known = await current();
    const identity = known.find((kept) => kept.key === key)?.identity ?? (await generateIdentity());
    const kept: Kept = { key, identity, joinedMs: Date.now() };
    await identities('tab-identities', 'readwrite', (store) => store.put(kept, key));
    return identity;
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
