import { RoomError } from './errors.js';
import type { KeyProvider } from './types.js';

const SECRET_BYTES = 32;
const FRAGMENT_PREFIX = 'e1.';
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
  const fragment = hash >= 0 ? text.slice(hash + 1) : text.startsWith(FRAGMENT_PREFIX) ? text : '';
  if (fragment === '') return { secret: new Uint8Array(SECRET_BYTES) };
  const secret = fragment.startsWith(FRAGMENT_PREFIX)
    ? fromBase64Url(fragment.slice(FRAGMENT_PREFIX.length))
    : undefined;
  if (secret?.length !== SECRET_BYTES) {
    throw new RoomError(
      'key-missing',
      'The part of the meeting link after # is damaged. Ask for the whole link again.',
    );
  }
  return { secret };
}

/** Makes a room name and a secret that nobody else has. Nothing is sent anywhere. `origin` defaults to the page's. */
export function generateMeetingLink(origin: string = globalThis.location.origin): MeetingLink {
  const room = toBase64Url(crypto.getRandomValues(new Uint8Array(12)));
  const secret = crypto.getRandomValues(new Uint8Array(SECRET_BYTES));
  const url = new URL(`/m/${room}`, origin);
  url.hash = FRAGMENT_PREFIX + toBase64Url(secret);
  return { url: url.href, room, keys: { secret } };
}

/** Where to connect: the node's origin, and the room when the URL is a meeting link. The fragment is left behind. */
export function parseNodeUrl(url: string | URL): { origin: string; room: string | undefined } {
  let parsed: URL;
  try {
    parsed = new URL(url, globalThis.location?.href);
  } catch (cause) {
    throw new RoomError('room-invalid', `This is not a meeting link: "${withoutFragment(String(url))}".`, false, {
      cause,
    });
  }
  if (parsed.protocol !== 'https:' && parsed.protocol !== 'http:') {
    throw new RoomError('room-invalid', `A meeting link begins with https://, not ${parsed.protocol}`);
  }
  const segment = /\/m\/([^/]+)\/?$/.exec(parsed.pathname)?.[1];
  if (segment === undefined) return { origin: parsed.origin, room: undefined };
  return { origin: parsed.origin, room: checkedRoom(segment) };
}

/** What a join token claims of its holder. It is not verified here: the node does that. */
export function claimsOf(token: string): { room?: string; name?: string } {
  const payload = fromBase64Url(token.split('.')[1] ?? '');
  if (!payload || payload.length === 0) return {};
  try {
    const { room, name } = JSON.parse(new TextDecoder().decode(payload)) as Record<string, unknown>;
    return { ...(typeof room === 'string' && { room }), ...(typeof name === 'string' && { name }) };
  } catch {
    return {};
  }
}

export function checkedRoom(room: string): string {
  if (ROOM_ID.test(room)) return room;
  throw new RoomError('room-invalid', 'A room name is 1 to 64 letters, digits, dots, underscores or hyphens.');
}

function withoutFragment(url: string): string {
  return url.split('#')[0]!;
}

function toBase64Url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/=+$/, '');
}

function fromBase64Url(text: string): Uint8Array | undefined {
  if (!/^[A-Za-z0-9_-]*$/.test(text)) return undefined;
  try {
    return Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0));
  } catch {
    return undefined;
  }
}
