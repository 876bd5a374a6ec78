import { afterEach, describe, expect, it, vi } from 'vitest';
import type { EncryptionState } from '../room/types.js';
import type { ClientKind } from '../transport/types.js';
import { E2eeDeliverySchema, ParticipantInfoSchema, type ParticipantInfo } from '../wire/gen/confab/v1/control_pb.js';
import { create } from '../wire/protobuf/create.js';
import { type Random } from '../e2ee/crypto.js';
import { generateIdentity } from '../e2ee/identity.js';
import { encrypted, type KeySource } from './encrypted.js';
import type { MemberEncryption } from './roster.js';
import type { Security } from './security.js';

const SECRET = new Uint8Array(32).fill(7);
const OTHER_SECRET = new Uint8Array(32).fill(8);
const HEADER = Uint8Array.of(1, 0, 0);
const CAMERA = 1;
const CAMERA_SLOT = CAMERA << 3;

// Key encapsulation in JavaScript takes its time on a busy machine.
vi.setConfig({ testTimeout: 30_000 });

/** One who is in the room, by the engine's own glue around E2EE v1. */
interface Person {
  readonly info: ParticipantInfo;
  readonly security: Security;
  readonly members: Map<string, MemberEncryption>;
  readonly state: () => EncryptionState | undefined;
  /** Whether it was told to join anew. */
  readonly rejoins: () => boolean;
}

const room = new Map<string, Pick<Person, 'info' | 'security'>>();

afterEach(() => {
  for (const { security } of room.values()) security.close();
  room.clear();
});

/** Joins as the node would have it: the newcomer is told of all, and all of the newcomer. */
async function join(session: string, secret = SECRET, keys: KeySource = {}, name = session): Promise<Person> {
  const members = new Map<string, MemberEncryption>();
  let state: EncryptionState | undefined;
  let rejoins = false;
  const make = await encrypted('standup', secret, keys);
  const security = make({
    send: (message) => deliver(session, message),
    member: (other, encryption) => members.set(other, encryption),
    state: (next) => (state = next),
    gone() {},
    rotated() {},
    keyframeWanted() {},
    rejoin: () => (rejoins = true),
    warn() {},
    identity: () => '',
    hostingChanged() {},
    async keep() {},
  });
  const person = await enter(session, name, security);
  return { ...person, members, state: () => state, rejoins: () => rejoins };
}

async function enter(session: string, name: string, security: Security): Promise<Pick<Person, 'info' | 'security'>> {
  const announcement = await security.announcement({ name, publishes: true });
  const info = create(ParticipantInfoSchema, { session, identity: session, announcement });
  security.welcome(
    [...room.values()].map((person) => person.info),
    false,
  );
  for (const other of room.values()) other.security.joined(info);
  room.set(session, { info, security });
  return { info, security };
}

function leave(session: string): void {
  room.delete(session);
  for (const other of room.values()) other.security.left(session, false);
}

/** Bytes that are the same for everybody who has a source of their own. */
function predictable(): Random {
  let call = 0;
  return (n) => new Uint8Array(n).fill(++call);
}

function deliver(from: string, message: ClientKind): void {
  if (message.case !== 'e2ee') return;
  const { common, parts } = message.value;
  for (const { to, payload } of parts) {
    room.get(to)?.security.receive(create(E2eeDeliverySchema, { from, common, payload }));
  }
}

const until = (condition: () => boolean): Promise<void> =>
  vi.waitFor(() => expect(condition()).toBe(true), { timeout: 20_000 });

describe('Encrypted', () => {
  it('opens what another member sealed, and knows its name', async () => {
    const ann = await join('ann');
    const bob = await join('bob');
    await until(() => ann.members.get('bob')?.state === 'active');
    const sealed = await ann.security.seal(CAMERA_SLOT, HEADER, Uint8Array.of(1, 2, 3));
    expect(sealed).not.toEqual(Uint8Array.of(1, 2, 3));
    expect(await bob.security.open('ann', CAMERA, HEADER, sealed)).toEqual(Uint8Array.of(1, 2, 3));
    expect(bob.members.get('ann')).toMatchObject({ state: 'active', name: 'ann' });
  });

  it('shows both the same safety code', async () => {
    const ann = await join('ann');
    const bob = await join('bob');
    await until(() => ann.state()?.safetyCode !== '' && ann.state()?.safetyCode === bob.state()?.safetyCode);
    expect(ann.state()).toMatchObject({ status: 'active', verified: true, refused: [] });
  });

  it('tells the one whose secret is wrong, and not the others, that it has failed', async () => {
    const ann = await join('ann');
    const eve = await join('eve', OTHER_SECRET);
    await until(() => ann.members.get('eve')?.state === 'refused' && eve.members.get('ann')?.state === 'refused');
    expect(eve.state()).toMatchObject({ status: 'failed', refused: ['ann'], reason: expect.stringContaining('link') });
    expect(ann.state()).toMatchObject({ status: 'active', refused: ['eve'] });
  });

  it('joins anew when its index is taken by one who was there before, who stays', async () => {
    // Of the same keys, nonces and time the same announcement is made, and so the same index.
    vi.useFakeTimers({ toFake: ['Date'], now: 0 });
    const identity = await generateIdentity();
    const half = await crypto.subtle.generateKey('X25519', false, ['deriveBits']);
    const making = vi.spyOn(crypto.subtle, 'generateKey').mockResolvedValue(half);
    const twin = (session: string) => join(session, SECRET, { identity, random: predictable() }, 'twin');
    const ann = await twin('ann');
    const bob = await twin('bob');
    making.mockRestore();
    vi.useRealTimers();
    await until(() => bob.rejoins());
    expect(bob.members.get('ann')).toBeUndefined();
    expect(bob.state()).toMatchObject({ status: 'active', refused: [] });
    await until(() => ann.members.get('bob')?.state === 'refused');
    expect(ann.rejoins()).toBe(false);
    await expect(bob.security.seal(CAMERA_SLOT, HEADER, Uint8Array.of(1))).rejects.toMatchObject({ code: 'closed' });

    leave('bob');
    await enter('bob', 'twin', bob.security);
    await until(() => ann.members.get('bob')?.state === 'active' && bob.members.get('ann')?.state === 'active');
    const sealed = await bob.security.seal(CAMERA_SLOT, HEADER, Uint8Array.of(1, 2, 3));
    expect(await ann.security.open('bob', CAMERA, HEADER, sealed)).toEqual(Uint8Array.of(1, 2, 3));
  });

  it('enters with the announcement that was asked for last', async () => {
    const ann = await join('ann');
    const make = await encrypted('standup', SECRET);
    const none = {
      send() {},
      member() {},
      state() {},
      gone() {},
      rotated() {},
      keyframeWanted() {},
      rejoin() {},
      warn() {},
      identity: () => '',
      hostingChanged() {},
      async keep() {},
    };
    const security = make({ ...none, send: (message) => deliver('bob', message) });
    const given = security.announcement({ name: 'bob', publishes: true });
    const outdated = expect(given).rejects.toMatchObject({ code: 'aborted' });
    await enter('bob', 'bob', security);
    await outdated;
    await until(() => ann.members.get('bob')?.state === 'active');
    const sealed = await security.seal(CAMERA_SLOT, HEADER, Uint8Array.of(1, 2, 3));
    expect(await ann.security.open('bob', CAMERA, HEADER, sealed)).toEqual(Uint8Array.of(1, 2, 3));
  });
});
