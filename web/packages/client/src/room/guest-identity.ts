import { pageStorage } from './storage.js';

const SECRET_BYTES = 32;
const storage = pageStorage('sessionStorage');

/** A guest's secret and how to let go of it. */
export interface GuestIdentity {
  readonly secret: Uint8Array<ArrayBuffer>;
  release(): void;
}

/**
 * The secret that makes this tab the same guest in a room again after a reload, so that the others do not see a twin for
 * as long as the lost connection is waited for. A Web Lock keeps two rooms, or a duplicated tab, from being the same guest.
 */
export async function guestIdentity(room: string): Promise<GuestIdentity> {
  const key = `confab guest ${room}`;
  const kept = fromHex(storage.get(key) ?? '');
  const secret = kept ?? crypto.getRandomValues(new Uint8Array(SECRET_BYTES));
  const release = await lock(`${key} ${toHex(secret)}`);
  if (release) {
    storage.set(key, toHex(secret));
    return { secret, release };
  }
  return { secret: crypto.getRandomValues(new Uint8Array(SECRET_BYTES)), release: () => {} };
}

/** Holds a lock until the returned function is called or the page goes; undefined when somebody else holds it. */
function lock(name: string): Promise<(() => void) | undefined> {
  return new Promise((resolve, reject) => {
    navigator.locks
      .request(name, { ifAvailable: true }, (held) => {
        if (!held) return resolve(undefined);
        return new Promise<void>((release) => resolve(release));
      })
      .catch(reject);
  });
}

function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function fromHex(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (!/^([0-9a-f]{2}){32}$/.test(text)) return undefined;
  return Uint8Array.from(text.match(/../g)!, (byte) => parseInt(byte, 16));
}
