import { expect, test } from 'vitest';
import type { ComparisonState } from './comparing.js';
import { MessageType } from './message.js';
import { Network, type Participant } from './testing/network.js';

const TIMEOUT_MS = 120_000;

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

test.each<{ name: string; agreed: boolean; ends: 'alice' | 'bob'; want: [ComparisonState, ComparisonState] }>([
  { name: 'declined', agreed: false, ends: 'bob', want: ['declined', 'none'] },
  { name: 'taken back', agreed: false, ends: 'alice', want: ['none', 'ended'] },
  { name: 'broken off', agreed: true, ends: 'alice', want: ['none', 'ended'] },
  { name: 'broken off by who was asked', agreed: true, ends: 'bob', want: ['ended', 'none'] },
])('a comparison that is $name is over for both, and they can begin anew', async ({ agreed, ends, want }) => {
  const { net, alice, bob } = await pair();
  await asks(net, alice, bob);
  if (agreed) await asks(net, bob, alice);
  const [one, other] = ends === 'alice' ? [alice, bob] : [bob, alice];
  await one.e2ee.endComparing(other.name);
  await net.settle();
  expect(stands(alice, bob)).toEqual(want);
  expect([...alice.e2ee.counts, ...bob.e2ee.counts]).toEqual([]);

  await alice.e2ee.endComparing('bob');
  await bob.e2ee.endComparing('alice');
  await net.settle();
  expect(stands(alice, bob)).toEqual(['none', 'none']);
  expect(ended([alice, bob])).toHaveLength(1);

  await asks(net, alice, bob);
  await asks(net, bob, alice);
  expect(stands(alice, bob)).toEqual(['shown', 'shown']);
});

test.each([true, false])(
  'a question that nobody answers is over after two minutes; ends are understood: %s',
  async (understood) => {
    const { net, alice, bob } = await pair();
    if (!understood) net.deliver = ({ common }) => common[0] !== MessageType.sasEnd;
    await asks(net, alice, bob);
    await net.pass(TIMEOUT_MS - 1);
    expect(stands(alice, bob)).toEqual(['asked', 'offered']);
    await net.pass(1);
    await net.settle();
    expect(stands(alice, bob)).toEqual(['unanswered', 'ended']);
    expect([ended([alice]).length, ended([bob]).length]).toEqual([1, 0]);
  },
);

test('who agrees and keeps its number to itself is waited for no longer', async () => {
  const { net, alice, bob } = await pair();
  net.deliver = ({ common }) => common[0] !== MessageType.sasReveal;
  await asks(net, alice, bob);
  await asks(net, bob, alice);
  await net.pass(TIMEOUT_MS);
  await net.settle();
  expect(stands(alice, bob)).toEqual(['ended', 'ended']);
});

test('pictures that are shown have no limit of time', async () => {
  const { net, alice, bob } = await pair();
  await asks(net, alice, bob);
  await asks(net, bob, alice);
  await net.pass(2 * TIMEOUT_MS);
  expect(stands(alice, bob)).toEqual(['shown', 'shown']);
});

test.each<{ again: boolean; want: [ComparisonState, ComparisonState] }>([
  { again: false, want: ['none', 'ended'] },
  { again: true, want: ['ended', 'none'] },
])(
  'an answer that comes after the question was taken back leaves none open; asked again: $again',
  async ({ again, want }) => {
    const { net, alice, bob } = await pair();
    await asks(net, alice, bob);
    const held: (() => Promise<unknown>)[] = [];
    net.deliver = ({ from, to, common, payload }) => {
      held.push(() => net.participants.get(to)!.e2ee.receive(from, common, payload));
      return false;
    };
    await alice.e2ee.endComparing('bob');
    if (again) await alice.e2ee.startComparing('bob');
    await bob.e2ee.startComparing('alice');
    for (let deliver; (deliver = held.shift());) await deliver();
    expect(stands(alice, bob)).toEqual(want);
  },
);

test('neither another member nor the node ends what is under way', async () => {
  const { net, alice, bob } = await pair();
  const eve = await net.join('eve');
  await asks(net, alice, bob);
  await bob.e2ee.endComparing('alice');
  await asks(net, eve, alice);
  await eve.e2ee.endComparing('alice');
  await net.settle();
  const [ofBob, ofEve] = [ended([bob])[0]!, ended([eve])[0]!];
  await asks(net, alice, bob);
  expect(await alice.e2ee.receive('bob', ofBob, new Uint8Array())).toBe('code-unexpected');
  expect(await alice.e2ee.receive('eve', ofEve, new Uint8Array())).toBe('code-unexpected');
  expect(await alice.e2ee.receive('bob', ofEve, new Uint8Array())).toBe('sender-mismatch');
  const forged = ofBob.slice();
  forged[forged.length - 1]! ^= 1;
  expect(await alice.e2ee.receive('bob', forged, new Uint8Array())).toBe('signature-invalid');
  await alice.e2ee.endComparing('eve');
  await net.settle();
  expect(stands(alice, bob)).toEqual(['asked', 'offered']);
});

test('what came of a comparison stays, whatever comes later', async () => {
  const { net, alice, bob } = await pair();
  await asks(net, alice, bob);
  await asks(net, bob, alice);
  await alice.e2ee.finishComparing('bob', true);
  await alice.e2ee.endComparing('bob');
  await bob.e2ee.endComparing('alice');
  await bob.e2ee.finishComparing('alice', false);
  await net.settle();
  expect(stands(alice, bob)).toEqual(['matched', 'none']);
  expect(alice.e2ee.isProven('bob')).toBe(true);
  expect(bob.events.some(({ type }) => type === 'memberFlagged')).toBe(false);
});

async function pair() {
  const net = new Network();
  return { net, alice: await net.join('alice'), bob: await net.join('bob') };
}

/** One asks another, or agrees. */
async function asks(net: Network, one: Participant, other: Participant): Promise<void> {
  await one.e2ee.startComparing(other.name);
  await net.settle();
}

/** How far it is to one and to the other. */
function stands(one: Participant, other: Participant): ComparisonState[] {
  return [stateOf(one, other.name), stateOf(other, one.name)];
}

function stateOf({ events }: Participant, session: string): ComparisonState {
  let last: ComparisonState = 'none';
  for (const event of events) {
    if (event.type === 'comparisonChanged' && event.session === session) last = event.state;
  }
  return last;
}

/** The SAS ends that went out. */
function ended(participants: readonly Participant[]): Uint8Array[] {
  return participants
    .flatMap(({ sent }) => sent.map(({ common }) => common))
    .filter(([type]) => type === MessageType.sasEnd);
}
