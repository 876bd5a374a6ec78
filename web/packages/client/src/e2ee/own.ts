import { type Announcement, createAnnouncement, openAnnouncement } from './announcement.js';
import { type Bytes, owned } from './bytes.js';
import { systemRandom } from './crypto.js';
import { isHostOf } from './host.js';
import { type Identity, generateIdentity } from './identity.js';
import { checkRoom } from './link.js';
import { type Meeting, deriveMeeting } from './meeting.js';
import type { E2eeSessionOptions } from './session-options.js';
import { type KemKeyPair, generateKemKeyPair } from './xwing.js';

/** What a session has before there is anybody else. */
export interface Own {
  readonly meeting: Meeting;
  readonly identity: Identity;
  readonly kem: KemKeyPair;
  readonly announcement: Announcement;
  readonly wire: Bytes;
  /** Whom the link names. */
  readonly host: Bytes | undefined;
  /** One's own identity is that. */
  readonly founder: boolean;
}

/** Makes the keys of one joining. Throws `room-invalid`, `name-invalid`, `roles-invalid`. */
export async function makeOwn(options: E2eeSessionOptions): Promise<Own> {
  checkRoom(options.room);
  const random = options.random ?? systemRandom;
  const meeting = await deriveMeeting(options.room, owned(options.secret));
  const identity = options.identity ?? (await generateIdentity());
  const kem = await generateKemKeyPair(random);
  const { name, roles } = options;
  const fields = { createdMs: Date.now(), roles, kemKey: kem.publicKey, name };
  const wire = await createAnnouncement(meeting, identity, fields, random);
  const announcement = await openAnnouncement(meeting, wire);
  const founder = await isHostOf(options.host, identity.publicKey);
  return { meeting, identity, kem, announcement, wire, host: options.host?.slice(), founder };
}
