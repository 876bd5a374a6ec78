import { expect, test, vi } from 'vitest';
import { systemRandom } from './crypto.js';
import { FrameSource, slotOf } from './kid.js';
import { MessageType } from './message.js';
import { BASE_KEY_BYTES, ratchet } from './sframe.js';
import { CAMERA, HEADER, code, openVideo, sealVideo, text } from './testing/frames.js';
import { type Delivery, Network, type Participant } from './testing/network.js';
import { Rogue } from './testing/rogue.js';

// Key encapsulation in JavaScript takes its time on a busy machine.
vi.setConfig({ testTimeout: 30_000 });

const MICROPHONE = slotOf(FrameSource.microphone);

function isKind(type: number): (delivery: Delivery) => boolean {
  return ({ common, payload }) => (common.length > 0 ? common[0] : payload[0]) === type;
}

function requestsOf(participant: Participant): number {
  return participant.sent.filter(({ parts }) => parts[0]!.payload[0] === MessageType.keyreq).length;
}

test('frames that come before their key are held, and open when it comes', async () => {
  const net = new Network();
  const alice = await net.join('alice');
  net.deliver = (delivery) => !isKind(MessageType.key)(delivery);
  const bob = await net.join('bob');
  const opened: string[] = [];
  const sealed = [await sealVideo(alice, 'one'), await sealVideo(alice, 'two')];
  const video = sealed.map((one) => openVideo(bob, alice, one).then((picture) => opened.push(picture)));
  const message = await alice.e2ee.sealData('chat', text('hello'));
  const data = bob.e2ee.openData('alice', 'chat', message);
  await net.pass(999);
  expect(opened).toEqual([]);
  expect(requestsOf(bob)).toBe(0);

  net.deliver = () => true;
  await net.pass(1);
  expect(requestsOf(bob)).toBe(1);
  await Promise.all(video);
  expect(opened).toEqual(['one', 'two']);
  expect(await data).toEqual(text('hello'));
});

test('audio is held for half a second, of video the newest 64 frames, and then a keyframe is wanted', async () => {
  const net = new Network();
  const alice = await net.join('alice');
  net.deliver = (delivery) => !isKind(MessageType.key)(delivery);
  const bob = await net.join('bob');
  const sound = await alice.e2ee.seal(MICROPHONE, HEADER, text('sound'));
  const audio = code(bob.e2ee.open('alice', FrameSource.microphone, HEADER, sound));
  const video = [];
  for (let i = 0; i < 66; i++) video.push(code(openVideo(bob, alice, await sealVideo(alice))));
  expect(await Promise.all(video.slice(0, 2))).toEqual(['key-missing', 'key-missing']);

  await net.pass(500);
  expect(await audio).toBe('key-missing');
  expect(bob.events.map((event) => event.type)).toEqual(['memberVerified']);
  net.deliver = () => true;
  await net.pass(500);
  expect(new Set(await Promise.all(video.slice(2)))).toEqual(new Set(['opened']));
  expect(bob.events.at(-1)).toEqual({ type: 'keyframeWanted', session: 'alice', source: FrameSource.camera });
});

test('key requests back off, and from the third on the sender is shown as undecryptable until a frame opens', async () => {
  const net = new Network();
  const alice = await net.join('alice');
  net.deliver = (delivery) => !isKind(MessageType.key)(delivery);
  const bob = await net.join('bob');
  const lost = code(openVideo(bob, alice, await sealVideo(alice)));
  const times: number[] = [];
  const watch = async (seconds: number) => {
    for (let sent = requestsOf(bob); seconds > 0; seconds--) {
      await net.pass(1000);
      if (requestsOf(bob) > sent) times.push(net.now / 1000);
      sent = requestsOf(bob);
      void code(openVideo(bob, alice, await sealVideo(alice)));
    }
  };
  await watch(70);
  expect(times).toEqual([1, 2, 4, 8, 16, 32, 62]);
  expect(await lost).toBe('key-missing');
  const verdicts = () => bob.events.filter((event) => event.type === 'undecryptableChanged');
  expect(verdicts()).toEqual([{ type: 'undecryptableChanged', sessions: ['alice'] }]);

  await net.pass(300_000);
  expect(requestsOf(bob)).toBe(8);

  void code(openVideo(bob, alice, await sealVideo(alice)));
  net.deliver = () => true;
  await net.pass(1000);
  expect(await openVideo(bob, alice, await sealVideo(alice))).toBe('picture');
  expect(verdicts().at(-1)).toEqual({ type: 'undecryptableChanged', sessions: [] });
});

test('a lost channel is replaced when its receiver asks for the key', async () => {
  const net = new Network();
  const alice = await net.join('alice');
  net.deliver = (delivery) => !isKind(MessageType.channel)(delivery);
  const bob = await net.join('bob');
  net.deliver = () => true;
  expect(bob.e2ee.counts.get('channel-unknown')).toBe(1);
  const opening = openVideo(bob, alice, await sealVideo(alice));
  await net.pass(1000);
  expect(await opening).toBe('picture');
});

test('requests are answered once a second, and not while the asker waits for its first key', async () => {
  const net = new Network();
  const alice = await net.join('alice');
  await sealVideo(alice);
  const rogue = await Rogue.join(alice);
  expect(await rogue.sendRequest(0n, 0)).toBeUndefined();
  expect(alice.sent).toEqual([]);
  await net.pass(500);
  const kinds = () => alice.sent.map(({ common, parts }) => common[0] ?? parts[0]!.payload[0]);
  expect(kinds()).toEqual([MessageType.channel, MessageType.key]);

  expect(await rogue.sendRequest(0n, 1)).toBe('request-stale');
  expect(await rogue.sendRequest(1n, 1)).toBeUndefined();
  expect(kinds().slice(2)).toEqual([MessageType.key]);
  await rogue.sendRequest(2n, 1);
  expect(kinds().slice(3)).toEqual([]);
  await net.pass(1000);
  await rogue.sendRequest(3n, 0);
  expect(kinds().slice(3)).toEqual([MessageType.channel, MessageType.key]);
});

test('ten frames that do not authenticate cause one request, ten more a warning; one that opens takes it back', async () => {
  const net = new Network();
  const alice = await net.join('alice');
  const bob = await net.join('bob');
  const bad = async () => {
    const sealed = await sealVideo(alice);
    sealed[sealed.length - 1]! ^= 1;
    expect(await code(openVideo(bob, alice, sealed))).toBe('frame-invalid');
    await net.pass(0);
  };
  for (let i = 0; i < 9; i++) await bad();
  expect(requestsOf(bob)).toBe(0);
  for (let i = 0; i < 10; i++) await bad();
  expect(requestsOf(bob)).toBe(1);
  expect(bob.events.map((event) => event.type)).toEqual(['memberVerified']);
  await bad();
  expect(requestsOf(bob)).toBe(1);
  expect(bob.events.at(-1)).toEqual({ type: 'undecryptableChanged', sessions: ['alice'] });
  await openVideo(bob, alice, await sealVideo(alice));
  expect(bob.events.at(-1)).toEqual({ type: 'undecryptableChanged', sessions: [] });
});

test('a member that gives one number to two keys is flagged, and the first key stays', async () => {
  const net = new Network();
  const alice = await net.join('alice');
  const rogue = await Rogue.join(alice);
  const key = systemRandom(BASE_KEY_BYTES);
  const open = async (sealed: Uint8Array) => code(alice.e2ee.open('rogue', FrameSource.camera, HEADER, sealed));
  await rogue.sendChannel(1);
  expect(await rogue.sendKey(2, 3, key.slice())).toBeUndefined();
  expect(await rogue.sendKey(2, 3, key.slice())).toBeUndefined();
  expect(await rogue.resendKey()).toBe('wrap-replayed');
  expect(await rogue.sendKey(2, 3, systemRandom(BASE_KEY_BYTES))).toBe('equivocation');
  expect(await rogue.sendKey(2, 2, key.slice())).toBe('key-stale');
  expect(await open(await rogue.seal(2, 3, key, CAMERA, HEADER, text('x')))).toBe('opened');

  const next = await ratchet(key);
  expect(await open(await rogue.seal(2, 4, next, CAMERA, HEADER, text('x')))).toBe('opened');
  expect(await rogue.sendKey(2, 4, systemRandom(BASE_KEY_BYTES))).toBe('equivocation');
  expect(await rogue.sendKey(2, 5, systemRandom(BASE_KEY_BYTES), key)).toBe('commit-mismatch');
  expect(alice.events.slice(1)).toEqual([
    { type: 'memberFlagged', session: 'rogue', code: 'equivocation' },
    { type: 'memberFlagged', session: 'rogue', code: 'equivocation' },
    { type: 'memberFlagged', session: 'rogue', code: 'commit-mismatch' },
  ]);
});

test('a channel that is not newer is refused, and the one in use stays', async () => {
  const net = new Network();
  const alice = await net.join('alice');
  const rogue = await Rogue.join(alice);
  expect(await rogue.sendChannel(2)).toBeUndefined();
  expect(await rogue.sendChannel(2)).toBe('channel-stale');
  expect(await rogue.sendChannel(1)).toBe('channel-stale');
  expect(await rogue.sendKey(0, 0, systemRandom(BASE_KEY_BYTES))).toBeUndefined();
});

test('garbage is counted and changes nothing', async () => {
  const net = new Network();
  const alice = await net.join('alice');
  const bob = await net.join('bob');
  const none = new Uint8Array();
  expect(await alice.e2ee.receive('bob', none, none)).toBe('truncated');
  expect(await alice.e2ee.receive('bob', none, Uint8Array.of(0x77))).toBe('type-unexpected');
  expect(await alice.e2ee.receive('bob', Uint8Array.of(2), Uint8Array.of(1))).toBe('trailing-bytes');
  expect(await alice.e2ee.receive('nobody', none, none)).toBe('member-unknown');
  expect(await alice.e2ee.memberJoined('mallory', Uint8Array.of(1, 2, 3))).toBe('truncated');
  expect(await alice.e2ee.receive('mallory', none, none)).toBe('member-rejected');
  for (const bytes of [none, Uint8Array.of(0x9f), new Uint8Array(40)]) {
    expect(await code(alice.e2ee.open('bob', FrameSource.camera, HEADER, bytes))).not.toBe('opened');
  }
  expect(await openVideo(alice, bob, await sealVideo(bob))).toBe('picture');
});
