import { describe, expect, test, vi } from 'vitest';
import { openAnnouncement } from './announcement.js';
import { createAdmit, createGuard, hostOf } from './host.js';
import { generateIdentity } from './identity.js';
import { deriveMeeting } from './meeting.js';
import { MessageType } from './message.js';
import { code, openVideo, sealVideo } from './testing/frames.js';
import { type Delivery, Network, type Participant, ROOM, SECRET, eventTypes } from './testing/network.js';

// Key encapsulation in JavaScript takes its time on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

/** A meeting whose link names its founder. */
async function hosted() {
  const identity = await generateIdentity();
  const host = await hostOf(identity.publicKey);
  const net = new Network();
  const founder = await net.join('founder', { identity, host });
  return { net, host, founder };
}

function apart(participant: Participant, session: string) {
  return participant.events.flatMap((event) =>
    event.type === 'memberApart' && event.session === session ? event.code : [],
  );
}

function refused(participant: Participant, session: string) {
  return participant.events.flatMap((event) =>
    event.type === 'memberRefused' && event.session === session ? event.code : [],
  );
}

/** Whom a participant is told of as giving keys to others than itself does. */
function differing(participant: Participant) {
  const differ = new Map<string, boolean>();
  for (const event of participant.events) if (event.type === 'rosterDiffers') differ.set(event.session, event.differs);
  return [...differ].flatMap(([session, differs]) => (differs ? session : [])).sort();
}

test('a ghost that does not hold the secret is refused', async () => {
  const net = new Network();
  const alice = await net.join('alice');
  const ghost = await net.join('ghost', { secret: new Uint8Array(32).fill(9) });
  expect(refused(alice, 'ghost')).toEqual(['mac-invalid']);
  expect(ghost.events.filter(({ type }) => type === 'memberVerified')).toEqual([]);
});

test('a ghost that holds the secret gets no keys in a guarded meeting, until a host admits it', async () => {
  const { net, host, founder } = await hosted();
  const alice = await net.join('alice', { host });
  await founder.e2ee.setGuard(true);
  await net.settle();
  const ghost = await net.join('ghost', { host });
  expect(apart(alice, 'ghost')).toEqual(['not-admitted']);
  const sealed = await sealVideo(alice, 'secret');
  const waits = code(openVideo(ghost, alice, sealed));
  await net.pass(11_000);
  expect(await waits).toBe('key-missing');

  await founder.e2ee.admit(ghost.e2ee.announcement());
  await net.pass(1000);
  expect(await openVideo(ghost, alice, await sealVideo(alice, 'hello'))).toBe('hello');
});

test('a ghost shown to some only is noticed by both sides', async () => {
  const net = new Network();
  const alice = await net.join('alice');
  const bob = await net.join('bob');
  net.acquainted = (a, b) => ![a, b].includes('ghost') || [a, b].includes('alice');
  await net.join('ghost');
  await net.pass(50_000);
  expect(alice.events).toContainEqual({ type: 'rosterDiffers', session: 'bob', differs: true });
  expect(bob.events).toContainEqual({ type: 'rosterDiffers', session: 'alice', differs: true });
});

test('a withheld leave is noticed, and the one who left reads no more', async () => {
  const net = new Network();
  const alice = await net.join('alice');
  const bob = await net.join('bob');
  const carol = await net.join('carol');
  net.participants.delete('carol');
  await net.pass(60_000);
  expect(apart(alice, 'carol')).toEqual(['silent']);
  const sealed = await sealVideo(alice, 'hello');
  expect(await openVideo(bob, alice, sealed)).toBe('hello');
  carol.e2ee.close();
  expect(eventTypes(alice)).not.toContain('memberGone');
});

test('an old announcement is refused by those who saw it, and falls silent to those who did not', async () => {
  const net = new Network();
  const alice = await net.join('alice');
  const bob = await net.join('bob');
  const old = bob.e2ee.announcement();
  await net.leave(bob);
  expect(await alice.e2ee.memberJoined('bob again', old)).toBe('announcement-replayed');
  expect(refused(alice, 'bob again')).toEqual(['announcement-replayed']);
  const carol = await net.join('carol');
  expect(await carol.e2ee.memberJoined('bob again', old)).toBeUndefined();
  await net.pass(50_000);
  expect(apart(carol, 'bob again')).toEqual(['silent']);
  expect(differing(carol)).toEqual([]);
});

test('swapped keys are noticed: of an announcement, a sender, a recipient', async () => {
  const net = new Network();
  const keys: Delivery[] = [];
  net.deliver = (delivery) => {
    if (delivery.common[0] === MessageType.key) keys.push(delivery);
    return true;
  };
  const alice = await net.join('alice');
  const bob = await net.join('bob');
  await net.join('carol');
  await net.pass(1000);
  const elsewhere = new Network();
  const mallory = await elsewhere.join('mallory');
  expect(await bob.e2ee.memberJoined('alice', mallory.e2ee.announcement())).toBe('announcement-changed');
  expect(bob.events).toContainEqual({ type: 'memberFlagged', session: 'alice', code: 'announcement-changed' });

  const key = (from: string, to: string) => keys.find((delivery) => delivery.from === from && delivery.to === to)!;
  const toBob = key('alice', 'bob');
  const toCarol = key('alice', 'carol');
  expect(await bob.e2ee.receive('carol', toBob.common, toBob.payload)).toBe('sender-mismatch');
  expect(await bob.e2ee.receive('alice', toCarol.common, toCarol.payload)).toBe('recipient-mismatch');
  const tampered = toBob.common.slice();
  tampered[tampered.length - 70]! ^= 1;
  expect(await bob.e2ee.receive('alice', tampered, toBob.payload)).toBe('signature-invalid');
  // None of it took the place of the true key.
  expect(await openVideo(bob, alice, await sealVideo(alice, 'hello'))).toBe('hello');
});

test.each([
  ['remove', MessageType.remove],
  ['guard', MessageType.guard],
] as const)('a %s that is withheld from one is noticed by both sides', async (_, type) => {
  const { net, host, founder } = await hosted();
  const alice = await net.join('alice', { host });
  const bob = await net.join('bob', { host });
  await net.join('eve', { host });
  net.deliver = ({ to, common }) => to !== 'bob' || common[0] !== type;
  if (type === MessageType.remove) {
    await founder.e2ee.remove('eve');
  } else {
    await founder.e2ee.setGuard(true);
    await net.join('ghost', { host });
  }
  await net.pass(50_000);
  expect(differing(bob)).toEqual(expect.arrayContaining(['alice', 'founder']));
  expect(differing(alice)).toContain('bob');
  expect(differing(alice)).not.toContain('founder');
  expect(differing(founder)).toContain('bob');
});

test('statements of an earlier day, with the announcement of their host, count for nothing', async () => {
  const { net: yesterday, host, founder } = await hosted();
  const eve = await yesterday.join('eve', { host });
  await founder.e2ee.setGuard(true);
  await yesterday.settle();
  const admit = founder.sent.find(({ common }) => common[0] === MessageType.admit)!;

  const today = new Network();
  const alice = await today.join('alice', { host });
  await alice.e2ee.waited();
  await alice.e2ee.memberJoined('founder', founder.e2ee.announcement());
  await alice.e2ee.memberJoined('eve', eve.e2ee.announcement());
  expect(await alice.e2ee.receive('founder', admit.common, new Uint8Array())).toBe('host-unproven');
  expect(apart(alice, 'eve')).toEqual(['not-admitted']);
});

describe('a ghost that holds the secret, while the host loads its page anew', () => {
  /** A guarded meeting with a ghost that came before, which the host leaves when a guest has. */
  async function left() {
    const { net, host, founder } = await hosted();
    const identity = await generateIdentity();
    const alice = await net.join('alice', { host });
    const bob = await net.join('bob', { host, identity });
    await founder.e2ee.setGuard(true);
    await net.settle();
    await net.join('early', { host });
    await net.leave(bob);
    const decisions = await founder.e2ee.decisions();
    await net.leave(founder);
    await net.join('late', { host });
    /** The new page of the host, in a room that is closed to the node. */
    const load = async (kept: typeof decisions) => {
      const entering = { identity: founder.e2ee.identity, host, decisions: kept };
      const back = await net.enter('founder', entering, (e2ee) => void e2ee.roomClosed());
      await net.pass(8000);
      return back;
    };
    return { net, host, identity, alice, decisions, load };
  }

  test('is set apart, and whom the host knew is heard', async () => {
    const { net, host, identity, alice, decisions, load } = await left();
    const founder = await load(decisions);
    for (const ghost of ['early', 'late']) {
      expect(apart(founder, ghost)).toEqual(['not-admitted']);
      expect(apart(alice, ghost)).toEqual(['not-admitted']);
      const waits = code(openVideo(net.participants.get(ghost)!, founder, await sealVideo(founder, 'secret')));
      await net.pass(11_000);
      expect(await waits).toBe('key-missing');
    }
    expect(apart(founder, 'alice')).toEqual([]);
    expect(await openVideo(alice, founder, await sealVideo(founder, 'hello'))).toBe('hello');
    expect(await openVideo(founder, alice, await sealVideo(alice, 'hello'))).toBe('hello');
    const bob = await net.join('bob', { host, identity });
    await net.pass(8000);
    expect(apart(founder, 'bob')).toEqual([]);
    expect(await openVideo(bob, alice, await sealVideo(alice, 'hello'))).toBe('hello');
  });

  test('is set apart like everybody when the host has kept nothing', async () => {
    const { net, alice, load } = await left();
    const founder = await load(undefined);
    expect(await founder.e2ee.hostingState()).toMatchObject({ guarded: true });
    for (const name of ['alice', 'early', 'late']) expect(apart(founder, name)).toEqual(['not-admitted']);
    await founder.e2ee.admit(alice.e2ee.announcement());
    await net.pass(8000);
    expect(await openVideo(alice, founder, await sealVideo(founder, 'hello'))).toBe('hello');
  });
});

test('decisions of another host are refused', async () => {
  const { net, founder, host } = await hosted();
  const decisions = await founder.e2ee.decisions();
  for (const other of [undefined, new Uint8Array(16)]) {
    const joins = net.enter('alice', { host: other, decisions });
    await expect(joins).rejects.toMatchObject({ code: 'out-of-range' });
  }
  await net.join('alice', { host, decisions });
});

test('only hosts decide', async () => {
  const { net, host, founder } = await hosted();
  const alice = await net.join('alice', { host });
  const eve = await net.join('eve', { host });
  for (const attempt of [
    eve.e2ee.setGuard(true),
    eve.e2ee.admit(alice.e2ee.announcement()),
    eve.e2ee.remove('alice'),
    eve.e2ee.setHost('alice', true),
  ]) {
    await expect(attempt).rejects.toMatchObject({ code: 'not-host' });
  }
  await founder.e2ee.setGuard(true);
  await net.settle();
  const guard = founder.sent.find(({ common }) => common[0] === MessageType.guard)!;
  expect(await alice.e2ee.receive('eve', guard.common, new Uint8Array())).toBe('not-host');
});

test('one who was removed does not come back, under a new announcement either', async () => {
  const { net, host, founder } = await hosted();
  const identity = await generateIdentity();
  const alice = await net.join('alice', { host });
  await net.join('eve', { host, identity });
  await founder.e2ee.remove('eve');
  await net.settle();
  await net.join('eve again', { host, identity });
  expect(apart(alice, 'eve')).toEqual(['removed-by-host']);
  expect(apart(alice, 'eve again')).toEqual(['removed-by-host']);
  await expect(alice.e2ee.remove('founder')).rejects.toMatchObject({ code: 'not-host' });
});

test('statements in another order undo nothing', async () => {
  const { net, host, founder } = await hosted();
  const identity = await generateIdentity();
  const other = await net.join('other', { host, identity });
  const alice = await net.join('alice', { host });
  const eve = await net.join('eve', { host });
  await founder.e2ee.setHost('other', true);
  await founder.e2ee.remove('eve');
  await net.pass(1000);
  const meeting = await deriveMeeting(ROOM, SECRET);
  const [own, removed] = await Promise.all(
    [other, eve].map(async ({ e2ee }) => (await openAnnouncement(meeting, e2ee.announcement())).id),
  );
  // What another host said before arrives after.
  const admit = await createAdmit(meeting, identity, own!, [removed!]);
  expect(await alice.e2ee.receive('other', admit, new Uint8Array())).toBeUndefined();
  expect(apart(alice, 'eve')).toEqual(['removed-by-host']);
  await founder.e2ee.setGuard(true);
  await net.settle();
  const off = await createGuard(meeting, identity, own!, { epoch: 1n, on: false });
  expect(await alice.e2ee.receive('other', off, new Uint8Array())).toBe('statement-stale');
  expect(await alice.e2ee.hostingState()).toMatchObject({ guarded: true });
});

test('newcomers learn of an appointed host what was decided before they came', async () => {
  const { net, host, founder } = await hosted();
  const alice = await net.join('alice', { host });
  const eve = await net.join('eve', { host });
  const other = await net.join('other', { host, roles: 0 });
  await founder.e2ee.setHost('other', true);
  await founder.e2ee.setGuard(true);
  await founder.e2ee.remove('eve');
  await net.settle();
  await net.leave(founder);
  await net.pass(8000);

  let admitted: Promise<void> | undefined;
  const bob = await net.enter('bob', { host }, (e2ee) => {
    admitted = other.e2ee.admit(e2ee.announcement());
    void e2ee.waited();
  });
  await admitted;
  await net.pass(8000);
  expect(apart(bob, 'eve').at(-1)).toBe('removed-by-host');
  expect(await bob.e2ee.hostingState()).toMatchObject({ guarded: true, sessions: ['other'] });
  expect(await openVideo(bob, alice, await sealVideo(alice, 'hello'))).toBe('hello');
  expect(await openVideo(alice, bob, await sealVideo(bob, 'hello'))).toBe('hello');
  const waits = code(openVideo(eve, bob, await sealVideo(bob, 'secret')));
  await net.pass(50_000);
  expect(await waits).toBe('key-missing');
  expect([alice, bob, other].flatMap(differing)).toEqual([]);
});
