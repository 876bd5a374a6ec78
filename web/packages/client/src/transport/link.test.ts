import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DataMessageSchema, ResumeSchema } from '../wire/gen/confab/v1/control_pb.js';
import { create } from '../wire/protobuf/create.js';
import { decode } from '../wire/protobuf/decode.js';
import { frame, harness, joined, left, links, mute, numbersOf, sessionsOf } from './testing/link-harness.js';
import { message } from './testing/simulated-node.js';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(async () => {
  for (const link of links.splice(0)) {
    const closed = link.close();
    await vi.advanceTimersByTimeAsync(600);
    await closed;
  }
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

describe('joining', () => {
  it('takes WebTransport when it is ready first', async () => {
    const { node, link, events } = harness();
    await joined(link);
    expect(events).toEqual(['welcome webtransport']);
    expect(node.dials).toEqual(['webtransport']);
    expect(node.hellos[0]?.hello).toMatchObject({ versions: [1], room: 'room', token: 'token-1' });
    expect(link.stats()).toMatchObject({ kind: 'webtransport', rttMs: 20 });
  });

  it('starts WebSocket at once when WebTransport fails', async () => {
    const { node, link, events } = harness();
    node.path.webtransport = 'refusing';
    await joined(link, 200);
    expect(events).toEqual(['welcome websocket']);
  });

  it('starts WebSocket after 800 ms when WebTransport does not answer', async () => {
    const { node, link, events } = harness();
    node.path.webtransport = 'swallowing';
    const connecting = link.connect();
    await vi.advanceTimersByTimeAsync(810);
    expect(node.dials).toEqual(['webtransport']);
    await vi.advanceTimersByTimeAsync(100);
    expect(events).toEqual(['welcome websocket']);
    await connecting;
  });

  it('tries WebSocket first where it was what worked', async () => {
    const { node, link, events } = harness();
    node.hints.set('https://node.test', 'websocket');
    await joined(link);
    expect(events).toEqual(['welcome websocket']);
    expect(node.dials).toEqual(['websocket']);
  });

  it('keeps to the transport that is asked for', async () => {
    const { node, link } = harness({ transport: 'webtransport' });
    node.path.webtransport = 'refusing';
    const connecting = link.connect();
    const rejected = expect(connecting).rejects.toMatchObject({ code: 'unreachable', retryable: true });
    await vi.advanceTimersByTimeAsync(5000);
    await rejected;
    expect(node.dials).not.toContain('websocket');
  });

  it('keeps away from WebTransport in a browser whose WebTransport is unfit', async () => {
    const { node, link } = harness({}, { avoidWebTransport: true });
    await joined(link);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(node.dials).toEqual(['websocket']);
  });

  it.each(['unauthorized', 'room-full', 'version-unsupported', 'room-invalid'])(
    'rejects with %s at once',
    async (code) => {
      const { node, link, events } = harness();
      node.refuse = () => code;
      const rejected = expect(link.connect()).rejects.toMatchObject({ name: 'LinkError', code });
      await vi.advanceTimersByTimeAsync(300);
      await rejected;
      expect(node.hellos).toHaveLength(1);
      expect(events).toEqual([]);
    },
  );

  it('rejects with unreachable when nobody is there', async () => {
    const { node, link } = harness();
    node.up = false;
    const rejected = expect(link.connect()).rejects.toMatchObject({ code: 'unreachable' });
    await vi.advanceTimersByTimeAsync(2000);
    await rejected;
    expect(node.asked).toHaveLength(3);
  });

  it('rejects with aborted and leaves nothing open', async () => {
    const { node, link } = harness();
    const controller = new AbortController();
    const rejected = expect(link.connect(controller.signal)).rejects.toMatchObject({ code: 'aborted' });
    await vi.advanceTimersByTimeAsync(50);
    controller.abort();
    await rejected;
    await vi.advanceTimersByTimeAsync(1000);
    expect(node.connections.size).toBe(0);
  });

  it('tells when the token source fails', async () => {
    const { link } = harness({ token: () => Promise.reject(new Error('no session cookie')) });
    const rejected = expect(link.connect()).rejects.toMatchObject({ code: 'unauthorized', retryable: true });
    await vi.advanceTimersByTimeAsync(1000);
    await rejected;
  });
});

describe('a farewell', () => {
  it('names the session, with its newest ticket, to the node that it is at', async () => {
    const { node, link } = harness();
    expect(link.farewell()).toBeUndefined();
    await joined(link);
    node.live.connection!.breakOff();
    await vi.advanceTimersByTimeAsync(1000);
    const { url, body } = link.farewell()!;
    expect(url).toBe('https://node.test/v1/leave');
    const { id: session, ticket } = node.live;
    expect(decode(ResumeSchema, body)).toMatchObject({ session, ticket });
  });
});

describe('numbered messages', () => {
  it('come exactly once and in order over a broken connection, both ways', async () => {
    const { node, link, events, messages } = harness();
    await joined(link);
    const session = node.live;
    link.send(mute(1));
    node.send(left('a'));
    await vi.advanceTimersByTimeAsync(100);

    // On their way when the connection breaks: lost, or processed with the acknowledgement lost.
    link.send(mute(2));
    node.send(left('b'));
    await vi.advanceTimersByTimeAsync(10);
    link.send(mute(3));
    node.send(left('c'));
    session.connection!.breakOff();
    link.send(mute(4));
    node.send(left('d'), session);
    await vi.advanceTimersByTimeAsync(1000);

    link.send(mute(5));
    node.send(left('e'));
    await vi.advanceTimersByTimeAsync(100);
    expect(events).toEqual(['welcome webtransport', 'interrupted', 'resumed webtransport']);
    expect(numbersOf(session.processed)).toEqual([1, 2, 3, 4, 5]);
    expect(sessionsOf(messages)).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(node.sessions.size).toBe(1);
  });

  it('come once though both connections of a move carry them', async () => {
    const { node, link, messages, events } = harness();
    node.path.webtransport = 'refusing';
    await joined(link);
    node.path.webtransport = 'open';
    const session = node.live;
    for (let i = 0; i < 12_000; i += 5) {
      node.send(left(`${i}`));
      link.send(mute(i + 1));
      await vi.advanceTimersByTimeAsync(5);
    }
    await vi.advanceTimersByTimeAsync(100);
    expect(events).toEqual(['welcome websocket', 'resumed webtransport']);
    const expected = Array.from({ length: 2400 }, (_, i) => i * 5);
    expect(sessionsOf(messages)).toEqual(expected.map(String));
    expect(numbersOf(session.processed)).toEqual(expected.map((i) => i + 1));
  });

  it('that are acknowledged while Hello is on its way by another connection are not missed', async () => {
    const { node, link, messages, events } = harness();
    node.path.webtransport = 'refusing';
    node.unacknowledgedBytes = 100;
    await joined(link);
    node.path.webtransport = 'open';
    node.extraMs.webtransport = 500;
    const resumed = () => node.hellos.find(({ hello }) => hello.resume)?.hello.resume;
    let sent = 0;
    for (; events.length < 2; sent++) {
      node.send(left(`${sent}`));
      await vi.advanceTimersByTimeAsync(50);
    }
    await vi.advanceTimersByTimeAsync(2000);
    node.send(left('after'));
    await vi.advanceTimersByTimeAsync(4000);
    expect(events).toEqual(['welcome websocket', 'resumed webtransport']);
    expect(node.live.acknowledged).toBeGreaterThan(Number(resumed()?.received));
    expect(sessionsOf(messages)).toEqual([...Array.from({ length: sent }, (_, i) => `${i}`), 'after']);
    expect(node.live.acknowledged).toBe(sent + 1);
  });

  it('can not be skipped', async () => {
    const { node, link, events } = harness();
    await joined(link);
    node.live.acknowledged = 3;
    node.live.connection!.breakOff();
    await vi.advanceTimersByTimeAsync(3000);
    expect(events).toEqual(['welcome webtransport', 'interrupted', 'welcome webtransport']);
  });

  it('are acknowledged to the node with every ping', async () => {
    const { node, link } = harness();
    await joined(link);
    for (let i = 0; i < 5; i++) node.send(left(`${i}`));
    await vi.advanceTimersByTimeAsync(2100);
    expect(node.live.acknowledged).toBe(5);
  });

  it('are acknowledged sooner when many bytes of them have come', async () => {
    const { node, link } = harness();
    node.unacknowledgedBytes = 1000;
    await joined(link, 200);
    for (let i = 0; i < 4; i++) node.send(left('x'.repeat(100)));
    await vi.advanceTimersByTimeAsync(25);
    expect(node.live.acknowledged).toBe(3);
  });

  it('can not be acknowledged before they are sent', async () => {
    const { node, link, events } = harness();
    await joined(link);
    const connection = node.live.connection!;
    node.say(message('pong', { sequence: 1, received: 99n }));
    await vi.advanceTimersByTimeAsync(1000);
    expect(connection.closedWith).toBe('malformed');
    expect(events.at(-1)).toBe('resumed webtransport');
  });

  it('of unknown kind count and are passed over', async () => {
    const { node, link, messages } = harness();
    await joined(link);
    node.send({ case: undefined });
    node.send(left('a'));
    await vi.advanceTimersByTimeAsync(50);
    node.live.connection!.breakOff();
    await vi.advanceTimersByTimeAsync(1000);
    expect(node.hellos[1]?.hello.resume?.received).toBe(2n);
    expect(sessionsOf(messages)).toEqual(['a']);
  });

  it('over the limit are refused to the sender', async () => {
    const { link } = harness();
    await joined(link);
    const value = create(DataMessageSchema, { payload: new Uint8Array(1 << 19) });
    expect(() => link.send({ case: 'data', value })).toThrow('over the limit');
  });

  it('survive a handler that throws', async () => {
    const { node, link, messages } = harness();
    const reported: unknown[] = [];
    vi.stubGlobal('reportError', (error: unknown) => reported.push(error));
    await joined(link);
    vi.spyOn(messages, 'push').mockImplementationOnce(() => {
      throw new Error('of a handler');
    });
    node.send(left('a'));
    node.send(left('b'));
    await vi.advanceTimersByTimeAsync(100);
    vi.unstubAllGlobals();
    expect(reported).toEqual([new Error('of a handler')]);
    expect(sessionsOf(messages)).toEqual(['b']);
  });
});

describe('failures', () => {
  it('moves to WebSocket within 5 s when UDP dies', async () => {
    const { node, link, events } = harness();
    await joined(link);
    for (let i = 0; i < 50; i++) {
      link.sendObject(frame(1, i));
      await vi.advanceTimersByTimeAsync(20);
    }
    node.path.webtransport = 'swallowing';
    const diedAt = performance.now();
    while (!events.includes('resumed websocket') && performance.now() - diedAt < 10_000) {
      link.sendObject(frame(1, 50));
      await vi.advanceTimersByTimeAsync(20);
    }
    expect(performance.now() - diedAt).toBeLessThan(2600);
    expect(node.hellos).toHaveLength(2);
    link.send(mute(1));
    await vi.advanceTimersByTimeAsync(100);
    expect(node.live.connection?.kind).toBe('websocket');
    expect(numbersOf(node.live.processed)).toEqual([1]);
  });

  it('tells of an interruption when nothing carries, and resumes when something does', async () => {
    const { node, link, events } = harness();
    await joined(link);
    node.path.webtransport = node.path.websocket = 'swallowing';
    await vi.advanceTimersByTimeAsync(15_000);
    expect(events).toEqual(['welcome webtransport', 'interrupted']);
    node.path.websocket = 'open';
    await vi.advanceTimersByTimeAsync(10_000);
    expect(events).toEqual(['welcome webtransport', 'interrupted', 'resumed websocket']);
  });

  it('stays where it is when a silence ends before another connection is ready', async () => {
    const { node, link, events } = harness();
    await joined(link);
    node.path.webtransport = node.path.websocket = 'swallowing';
    await vi.advanceTimersByTimeAsync(5000);
    expect(events.at(-1)).toBe('interrupted');
    node.path.webtransport = 'open';
    await vi.advanceTimersByTimeAsync(1500);
    expect(events).toEqual(['welcome webtransport', 'interrupted', 'resumed webtransport']);
    expect(node.hellos).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(node.connections.size).toBe(1);
  });

  it('joins anew by itself when the node has restarted', async () => {
    const { node, link, events, tokens } = harness();
    await joined(link);
    node.crash();
    await vi.advanceTimersByTimeAsync(20_000);
    node.up = true;
    await vi.advanceTimersByTimeAsync(3000);
    expect(events).toEqual(['welcome webtransport', 'interrupted', 'welcome webtransport']);
    expect(tokens.count).toBe(2);
    link.send(mute(7));
    await vi.advanceTimersByTimeAsync(100);
    expect(numbersOf(node.live.processed)).toEqual([7]);
  });

  it('is back within 10 s of a node that died without a word', async () => {
    const { node, link, events } = harness();
    await joined(link);
    node.crash(true);
    await vi.advanceTimersByTimeAsync(60_000);
    node.up = true;
    await vi.advanceTimersByTimeAsync(10_000);
    expect(events.at(-1)).toMatch(/^welcome/);
  });

  it('tries again at once when the network comes back', async () => {
    const { node, link, events } = harness();
    await joined(link);
    node.crash();
    await vi.advanceTimersByTimeAsync(9000);
    node.up = true;
    node.network.dispatchEvent(new Event('online'));
    await vi.advanceTimersByTimeAsync(300);
    expect(events.at(-1)).toMatch(/^welcome/);
  });

  it('does not resume a session the node has forgotten by now', async () => {
    const { node, link } = harness();
    await joined(link);
    const session = node.live;
    session.connection!.breakOff();
    node.up = false;
    await vi.advanceTimersByTimeAsync(40_000);
    node.up = true;
    await vi.advanceTimersByTimeAsync(5000);
    expect(node.hellos.at(-1)?.hello.resume).toBeUndefined();
  });

  it('fetches a new token when the old one no longer resumes', async () => {
    const { node, link, events } = harness();
    await joined(link);
    node.refuse = (hello) => (hello.token === 'token-1' ? 'unauthorized' : undefined);
    node.live.connection!.breakOff();
    await vi.advanceTimersByTimeAsync(2000);
    expect(events).toEqual(['welcome webtransport', 'interrupted', 'welcome webtransport']);
    expect(node.hellos.at(-1)?.hello.token).toBe('token-2');
  });

  it.each(['slow-client', 'split'])('joins anew after Closed with %s, for that passes', async (code) => {
    const { node, link, events } = harness();
    await joined(link);
    node.say(message('closed', { code }));
    await vi.advanceTimersByTimeAsync(2000);
    expect(events).toEqual(['welcome webtransport', 'interrupted', 'welcome webtransport']);
    expect(node.hellos[1]?.hello.resume).toBeUndefined();
  });

  it('joins anew when it is asked to, with a new announcement', async () => {
    let announcements = 0;
    const { node, link, events } = harness({ announcement: async () => Uint8Array.of(++announcements) });
    await joined(link);
    link.rejoin('for a reason');
    await vi.advanceTimersByTimeAsync(1000);
    expect(events).toEqual(['welcome webtransport', 'interrupted', 'welcome webtransport']);
    expect(node.hellos.map(({ hello }) => hello.announcement[0])).toEqual([1, 2]);
    expect(node.hellos[1]?.hello.resume).toBeUndefined();
  });

  it('joins anew even when a resume of the session is on its way', async () => {
    const { node, link, events } = harness();
    await joined(link);
    node.live.connection!.breakOff();
    while (node.hellos.length < 2) await vi.advanceTimersByTimeAsync(1);
    expect(node.hellos[1]?.hello.resume).toBeDefined();
    link.rejoin('for a reason');
    await vi.advanceTimersByTimeAsync(1000);
    expect(events).toEqual(['welcome webtransport', 'interrupted', 'welcome webtransport']);
    expect(node.hellos).toHaveLength(3);
    expect(node.hellos[2]?.hello.resume).toBeUndefined();
  });

  it.each(['replaced', 'removed', 'a-code-of-the-future'])('gives up when Closed with %s', async (code) => {
    const { node, link, events } = harness();
    await joined(link);
    node.say(message('closed', { code }));
    await vi.advanceTimersByTimeAsync(10_000);
    expect(events).toEqual(['welcome webtransport', `closed ${code}`]);
    expect(node.connections.size).toBe(0);
  });

  it('takes a code from the close of the connection when the message did not make it', async () => {
    const { node, link, events } = harness();
    await joined(link);
    node.live.connection!.endByNode('replaced');
    await vi.advanceTimersByTimeAsync(10_000);
    expect(events).toEqual(['welcome webtransport', 'closed replaced']);
  });

  it('leaves a node that sends garbage and resumes', async () => {
    const { node, link, events } = harness();
    await joined(link);
    const connection = node.live.connection!;
    connection.toClient(new Uint8Array([0xff]));
    await vi.advanceTimersByTimeAsync(1000);
    expect(connection.closedWith).toBe('malformed');
    expect(events.at(-1)).toBe('resumed webtransport');
  });

  it('passes errors of requests on', async () => {
    const { node, link, messages } = harness();
    await joined(link);
    node.send(message('error', { code: 'forbidden', requestId: 4 }));
    await vi.advanceTimersByTimeAsync(100);
    expect(messages[0]).toMatchObject({ case: 'error', value: { code: 'forbidden', requestId: 4 } });
  });
});

describe('moving', () => {
  it('tries WebTransport again and again, less and less often, and moves up', async () => {
    const { node, link, events } = harness();
    node.path.webtransport = 'refusing';
    await joined(link);
    const triesIn = async (ms: number): Promise<number> => {
      const before = node.dials.length;
      await vi.advanceTimersByTimeAsync(ms);
      return node.dials.length - before;
    };
    expect(await triesIn(10_500)).toBe(1);
    expect(await triesIn(20_500)).toBe(1);
    expect(await triesIn(40_500)).toBe(1);
    expect(events).toEqual(['welcome websocket']);
    node.path.webtransport = 'open';
    await vi.advanceTimersByTimeAsync(80_500);
    expect(events).toEqual(['welcome websocket', 'resumed webtransport']);
    await vi.advanceTimersByTimeAsync(2000);
    expect(node.connections.size).toBe(1);
  });

  it('leaves WebTransport for good when its streams are stuck', async () => {
    const { node, link, events } = harness();
    await joined(link);
    node.live.connection!.stuckMs = 5000;
    await vi.advanceTimersByTimeAsync(2500);
    expect(events).toEqual(['welcome webtransport', 'resumed websocket']);
    const dials = node.dials.length;
    await vi.advanceTimersByTimeAsync(400_000);
    expect(node.dials).toHaveLength(dials);
  });

  it('puts WebSocket first after WebTransport broke early twice', async () => {
    const { node, link, events } = harness();
    await joined(link);
    node.live.connection!.breakOff();
    await vi.advanceTimersByTimeAsync(1000);
    node.live.connection!.breakOff();
    await vi.advanceTimersByTimeAsync(1000);
    expect(events.filter((event) => event !== 'interrupted')).toEqual([
      'welcome webtransport',
      'resumed webtransport',
      'resumed websocket',
    ]);
  });

  it('goes to the node that GoAway names', async () => {
    const { node, link, events } = harness();
    await joined(link);
    node.say(message('goAway', { url: 'https://other.test/', byMs: 5000 }));
    await vi.advanceTimersByTimeAsync(1000);
    expect(node.asked.at(-1)).toBe('https://other.test');
    expect(events).toEqual(['welcome webtransport', 'resumed webtransport']);
  });

  it('is not lured to an insecure node', async () => {
    const { node, link } = harness();
    await joined(link);
    node.say(message('goAway', { url: 'http://other.test/', byMs: 5000 }));
    await vi.advanceTimersByTimeAsync(1000);
    expect(node.asked.at(-1)).toBe('https://node.test');
  });

  it('goes on with the old connection while the node it should go to refuses', async () => {
    const { node, link, events } = harness();
    await joined(link);
    node.refuse = () => 'shutting-down';
    node.say(message('goAway', { byMs: 5000 }));
    await vi.advanceTimersByTimeAsync(3000);
    link.send(mute(3));
    await vi.advanceTimersByTimeAsync(100);
    expect(numbersOf(node.live.processed)).toEqual([3]);
    expect(events).toEqual(['welcome webtransport']);
  });
});

describe('objects', () => {
  it('go out on the connection in use and are dropped without one', async () => {
    const { node, link } = harness();
    link.sendObject(frame(1, 0));
    await joined(link);
    link.sendObject(frame(2, 0));
    await vi.advanceTimersByTimeAsync(50);
    expect(node.objects.map(({ object }) => object.group)).toEqual([2]);
    expect(link.stats().droppedObjects).toBe(1);
  });

  it('come in from the old connection and the new one of a move', async () => {
    const { node, link, objects } = harness();
    node.path.webtransport = 'refusing';
    await joined(link);
    const old = node.live.connection!;
    old.objectToClient(5);
    await vi.advanceTimersByTimeAsync(50);
    node.path.webtransport = 'open';
    node.refuse = () => {
      old.objectToClient(6);
      return undefined;
    };
    while (node.hellos.length < 2) await vi.advanceTimersByTimeAsync(10);
    node.live.connection!.objectToClient(7);
    await vi.advanceTimersByTimeAsync(50);
    expect(objects).toEqual([5, 6, 7]);
  });

  it('of a session that is void do not come in', async () => {
    const { node, link, objects, events } = harness();
    await joined(link);
    node.say(message('closed', { code: 'slow-client' }));
    node.live.connection!.objectToClient(5);
    await vi.advanceTimersByTimeAsync(2000);
    expect(events.at(-1)).toMatch(/^welcome/);
    expect(objects).toEqual([]);
  });
});

describe('closing', () => {
  it('says Leave, waits for it, and leaves nothing running', async () => {
    const { node, link, events } = harness();
    await joined(link);
    const session = node.live;
    const closed = link.close();
    await vi.advanceTimersByTimeAsync(50);
    await closed;
    expect(session.processed.map((kind) => kind.case)).toEqual(['leave']);
    expect(events).toEqual(['welcome webtransport', 'closed left']);
    expect(node.connections.size).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('does not wait long for a node that is gone', async () => {
    const { node, link, events } = harness();
    await joined(link);
    node.crash(true);
    const closed = link.close();
    await vi.advanceTimersByTimeAsync(500);
    await closed;
    expect(events.at(-1)).toBe('closed left');
  });

  it('ends a search', async () => {
    const { node, link, events } = harness();
    await joined(link);
    node.crash();
    await vi.advanceTimersByTimeAsync(700);
    await link.close();
    node.up = true;
    await vi.advanceTimersByTimeAsync(10_000);
    expect(events.at(-1)).toBe('closed left');
    expect(node.hellos).toHaveLength(1);
  });
});
