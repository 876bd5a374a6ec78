import { E2eeError } from '../e2ee/errors.js';
import { formatLink, generateSecret, parseFragment } from '../e2ee/link.js';
import { RoomError } from './errors.js';
import { foundRoom } from './host-identity.js';
import type { KeyProvider } from './types.js';

const SECRET_BYTES = 32;
const ROOM_ID = /^[A-Za-z0-9._-]{1,64}$/;

/** A new meeting: where it is, which room, and the keys to its encryption. */
export interface MeetingLink {
  /** `https://host/m/ROOM#e1.…`: whoever has it can join and decrypt. */
  readonly url: string;
  readonly room: string;
  readonly keys: KeyProvider;
}

/**
 * The keys in a meeting link or in its fragment (`#e1.…`, with or without the `#`).
 *
 * A link without a fragment gives the all-zero secret: the meeting is encrypted, but who is in it is only as sure as
 * the safety code that people compare. Throws `RoomError('key-missing')` when there is a fragment that is no key.
 */
export function linkKeys(fragmentOrUrl: string | URL): KeyProvider {
  const text = String(fragmentOrUrl);
  const hash = text.indexOf('#');
  const fragment = hash >= 0 ? text.slice(hash + 1) : text.startsWith('e1.') ? text : '';
  if (fragment === '') return { secret: new Uint8Array(SECRET_BYTES) };
  try {
    return parseFragment(fragment);
  } catch (cause) {
    const newer = cause instanceof E2eeError && cause.code === 'version-unsupported';
    const advice = newer ? 'was made by a newer version. Reload this page' : 'is damaged. Ask for the whole link again';
    throw new RoomError('key-missing', `The part of the meeting link after # ${advice}.`, false, { cause });
  }
}

/**
 * Makes a secret that nobody else has, and a room name if there is none yet. Nothing is sent anywhere. `origin` defaults
 * to the page's; a name that can't be one throws `room-invalid`.
 */
export function generateMeetingLink(origin: string = globalThis.location.origin, name?: string): MeetingLink {
  const room = name === undefined ? roomName() : checkedRoom(name);
  const secret = generateSecret();
  return { url: formatLink(origin, room, { secret, host: undefined }), room, keys: { secret } };
}

/**
 * Makes the link of a meeting that this browser founds: it names the browser's own key as host, which is kept here, so that only
 * this browser, and whom it appoints, decides who is let in. Rejects with `unsupported` where the browser keeps nothing.
 *
 * @param room the id of a meeting that a server made; by default a new one.
 */
export async function createMeetingLink(o: { origin?: string; room?: string } = {}): Promise<MeetingLink> {
  const room = checkedRoom(o.room ?? roomName());
  const secret = generateSecret();
  const host = await foundRoom(room).catch((cause: unknown) => {
    throw new RoomError('unsupported', 'This browser keeps no keys. Leave the private window.', false, { cause });
  });
  const url = formatLink(o.origin ?? globalThis.location.origin, room, { secret, host });
  return { url, room, keys: { secret, host } };
}

/** Where to connect: the node's origin, and the room when the URL is a meeting link. The fragment is left behind. */
export function parseNodeUrl(url: string | URL): { origin: string; room: string | undefined } {
  const address = String(url).split('#')[0]!;
  if (!URL.canParse(address, globalThis.location?.href)) {
    throw new RoomError('room-invalid', `This is not a meeting link: "${address}".`);
  }
  const { protocol, origin, pathname } = new URL(address, globalThis.location?.href);
  if (protocol !== 'https:' && protocol !== 'http:') {
    throw new RoomError('room-invalid', `A meeting link begins with https://, not ${protocol}`);
  }
  const segment = /\/m\/([^/]+)\/?$/.exec(pathname)?.[1];
  return { origin, room: segment === undefined ? undefined : checkedRoom(segment) };
}

/** What a join token claims of its holder. It is not verified here: the node does that. */
export function claimsOf(token: string): { room?: string; name?: string } {
  const payload = (token.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/');
  try {
    const bytes = Uint8Array.from(atob(payload), (c) => c.charCodeAt(0));
    const { room, name } = JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>;
    return { ...(typeof room === 'string' && { room }), ...(typeof name === 'string' && { name }) };
  } catch {
    return {};
  }
}

export function checkedRoom(room: string): string {
  if (ROOM_ID.test(room)) return room;
  throw new RoomError('room-invalid', 'A room name is 1 to 64 letters, digits, dots, underscores or hyphens.');
}

/** 16 letters and digits in groups of four, without those that look alike: 80 random bits. */
function roomName(): string {
  const letters = 'abcdefghijkmnpqrstuvwxyz23456789';
  const digits = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => letters[byte % letters.length]);
  return digits.join('').replace(/(.{4})(?=.)/g, '$1-');
}
