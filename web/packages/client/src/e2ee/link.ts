import { type Bytes, base64url } from './bytes.js';
import { type Random, systemRandom } from './crypto.js';
import { E2eeError } from './errors.js';

export const SECRET_BYTES = 32;
const VERSION = 'e1.';
/** Last digits carry four and two bits; with a spare bit set they would be a second spelling of the same. */
const FRAGMENT = /^([A-Za-z0-9_-]{42}[AEIMQUYcgkosw048])(?:\.([A-Za-z0-9_-]{21}[AQgw]))?$/;
const ROOM = /^[A-Za-z0-9._-]{1,64}$/;

/** Makes the secret of a new meeting. */
export function generateSecret(random: Random = systemRandom): Bytes {
  return random(SECRET_BYTES);
}

/** Whether a secret came with an invitation; an all-zero one protects nothing until safety codes are compared. */
export function isVerified(secret: Uint8Array): boolean {
  return secret.some((byte) => byte !== 0);
}

/** What the fragment of an invitation link carries: the part that no server sees. */
export interface Invitation {
  /** The meeting secret, 32 bytes. */
  readonly secret: Uint8Array;
  /** The fingerprint of who decides about the meeting (see hostOf), 16 bytes; undefined when nobody can prove to. */
  readonly host: Uint8Array | undefined;
}

/** What follows the `#` of an invitation link, such as `e1.AAEC…` or `e1.AAEC….XYZ…`. It is as secret as the secret. */
export function formatFragment({ secret, host }: Invitation): string {
  if (secret.length !== SECRET_BYTES) throw new RangeError(`meeting secret of ${secret.length} bytes`);
  return VERSION + base64url(secret) + (host ? `.${base64url(host)}` : '');
}

/**
 * Reads a fragment without its `#`. Throws E2eeError `link-invalid` or `version-unsupported`; the message never quotes the
 * input.
 */
export function parseFragment(fragment: string): { secret: Bytes; host: Bytes | undefined } {
  if (/^e[2-9]\./.test(fragment)) {
    throw new E2eeError('version-unsupported', 'the link is of a newer version: reload the page');
  }
  if (!fragment.startsWith(VERSION)) {
    throw new E2eeError('link-invalid', 'the part after # is not a meeting secret: copy the whole link');
  }
  const [, first, second] = FRAGMENT.exec(fragment.slice(VERSION.length)) ?? [];
  if (first === undefined) {
    throw new E2eeError('link-invalid', 'the part of the link after # is damaged: copy the whole link');
  }
  const secret = decode(first);
  const host = second === undefined ? undefined : decode(second);
  if (!isVerified(secret)) {
    throw new E2eeError('link-invalid', 'the meeting secret is all zero, which protects nothing');
  }
  if (host && !isVerified(host)) throw new E2eeError('link-invalid', 'the host is all zero, which names nobody');
  return { secret, host };
}

/**
 * The invitation link of a room on the node at base, such as `https://meet.example.org`. No invitation, or one without a
 * secret, gives a link without a fragment. Throws `link-invalid` for the base, `room-invalid`.
 */
export function formatLink(base: string, room: string, invitation?: Invitation): string {
  const url = URL.canParse(base) ? new URL(base) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.search !== '' || url.hash !== '') {
    throw new E2eeError('link-invalid', "the base of a link is the node's address, such as https://meet.example.org");
  }
  checkRoom(room);
  const path = url.pathname.replace(/\/$/, '');
  const fragment = invitation && isVerified(invitation.secret) ? `#${formatFragment(invitation)}` : '';
  return `${url.origin}${path}/m/${room}${fragment}`;
}

/** Takes an invitation link apart. Throws `link-invalid`, `room-invalid`, `version-unsupported`. */
export function parseLink(link: string): { room: string; secret: Bytes | undefined; host: Bytes | undefined } {
  const hash = link.indexOf('#');
  const address = hash < 0 ? link : link.slice(0, hash);
  const fragment = hash < 0 ? '' : link.slice(hash + 1);
  // Not URL.pathname: it resolves `..` and turns backslashes around, so that a link would have several spellings.
  const path = /^https?:\/\/[^/?\\\s]+(\/[^?]*)?(?:\?.*)?$/i.exec(address)?.[1];
  if (path === undefined || !URL.canParse(address)) {
    throw new E2eeError('link-invalid', 'not a web address: it looks like https://HOST/m/ROOM#e1.…');
  }
  const slash = path.lastIndexOf('/');
  if (!path.slice(0, slash).endsWith('/m')) {
    throw new E2eeError('link-invalid', 'not an invitation: its path ends in /m/ROOM');
  }
  const room = path.slice(slash + 1);
  checkRoom(room);
  return { room, ...(fragment === '' ? { secret: undefined, host: undefined } : parseFragment(fragment)) };
}

function decode(text: string): Bytes {
  return Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0));
}

/** Throws `room-invalid`. */
export function checkRoom(room: string): void {
  if (!ROOM.test(room)) throw new E2eeError('room-invalid', 'a room id is 1 to 64 characters of A–Z a–z 0–9 . _ -');
}
