import { hostOf, isHostOf } from '../e2ee/host.js';
import { generateIdentity, type Identity } from '../e2ee/identity.js';
import { identities } from './identity-store.js';

/**
 * Makes the identity that founds a room and keeps it in this browser, where script can use its private key but not read it.
 * Returns the fingerprint for the link. Rejects where the browser keeps nothing, as in a private window of some.
 */
export async function foundRoom(room: string): Promise<Uint8Array> {
  const identity = await generateIdentity();
  await identities('host-identities', 'readwrite', (store) => store.put(identity, room));
  return hostOf(identity.publicKey);
}

/** The identity that founded a room, if it was founded in this browser and is the one that the link names. */
export async function founderOf(room: string, host: Uint8Array | undefined): Promise<Identity | undefined> {
  if (!host) return undefined;
  try {
    const kept = (store: IDBObjectStore) => store.get(room) as IDBRequest<Identity | undefined>;
    const identity = await identities('host-identities', 'readonly', kept);
    return identity && (await isHostOf(host, identity.publicKey)) ? identity : undefined;
  } catch {
    // A browser that keeps nothing has founded nothing.
    return undefined;
  }
}
