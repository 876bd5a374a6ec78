import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { hostOf } from '../e2ee/host.js';
import { generateIdentity, type Identity } from '../e2ee/identity.js';
import { MessageType } from '../e2ee/message.js';
import type { EncryptionState } from '../room/types.js';
import { E2eeDeliverySchema, ParticipantInfoSchema, type ParticipantInfo } from '../wire/gen/confab/v1/control_pb.js';
import { create } from '../wire/protobuf/create.js';
import { encrypted } from './encrypted.js';
import type { Security } from './security.js';

// What a node that works against the members is seen by, as applications are told of it.

// Key encapsulation in JavaScript takes its time on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

const SECRET = new Uint8Array(32).fill(7);
const STEP_MS = 250;
const realTimeout = globalThis.setTimeout;

interface Person {
  readonly name: string;
  readonly info: ParticipantInfo;
  readonly security: Security;
  alerts(): EncryptionState['alerts'];
  refused(): readonly string[];
}

const people = new Map<string, Person>();
let host: Uint8Array | undefined;
/** Whether the node hands on a message. */
let delivers: (from: string, to: string, type: number | undefined) => boolean;
/** Whether it tells two of each other. */
let shows: (a: string, b: string) => boolean;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  delivers = shows = () => true;
  host = undefined;
});

afterEach(() => {
  vi.useRealTimers();
  for (const { security } of people.values()) security.close();
  people.clear();
});

async function join(name: string, identity?: Identity): Promise<Person> {
  let state: EncryptionState | undefined;
  const security = (await encrypted('standup', SECRET, { identity, host }))({
    send: (message) => {
      if (message.case !== 'e2ee') return;
      const { common, parts } = message.value;
      for (const { to, payload } of parts) {
        if (!delivers(name, to, common[0])) continue;
        people.get(to)?.security.receive(create(E2eeDeliverySchema, { from: name, common, payload }));
      }
    },
    state: (next) => (state = next),
    identity: () => name,
    member() {},
    gone() {},
    rotated() {},
    keyframeWanted() {},
    rejoin() {},
    warn() {},
    hostingChanged() {},
    async keep() {},
  });
  const announcement = await security.announcement({ name, publishes: true });
  const info = create(ParticipantInfoSchema, { session: name, identity: name, announcement });
  const others = [...people.values()].filter((other) => shows(name, other.name));
  security.welcome(
    others.map((other) => other.info),
    false,
  );
  for (const other of others) other.security.joined(info);
  const person = { name, info, security, alerts: () => state?.alerts ?? [], refused: () => state?.refused ?? [] };
  people.set(name, person);
  await pass(1000);
  return person;
}

/** Lets time go by, with pauses for what the browser computes meanwhile. */
async function pass(ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += STEP_MS) {
    vi.advanceTimersByTime(STEP_MS);
    await new Promise((resolve) => realTimeout(resolve, 2));
  }
}

const until = (check: () => void): Promise<void> => vi.waitFor(check, { timeout: 20_000 });

/** The founder, alice and bob, of a meeting whose link names its host. */
async function hosted() {
  const identity = await generateIdentity();
  host = await hostOf(identity.publicKey);
  return { founder: await join('founder', identity), alice: await join('alice'), bob: await join('bob') };
}

test('a ghost in a guarded meeting', async () => {
  const { founder, alice } = await hosted();
  await founder.security.setGuard(true);
  await pass(1000);
  const ghost = await join('ghost');
  await until(() => expect(alice.alerts()).toEqual([{ code: 'not-admitted', identity: 'ghost' }]));
  await until(() => expect(founder.alerts()).toEqual([{ code: 'not-admitted', identity: 'ghost' }]));
  await founder.security.admit(ghost.info.announcement);
  await pass(1000);
  await until(() => expect(alice.alerts()).toEqual([]));
});

test('a ghost that is shown to some', async () => {
  const alice = await join('alice');
  const bob = await join('bob');
  shows = (a, b) => ![a, b].includes('ghost') || [a, b].includes('alice');
  await join('ghost');
  await pass(55_000);
  await until(() => expect(alice.alerts()).toContainEqual({ code: 'roster-differs', identity: 'bob' }));
  await until(() => expect(bob.alerts()).toEqual([{ code: 'roster-differs', identity: 'alice' }]));
});

test('a leave that is withheld', async () => {
  const alice = await join('alice');
  const bob = await join('bob');
  bob.security.close();
  people.delete('bob');
  await pass(50_000);
  await until(() => expect(alice.alerts()).toEqual([{ code: 'silent', identity: 'bob' }]));
});

test('an announcement that is replayed', async () => {
  const alice = await join('alice');
  const bob = await join('bob');
  bob.security.close();
  people.delete('bob');
  alice.security.left('bob', false);
  await pass(1000);
  const { announcement } = bob.info;
  alice.security.joined(create(ParticipantInfoSchema, { session: 'again', identity: 'bob', announcement }));
  await pass(1000);
  await until(() => expect(alice.alerts()).toEqual([{ code: 'misbehaved', identity: 'bob' }]));
  await until(() => expect(alice.refused()).toEqual(['bob']));
});

test('keys that are swapped', async () => {
  const alice = await join('alice');
  const bob = await join('bob');
  const carol = await join('carol');
  const { announcement } = carol.info;
  alice.security.joined(create(ParticipantInfoSchema, { session: 'bob', identity: 'bob', announcement }));
  await pass(1000);
  await until(() => expect(alice.alerts()).toEqual([{ code: 'misbehaved', identity: 'bob' }]));
  expect(bob.alerts()).toEqual([]);
});

test('a removal that is withheld from one', async () => {
  const { founder, alice, bob } = await hosted();
  await join('eve');
  delivers = (_, to, type) => to !== 'bob' || type !== MessageType.remove;
  await founder.security.remove('eve');
  await pass(55_000);
  await until(() => expect(bob.alerts()).toContainEqual({ code: 'roster-differs', identity: 'founder' }));
  await until(() => expect(bob.alerts()).toContainEqual({ code: 'roster-differs', identity: 'alice' }));
  await until(() => expect(alice.alerts()).toContainEqual({ code: 'removed-by-host', identity: 'eve' }));
  await until(() => expect(alice.alerts()).toContainEqual({ code: 'roster-differs', identity: 'bob' }));
});

test('one who was removed and is shown again', async () => {
  const { founder, alice } = await hosted();
  const identity = await generateIdentity();
  const eve = await join('eve', identity);
  await founder.security.remove('eve');
  eve.security.close();
  people.delete('eve');
  for (const { security } of people.values()) security.left('eve', true);
  await pass(1000);
  await until(() => expect(alice.alerts()).toEqual([]));
  await join('eve again', identity);
  await until(() => expect(alice.alerts()).toEqual([{ code: 'removed-by-host', identity: 'eve again' }]));
});
