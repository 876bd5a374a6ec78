import type { Decisions } from '../e2ee/decisions.js';
import type { Identity } from '../e2ee/identity.js';

const DATABASE = 'confab';
const VERSION = 3;
const STORES = ['host-identities', 'tab-identities'] as const;

export type StoreName = (typeof STORES)[number];

/** An identity that this browser keeps for a room, where script can use its private key but not read it. */
export interface KeptIdentity {
  readonly identity: Identity;
  /** What hosts had decided there when it was last kept; undefined when nothing is known of that. */
  readonly decisions: Decisions | undefined;
  /** Rejects when the browser keeps nothing any more. */
  keep(decisions: Decisions): Promise<void>;
}

/** Works on one of this browser's stores of identities. Rejects where the browser keeps nothing, as in a private window of some. */
export async function identities<T>(
  store: StoreName,
  mode: IDBTransactionMode,
  work: (store: IDBObjectStore) => IDBRequest<T>,
): Promise<T> {
  const database = await opened();
  try {
    return await done(work(database.transaction(store, mode).objectStore(store)));
  } finally {
    database.close();
  }
}

/** Replaces what is kept under a key, if there is anything, with nothing of another page in between. Rejects as identities does. */
export async function changeKept<T>(store: StoreName, key: string, change: (kept: T) => T): Promise<void> {
  const database = await opened();
  try {
    const objects = database.transaction(store, 'readwrite').objectStore(store);
    const kept = await done(objects.get(key) as IDBRequest<T | undefined>);
    if (kept !== undefined) await done(objects.put(change(kept), key));
  } finally {
    database.close();
  }
}

function opened(): Promise<IDBDatabase> {
  const opening = indexedDB.open(DATABASE, VERSION);
  opening.onupgradeneeded = () => {
    const { result: database } = opening;
    for (const name of [...database.objectStoreNames]) database.deleteObjectStore(name);
    for (const name of STORES) database.createObjectStore(name);
  };
  return done(opening);
}

function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('IndexedDB failed'));
  });
}
