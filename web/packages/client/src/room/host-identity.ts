import { equal } from '../e2ee/bytes.js';
import { current, type Decisions, merged, noDecisions } from '../e2ee/decisions.js';
import { hostOf, isHostOf } from '../e2ee/host.js';
import { generateIdentity, type Identity } from '../e2ee/identity.js';
import { changeKept, identities, type KeptIdentity } from './identity-store.js';

/** How many meetings a browser is the founder of: of more, those are forgotten that were not used for longest. */
const MOST_FOUNDED = 1000;
const IDLE_MS = 30 * 24 * 60 * 60 * 1000;

/** What is kept of a meeting that was founded here. */
interface Founded {
  readonly room: string;
  readonly identity: Identity;
  readonly decisions: Decisions;
  /** When something of it was last kept, in ms since 1970. */
  readonly usedMs: number;
}

/**
 * Makes the identity that founds a room and keeps it in this browser. Returns the fingerprint for the link. Rejects where the
 * browser keeps nothing, as in a private window of some.
 */
export async function foundRoom(room: string): Promise<Uint8Array> {
  const identity = await generateIdentity();
  const host = await hostOf(identity.publicKey);
  const founded: Founded = { room, identity, decisions: noDecisions(host), usedMs: Date.now() };
  await identities('host-identities', 'readwrite', (store) => store.put(founded, room));
  await tidy();
  return host;
}

/** The identity that founded a room, if it was founded in this browser and is the one that the link names. */
export async function founderOf(room: string, host: Uint8Array | undefined): Promise<KeptIdentity | undefined> {
  if (!host) return undefined;
  try {
    const kept = (store: IDBObjectStore) => store.get(room) as IDBRequest<Founded | undefined>;
    const founded = await identities('host-identities', 'readonly', kept);
    if (!founded || !(await isHostOf(host, founded.identity.publicKey))) return undefined;
    const { identity, decisions } = founded;
    return { identity, decisions, keep: (now) => keep(room, now) };
  } catch {
    // A browser that keeps nothing has founded nothing.
    return undefined;
  }
}

/** Two tabs may be the same host: each adds what it knows. */
function keep(room: string, decisions: Decisions): Promise<void> {
  return changeKept<Founded>('host-identities', room, (founded) => {
    // Founded anew meanwhile, the room is another meeting.
    if (!equal(founded.decisions.host, decisions.host)) return founded;
    const usedMs = Date.now();
    return { ...founded, decisions: current(merged(founded.decisions, decisions), usedMs), usedMs };
  });
}

/** Forgets the meetings that are too many, and who was in those that are not used any more; whether those are guarded stays. */
async function tidy(): Promise<void> {
  const all = (store: IDBObjectStore) => store.getAll() as IDBRequest<Founded[]>;
  const founded = (await identities('host-identities', 'readonly', all)).sort((a, b) => b.usedMs - a.usedMs);
  const now = Date.now();
  for (const { room } of founded.slice(MOST_FOUNDED)) {
    await identities('host-identities', 'readwrite', (store) => store.delete(room));
  }
  for (const { room } of founded.slice(0, MOST_FOUNDED).filter(({ usedMs }) => now - usedMs > IDLE_MS)) {
    await changeKept<Founded>('host-identities', room, (kept) => ({
      ...kept,
      decisions: current(kept.decisions, now),
    }));
  }
}
