const DATABASE = 'confab';
const VERSION = 2;
const STORES = ['host-identities', 'tab-identities'] as const;

/** Works on one of this browser's stores of identities. Rejects where the browser keeps nothing, as in a private window of some. */
export async function identities<T>(
  store: (typeof STORES)[number],
  mode: IDBTransactionMode,
  work: (store: IDBObjectStore) => IDBRequest<T>,
): Promise<T> {
  const opening = indexedDB.open(DATABASE, VERSION);
  opening.onupgradeneeded = () => {
    const database = opening.result;
    for (const name of STORES) if (!database.objectStoreNames.contains(name)) database.createObjectStore(name);
  };
  const database = await done(opening);
  try {
    return await done(work(database.transaction(store, mode).objectStore(store)));
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
