import { type Bytes, lengthPrefixed, utf8 } from './bytes.js';
import { hkdf, label, sha256 } from './crypto.js';
import { SECRET_BYTES } from './link.js';

/** What the meeting secret and the room id give every member. */
export interface Meeting {
  /** Names the meeting in every message. Not secret. */
  readonly mid: Bytes;
  /** Authenticates announcements. */
  readonly authKey: Bytes;
  /** Goes into every channel key. */
  readonly pskKey: Bytes;
  /** Encrypts display names. */
  readonly metaKey: Bytes;
}

/** Derives a meeting. room: the room id of spec/wire.md §1.5; secret: 32 bytes. */
export async function deriveMeeting(room: string, secret: Bytes): Promise<Meeting> {
  if (secret.length !== SECRET_BYTES) throw new RangeError(`meeting secret of ${secret.length} bytes`);
  const mid = await sha256(label('meeting'), lengthPrefixed(utf8(room)));
  const derive = (name: string) => hkdf('SHA-256', mid, secret, label(name), 32);
  const [authKey, pskKey, metaKey] = await Promise.all([derive('auth'), derive('psk'), derive('meta')]);
  return { mid, authKey, pskKey, metaKey };
}
