import { expect, test, vi } from 'vitest';
import { Role } from './announcement.js';
import { FrameSource, kidGen, kidStep } from './kid.js';
import type { OutgoingMessage } from './distribution.js';
import { MessageType } from './message.js';
import { decodeHeader } from './sframe.js';
import { HEADER, code, openVideo, sealVideo, text } from './testing/frames.js';
import { Network, type Participant, eventTypes } from './testing/network.js';

// Key encapsulation in JavaScript takes its time on a busy machine.
vi.setConfig({ testTimeout: 30_000 });

/** The (gen, step) fields of a frame's KID. */
function version(sealed: Uint8Array): [number, number] {
  const { kid } = decodeHeader(sealed);
  return [kidGen(kid), kidStep(kid)];
}

function isKey(message: OutgoingMessage): boolean {
  return message.common[0] === MessageType.key;
}

function genOfKey(key: Uint8Array): number {
  return new DataView(key.buffer, key.byteOffset).getUint32(68);
}

test('two members see each other, and hear each other in both directions', async () => {
  const net = new Network();
  const alice = await net.join('alice');
  const bob = await net.join('bob', { roles: Role.publisher | Role.recorder });

  expect(alice.events).toEqual([
    {
      type: 'memberVerified',
      session: 'bob',
      name: 'bob',
      roles: Role.publisher | Role.recorder,
      identityKey: bob.e2ee.identity.publicKey,
    },
  ]);
  expect(await openVideo(bob, alice, await sealVideo(alice, 'hello'))).toBe('hello');
  expect(await openVideo(alice, bob, await sealVideo(bob, 'hi'))).toBe('hi');
  expect(await alice.e2ee.safetyCode()).toBe(await bob.e2ee.safetyCode());
  expect(await alice.e2ee.safetyCode('bob')).toBe(await bob.e2ee.safetyCode('alice'));
  expect(await alice.e2ee.safetyCode()).toMatch(/^\d{5}( \d{5}){11}$/);
});

test('a participant with another secret is refused on both sides, gets no key and is not heard', async () => {
  const net = new Network();
  const alice = await net.join('alice');
  const mallory = await net.join('mallory', { secret: new Uint8Array(32) });
  await net.pass(5000);

  expect(alice.events).toEqual([{ type: 'memberRefused', session: 'mallory', code: 'mac-invalid' }]);
  expect(mallory.events).toEqual([{ type: 'memberRefused', session: 'alice', code: 'mac-invalid' }]);
  expect([...alice.sent, ...mallory.sent]).toEqual([]);
  expect(await code(openVideo(alice, mallory, await sealVideo(mallory)))).toBe('member-rejected');
  await expect(alice.e2ee.safetyCode('mallory')).rejects.toMatchObject({ code: 'member-rejected' });
});

test('while nothing is sealed, new members get the key at once and without a ratchet', async () => {
  const net = new Network();
  const alice = await net.join('alice');
  const bob = await net.join('bob');
  const sealed = await sealVideo(alice);
  expect(version(sealed)).toEqual([0, 0]);
  expect(await openVideo(bob, alice, sealed)).toBe('picture');
});

test('members that join within 500 ms cost one ratchet, and read nothing from before', async () => {
  const net = new Network();
  const alice = await net.join('alice');
  const bob = await net.join('bob');
  const before = await sealVideo(alice, 'before');

  const carol = await net.join('carol');
  await net.pass(400);
  const dave = await net.join('dave');
  expect(version(await sealVideo(alice))).toEqual([0, 0]);
  await net.pass(100);

  const after = await sealVideo(alice, 'after');
  expect(version(after)).toEqual([0, 1]);
  for (const receiver of [bob, carol, dave]) expect(await openVideo(receiver, alice, after)).toBe('after');
  expect(await openVideo(bob, alice, before)).toBe('before');
  expect(await code(openVideo(carol, alice, before))).toBe('key-unknown');
});

test('who is present when a member without the publisher role first sends can read it', async () => {
  const net = new Network();
  const listener = await net.join('listener', { roles: 0 });
  const bob = await net.join('bob');
  expect(listener.sent).toEqual([]);

  const message = await listener.e2ee.sealData('chat', text('hello'));
  await net.settle();
  expect(await bob.e2ee.openData('listener', 'chat', message)).toEqual(text('hello'));
});

test('a leave rotates after a second; the new key is used one to two seconds later, with a keyframe', async () => {
  const net = new Network();
  const alice = await net.join('alice');
  const bob = await net.join('bob');
  const carol = await net.join('carol');
  const old = await sealVideo(alice, 'old');

  const before = alice.sent.length;
  await net.leave(carol);
  await net.pass(1999);
  expect(version(await sealVideo(alice))).toEqual([0, 0]);
  expect(eventTypes(alice)).not.toContain('memberGone');
  await net.pass(1002);

  const sealed = await sealVideo(alice, 'new');
  expect(version(sealed)).toEqual([1, 0]);
  expect(eventTypes(alice).slice(-2)).toEqual(['keyRotated', 'memberGone']);
  expect(alice.sent.slice(before).flatMap(({ parts }) => parts.map(({ to }) => to))).toEqual(['bob']);
  const leaver = code(openVideo(carol, alice, sealed));
  expect(await openVideo(bob, alice, sealed)).toBe('new');

  carol.e2ee.close();
  expect(await leaver).toBe('closed');
  await net.pass(9999);
  expect(await openVideo(bob, alice, old)).toBe('old');
  await net.pass(2);
  expect(await code(openVideo(bob, alice, old))).toBe('key-unknown');
});

test('rotations after leaves are five seconds apart, but one for a removed member is not', async () => {
  const net = new Network();
  const alice = await net.join('alice');
  const others = [];
  for (const name of ['bob', 'carol', 'dave', 'erin']) others.push(await net.join(name));
  const [bob, carol, dave, erin] = others as [Participant, Participant, Participant, Participant];
  const generations = () => new Set(alice.sent.filter(isKey).map((message) => genOfKey(message.common)));

  await net.leave(bob);
  await net.pass(1000);
  expect(generations()).toEqual(new Set([0, 1]));
  await net.leave(carol);
  await net.pass(4999);
  expect(generations()).toEqual(new Set([0, 1]));
  await net.pass(1);
  expect(generations()).toEqual(new Set([0, 1, 2]));
  await net.leave(dave, true);
  expect(generations()).toEqual(new Set([0, 1, 2, 3]));

  await net.pass(2000);
  const sealed = await sealVideo(alice);
  expect(version(sealed)).toEqual([3, 0]);
  expect(await openVideo(erin, alice, sealed)).toBe('picture');
});

test('who joins while a rotation is under way gets the coming key', async () => {
  const net = new Network();
  const alice = await net.join('alice');
  const bob = await net.join('bob');
  await net.join('carol').then((carol) => net.leave(carol));
  await sealVideo(alice);
  await net.pass(1000);
  const dave = await net.join('dave');
  await net.pass(500);
  expect(version(await sealVideo(alice))).toEqual([0, 0]);
  await net.pass(1500);
  const sealed = await sealVideo(alice);
  expect(version(sealed)).toEqual([1, 0]);
  expect(await openVideo(bob, alice, sealed)).toBe('picture');
  expect(await openVideo(dave, alice, sealed)).toBe('picture');
});

test('the ninth ratchet of a generation is a rotation', async () => {
  const net = new Network();
  const alice = await net.join('alice');
  const bob = await net.join('bob');
  for (let step = 1; step <= 8; step++) {
    await sealVideo(alice);
    await net.pass(600_000);
    expect(version(await sealVideo(alice))).toEqual([0, step]);
  }
  // The eight steps since the last frame that bob opened are as far as he can follow.
  expect(await openVideo(bob, alice, await sealVideo(alice))).toBe('picture');
  await net.pass(602_000);
  const sealed = await sealVideo(alice);
  expect(version(sealed)).toEqual([1, 0]);
  expect(await openVideo(bob, alice, sealed)).toBe('picture');
});

test('counters follow the order of calls, and frames open in any order, once', async () => {
  const net = new Network();
  const alice = await net.join('alice');
  const bob = await net.join('bob');
  const sealed = await Promise.all(Array.from({ length: 40 }, (_, i) => sealVideo(alice, String(i))));
  expect(sealed.map((one) => decodeHeader(one).counter)).toEqual(sealed.map((_, i) => i));

  const opened = await Promise.all([...sealed].reverse().map((one) => openVideo(bob, alice, one)));
  expect(opened).toEqual(sealed.map((_, i) => String(39 - i)));
  const twice = await Promise.all(sealed.map((one) => code(openVideo(bob, alice, one))));
  expect(new Set(twice)).toEqual(new Set(['frame-replayed']));
});

test('the same frame opened twice at once opens once, also under a key that is still being derived', async () => {
  const net = new Network();
  const alice = await net.join('alice');
  const bob = await net.join('bob');
  await sealVideo(alice);
  await net.join('carol');
  await net.pass(500);
  const sealed = await sealVideo(alice);
  expect(version(sealed)).toEqual([0, 1]);
  const outcomes = await Promise.all([1, 2, 3].map(() => code(openVideo(bob, alice, sealed))));
  expect(outcomes.sort()).toEqual(['frame-replayed', 'frame-replayed', 'opened']);
});

test('frames of another sender, source or header do not open', async () => {
  const net = new Network();
  const alice = await net.join('alice');
  const bob = await net.join('bob');
  await net.join('carol');
  const sealed = await sealVideo(alice);
  expect(await code(bob.e2ee.open('carol', FrameSource.camera, HEADER, sealed))).toBe('sender-mismatch');
  expect(await code(bob.e2ee.open('alice', FrameSource.screen, HEADER, sealed))).toBe('source-mismatch');
  expect(await code(bob.e2ee.open('alice', FrameSource.camera, Uint8Array.of(0), sealed))).toBe('frame-invalid');
  expect(await code(bob.e2ee.open('nobody', FrameSource.camera, HEADER, sealed))).toBe('member-unknown');
  expect(await openVideo(bob, alice, sealed)).toBe('picture');
  expect(bob.e2ee.counts.get('sender-mismatch')).toBe(1);
});

test('data messages are bound to their topic and come in order', async () => {
  const net = new Network();
  const alice = await net.join('alice');
  const bob = await net.join('bob');
  const sealed = await Promise.all(['a', 'b', 'c'].map((value) => alice.e2ee.sealData('chat', text(value))));
  expect(await code(bob.e2ee.openData('alice', 'other', sealed[0]!))).toBe('frame-invalid');
  const order: string[] = [];
  const open = (one: Uint8Array) =>
    bob.e2ee.openData('alice', 'chat', one).then((plaintext) => order.push(new TextDecoder().decode(plaintext)));
  await Promise.all(sealed.map(open));
  expect(order).toEqual(['a', 'b', 'c']);
  await expect(alice.e2ee.sealData('t'.repeat(65), text('x'))).rejects.toMatchObject({ code: 'out-of-range' });
});

test.each([
  ['the key was ratcheted for it', async () => {}],
  ['a key that was rotated meanwhile is in use', (net: Network) => net.leave(net.participants.get('carol')!)],
])('a data message waits for who joined before it until %s', async (_, meanwhile) => {
  const net = new Network();
  const alice = await net.join('alice');
  await net.join('carol');
  await sealVideo(alice);
  await meanwhile(net);
  await net.pass(1000);
  const bob = await net.join('bob');
  let sealed: Uint8Array | undefined;
  const sealing = alice.e2ee.sealData('chat', text('welcome')).then((message) => (sealed = message));
  await net.settle();
  expect(sealed).toBeUndefined();
  await net.pass(5000);
  await sealing;
  expect(await bob.e2ee.openData('alice', 'chat', sealed!)).toEqual(text('welcome'));
});

test('a data message does not wait for ever for one who left', async () => {
  const net = new Network();
  const alice = await net.join('alice');
  await net.join('carol');
  await sealVideo(alice);
  const bob = await net.join('bob');
  const sealing = alice.e2ee.sealData('chat', text('welcome'));
  await net.leave(bob);
  await expect(sealing).resolves.toBeDefined();
});

test('a member that joins anew with its identity is recognised, and its old announcement is not accepted again', async () => {
  const net = new Network();
  const alice = await net.join('alice');
  const bob = await net.join('bob');
  const code1 = await alice.e2ee.safetyCode('bob');
  await net.leave(bob);
  const again = await net.join('bob', { identity: bob.e2ee.identity });
  expect(again.e2ee.announcement()).not.toEqual(bob.e2ee.announcement());
  expect(await alice.e2ee.safetyCode('bob')).toBe(code1);
  expect(await openVideo(again, alice, await sealVideo(alice))).toBe('picture');

  expect(await alice.e2ee.memberJoined('copy', bob.e2ee.announcement())).toBe('announcement-replayed');
  expect(await alice.e2ee.memberJoined('copy2', again.e2ee.announcement())).toBe('index-taken');
  expect(await alice.e2ee.memberJoined('bob', bob.e2ee.announcement())).toBe('announcement-changed');
  expect(await alice.e2ee.memberJoined('bob', again.e2ee.announcement())).toBeUndefined();
  expect(await alice.e2ee.memberJoined('self', alice.e2ee.announcement())).toBe('index-taken');
  expect(eventTypes(alice).slice(-5)).toEqual([
    'memberRefused',
    'memberRefused',
    'memberFlagged',
    'indexCollision',
    'memberRefused',
  ]);
});

test('a big room is served in messages under the limit', async () => {
  const net = new Network();
  net.acquainted = (a, b) => a === 'alice' || b === 'alice';
  await Promise.all(Array.from({ length: 40 }, (_, i) => net.enter(`member ${i}`)));
  await net.settle();
  const alice = await net.join('alice', { maxMessageBytes: 8000 });
  const size = (parts: readonly { to: string; payload: Uint8Array }[]) =>
    parts.reduce((sum, part) => sum + part.payload.length + part.to.length + 16, 0);
  expect(Math.max(...alice.sent.map((message) => message.common.length + size(message.parts)))).toBeLessThan(8000);

  const sealed = await sealVideo(alice);
  const receivers = [...net.participants.values()].filter((participant) => participant !== alice);
  const opened = await Promise.all(receivers.map((receiver) => openVideo(receiver, alice, sealed)));
  expect(opened).toEqual(receivers.map(() => 'picture'));
});

test('a closed session rejects everything, also what was held', async () => {
  const net = new Network();
  const alice = await net.join('alice');
  net.deliver = () => false;
  const bob = await net.join('bob');
  const held = code(openVideo(bob, alice, await sealVideo(alice)));
  bob.e2ee.close();
  expect(await held).toBe('closed');
  expect(await code(sealVideo(bob))).toBe('closed');
  expect(await code(bob.e2ee.memberJoined('carol', new Uint8Array()))).toBe('closed');
  expect(bob.e2ee.nextWake()).toBeUndefined();
});

test('a session is not made for a bad room, name or role', async () => {
  const net = new Network();
  for (const [options, code] of [
    [{ room: 'a room' }, 'room-invalid'],
    [{ name: 'n'.repeat(257) }, 'name-invalid'],
    [{ name: 'two\nlines' }, 'name-invalid'],
    [{ roles: 8 }, 'roles-invalid'],
  ] as const) {
    await expect(net.enter('alice', options)).rejects.toMatchObject({ code });
  }
});

test('a timer that calls too early is told again when to call', async () => {
  let wakes = 0;
  const net = new Network();
  const alice = await net.join('alice', { onWake: () => wakes++ });
  const bob = await net.join('bob');
  await net.leave(bob);
  const due = alice.e2ee.nextWake();
  wakes = 0;
  await alice.e2ee.advance();
  await alice.e2ee.idle();
  expect(alice.e2ee.nextWake()).toBe(due);
  expect(wakes).toBe(1);
});
