import { expect, test, vi } from 'vitest';
import { hostOf } from './host.js';
import { type Identity, generateIdentity } from './identity.js';
import { code, openVideo, sealVideo } from './testing/frames.js';
import { Network, type Participant } from './testing/network.js';

// Key encapsulation in JavaScript takes its time on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

/** A guarded meeting of its founder and alice. */
async function guarded() {
  const identity = await generateIdentity();
  const host = await hostOf(identity.publicKey);
  const net = new Network();
  const founder = await net.join('founder', { identity, host });
  const alice = await net.join('alice', { host });
  await founder.e2ee.setGuard(true);
  await net.settle();
  /** Joins anew; previous: in the same page. */
  const again = async (who: Participant, as: Identity, previous = false): Promise<Participant> => {
    await net.leave(who);
    return net.join(who.name, { host, identity: as, ...(previous && { previous: who.e2ee }) });
  };
  return { net, host, identity, founder, alice, again };
}

/** How one stands to another: `verified`, or why it is set apart. */
function standing(of: Participant, session: string): string | undefined {
  return of.events
    .flatMap((event) => {
      if (!('session' in event) || event.session !== session) return [];
      if (event.type === 'memberVerified') return 'verified';
      return event.type === 'memberApart' ? event.code : [];
    })
    .at(-1);
}

test('an admission outlasts joining anew under the same identity, and under no other', async () => {
  const { net, host, founder, alice, again } = await guarded();
  const identity = await generateIdentity();
  let bob = await net.enter('bob', { host, identity });
  await founder.e2ee.admit(bob.e2ee.announcement());
  await net.settle();
  for (let reload = 0; reload < 2; reload++) {
    bob = await again(bob, identity);
    expect([founder, alice].map((who) => standing(who, 'bob'))).toEqual(['verified', 'verified']);
    await net.pass(8000);
    expect(await openVideo(bob, alice, await sealVideo(alice, 'hello'))).toBe('hello');
    expect(await openVideo(alice, bob, await sealVideo(bob, 'here'))).toBe('here');
  }
  await again(bob, await generateIdentity());
  expect([founder, alice].map((who) => standing(who, 'bob'))).toEqual(['not-admitted', 'not-admitted']);
});

test('one who was removed is not admitted again by itself', async () => {
  const { net, host, founder, alice, again } = await guarded();
  const identity = await generateIdentity();
  const eve = await net.enter('eve', { host, identity });
  await founder.e2ee.admit(eve.e2ee.announcement());
  await net.settle();
  await founder.e2ee.remove('eve');
  await net.settle();
  await again(eve, identity, true);
  expect([founder, alice].map((who) => standing(who, 'eve'))).toEqual(['removed-by-host', 'removed-by-host']);
});

test('a host that joins anew keeps the guard, and admits nobody whom it did not know', async () => {
  const { net, host, identity, founder, alice, again } = await guarded();
  const ghost = await net.join('ghost', { host });
  const back = await again(founder, identity, true);
  expect(await back.e2ee.hostingState()).toMatchObject({ founder: true, guarded: true });
  await net.pass(8000);
  expect([back, alice].map((who) => standing(who, 'ghost'))).toEqual(['not-admitted', 'not-admitted']);
  expect(await openVideo(alice, back, await sealVideo(back, 'hello'))).toBe('hello');
  const waits = code(openVideo(ghost, alice, await sealVideo(alice, 'secret')));
  await net.pass(11_000);
  expect(await waits).toBe('key-missing');

  const bob = await net.enter('bob', { host });
  await back.e2ee.admit(bob.e2ee.announcement());
  await net.pass(1000);
  expect(await bob.e2ee.hostingState()).toMatchObject({ guarded: true });
  expect(standing(bob, 'ghost')).toBe('not-admitted');
});

test('a guarded member that joins anew stays guarded without a host', async () => {
  const { net, host, founder, alice, again } = await guarded();
  await net.leave(founder);
  const back = await again(alice, alice.e2ee.identity, true);
  await net.join('ghost', { host });
  expect(standing(back, 'ghost')).toBe('not-admitted');
});

test('a previous session of another meeting is refused', async () => {
  const net = new Network();
  const alice = await net.join('alice');
  await expect(net.enter('bob', { room: 'other', previous: alice.e2ee })).rejects.toMatchObject({
    code: 'out-of-range',
  });
});
