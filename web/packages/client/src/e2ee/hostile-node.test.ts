import { expect, test, vi } from 'vitest';
import { hostOf } from './host.js';
import { generateIdentity } from './identity.js';
import { code, openVideo, sealVideo } from './testing/frames.js';
import { Network, type Participant, eventTypes } from './testing/network.js';

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

test('two compare emoji, and what both see is the same', async () => {
  const net = new Network();
  const alice = await net.join('alice');
  const bob = await net.join('bob');
  await alice.e2ee.startComparing('bob');
  await net.settle();
  await bob.e2ee.startComparing('alice');
  await net.settle();
  const shown = [alice, bob].map((who) =>
    who.events.flatMap((event) => (event.type === 'comparisonChanged' && event.state === 'shown' ? [event.emoji] : [])),
  );
  expect(shown[0]).toHaveLength(1);
  expect(shown[0]![0]).toHaveLength(7);
  expect(shown[0]).toEqual(shown[1]);
  await alice.e2ee.finishComparing('bob', true);
  await bob.e2ee.finishComparing('alice', false);
  expect(alice.e2ee.isProven('bob')).toBe(true);
  expect(bob.events).toContainEqual({ type: 'memberFlagged', session: 'alice', code: 'code-differs' });
});
