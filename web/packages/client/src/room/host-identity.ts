import { hostOf, isHostOf } from '../e2ee/host.js';
import { generateIdentity, type Identity } from '../e2ee/identity.js';

const DATABASE = 'confab';
const STORE = 'host-identities';

/**
 * Makes the identity that founds a room and keeps it in this browser, where script can use its private key but not read it.
 * Returns the fingerprint for the link. Rejects where the browser keeps nothing, as in a private window of some.
 */
export async function foundRoom(room: string): Promise<Uint8Array> {
  const identity = await generateIdentity();
  await transact('readwrite', (store) => store.put(identity, room));
  return hostOf(identity.publicKey);
}

/** The identity that founded a room, if it was founded in this browser and is the one that the link names. */
export async function founderOf(room: string, host: Uint8Array | undefined): Promise<Identity | undefined> {
  if (!host) return undefined;
  try {
    const identity = await transact('readonly', (store) => store.get(room) as IDBRequest<Identity | undefined>);
    return identity && (await isHostOf(host, identity.publicKey)) ? identity : undefined;
  } catch {
    // A browser that keeps nothing has founded nothing.
    return undefined;
  }
}

async function transact<T>(mode: IDBTransactionMode, work: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const opening = indexedDB.open(DATABASE, 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore(STORE);
  const database = await done(opening);
  try {
    return await done(work(database.transaction(STORE, mode).objectStore(STORE)));
  } finally {
    database.close();
  }
}

function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('IndexedDB failed'));
  });
}
