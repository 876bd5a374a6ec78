import { afterEach, beforeEach, describe, expect, it, vi, type Mock } from 'vitest';
import { encodeObject } from '../wire/object.js';
import type { ConnectionEnd, ConnectionHandlers } from './connection.js';
import { dialWebSocket, WebSocketConnection } from './websocket.js';
import type { OutgoingObject } from './types.js';

/** The browser's side of a socket whose network the test plays. */
class FakeWebSocket {
  static readonly CLOSING = 2;
  static made: FakeWebSocket[] = [];
  readyState = 0;
  binaryType = 'blob';
  bufferedAmount = 0;
  /** Whether what is sent stays in the buffer. */
  congested = false;
  readonly sent: Uint8Array[] = [];
  closedWith: [code: number | undefined, reason: string | undefined] | undefined;
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number; reason: string }) => void) | null = null;

  constructor(
    readonly url: string,
    readonly protocols: string[],
  ) {
    FakeWebSocket.made.push(this);
  }

  send(message: Uint8Array): void {
    this.sent.push(message);
    if (this.congested) this.bufferedAmount += message.length;
  }

  close(code?: number, reason?: string): void {
    this.closedWith = [code, reason];
    this.readyState = FakeWebSocket.CLOSING;
  }

  receive(...bytes: number[]): void {
    this.onmessage?.({ data: new Uint8Array(bytes).buffer });
  }

  /** The groups of the objects that were sent. */
  groups(): number[] {
    return this.sent.filter((message) => message[0] === 1).map((message) => message[3]!);
  }
}

let socket: FakeWebSocket;
let connection: WebSocketConnection;
let ends: ConnectionEnd[];
/** Sequence of the last Ping the connection asked for. */
let pings: number;
let handlers: { [K in keyof ConnectionHandlers]: Mock<ConnectionHandlers[K]> };

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('WebSocket', FakeWebSocket);
  FakeWebSocket.made = [];
  socket = new FakeWebSocket('wss://node.test/v1/rt', []);
  connection = new WebSocketConnection(socket as unknown as WebSocket);
  ends = [];
  pings = 0;
  handlers = {
    control: vi.fn(),
    object: vi.fn(),
    fault: vi.fn(),
    abandoned: vi.fn(),
    probe: vi.fn(() => connection.pinged(++pings)),
    ended: vi.fn((end: ConnectionEnd) => void ends.push(end)),
  };
  connection.start(handlers);
});

afterEach(() => {
  connection.close();
  expect(vi.getTimerCount()).toBe(0);
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

function frame(fields: Partial<OutgoingObject> & { group: number }): OutgoingObject {
  const object = fields.object ?? 0;
  return {
    alias: 1,
    kind: 'video',
    object,
    last: false,
    header: new Uint8Array([0, fields.group, object]),
    payload: new Uint8Array(10),
    priority: 128,
    ...fields,
  };
}

describe('receiving', () => {
  it('tells control messages, objects and faults apart', () => {
    socket.receive(0, 8, 1);
    socket.receive(1, 5, 1, 7, 0, 42);
    socket.receive(1, 5, 1, 7, 0);
    socket.receive(9);
    expect(handlers.control).toHaveBeenCalledExactlyOnceWith(new Uint8Array([8, 1]));
    expect(handlers.object).toHaveBeenCalledExactlyOnceWith({
      alias: 5,
      header: new Uint8Array([1, 7, 0]),
      payload: new Uint8Array([42]),
    });
    expect(handlers.fault).toHaveBeenCalledTimes(2);
    expect(connection.stats().receivedBytes).toBe(3 + 6 + 5 + 1);
  });

  it('refuses objects over the limit', () => {
    connection.objectLimit = 4;
    socket.receive(1, 5, 1, 7, 0, 42);
    socket.receive(1, 5, 1, 7, 0, 42, 43);
    expect(handlers.object).toHaveBeenCalledTimes(1);
    expect(handlers.fault).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ code: 'object-too-large' }));
  });

  it('ends at a text message', () => {
    socket.onmessage?.({ data: 'hello' });
    expect(socket.closedWith).toEqual([4000, 'malformed']);
    expect(ends).toHaveLength(1);
  });

  it.each([
    [4000, 'replaced', 'replaced'],
    [1000, '', ''],
    [1006, '', undefined],
    [1012, 'restart', undefined],
  ])('translates a close with %i "%s"', (code, reason, expected) => {
    socket.onclose?.({ code, reason });
    expect(ends).toEqual([expect.objectContaining({ code: expected })]);
  });

  it('tells nothing after close', () => {
    const { onmessage, onclose } = socket;
    connection.close('malformed');
    onmessage?.({ data: new Uint8Array([0, 8, 1]).buffer });
    onclose?.({ code: 1006, reason: '' });
    expect(handlers.control).not.toHaveBeenCalled();
    expect(ends).toEqual([]);
  });
});

describe('sending', () => {
  it('sends objects as they are encoded for a datagram, behind a 1', () => {
    const object = frame({ group: 7 });
    connection.sendObject(object);
    expect(socket.sent).toEqual([new Uint8Array([1, ...encodeObject(object)])]);
  });

  it('holds video back and lets audio and control pass while the socket is full', () => {
    socket.congested = true;
    socket.bufferedAmount = 70 << 10;
    connection.sendObject(frame({ group: 7 }));
    connection.sendObject(frame({ group: 1, kind: 'audio', alias: 2 }));
    connection.sendControl(new Uint8Array([8]));
    expect(socket.sent.map((message) => message[0])).toEqual([1, 0]);
    expect(socket.groups()).toEqual([1]);

    socket.bufferedAmount = 0;
    vi.advanceTimersByTime(10);
    expect(socket.groups()).toEqual([1, 7]);
  });

  it('sends what is waiting by priority', () => {
    socket.bufferedAmount = 70 << 10;
    connection.sendObject(frame({ group: 1, alias: 1, priority: 10 }));
    connection.sendObject(frame({ group: 2, alias: 2, priority: 200 }));
    connection.sendObject(frame({ group: 3, alias: 3, priority: 200 }));
    socket.bufferedAmount = 0;
    vi.advanceTimersByTime(10);
    expect(socket.groups()).toEqual([2, 3, 1]);
  });

  it('gives up a group that has not left when a newer one of its alias begins', () => {
    socket.bufferedAmount = 70 << 10;
    connection.sendObject(frame({ group: 1 }));
    connection.sendObject(frame({ group: 1, object: 1 }));
    connection.sendObject(frame({ group: 9, alias: 2 }));
    connection.sendObject(frame({ group: 2 }));
    connection.sendObject(frame({ group: 1, object: 2 }));
    socket.bufferedAmount = 0;
    vi.advanceTimersByTime(10);
    expect(socket.groups()).toEqual([2, 9]);
    expect(connection.stats().droppedObjects).toBe(3);
  });

  it('sends no group whose beginning went out elsewhere', () => {
    connection.sendObject(frame({ group: 4, object: 3 }));
    connection.sendObject(frame({ group: 4, object: 4 }));
    connection.sendObject(frame({ group: 5 }));
    expect(socket.groups()).toEqual([5]);
  });

  it('gives up video after 2 s and audio after half a second', () => {
    socket.bufferedAmount = 1 << 20;
    connection.sendObject(frame({ group: 1 }));
    connection.sendObject(frame({ group: 8, kind: 'audio', alias: 2 }));
    vi.advanceTimersByTime(600);
    expect(connection.stats().droppedObjects).toBe(1);
    vi.advanceTimersByTime(1500);
    expect(connection.stats()).toMatchObject({ droppedObjects: 2, backlogBytes: 0, backlogMs: 0 });
    expect(handlers.abandoned).toHaveBeenCalledExactlyOnceWith(1);

    socket.bufferedAmount = 0;
    connection.sendObject(frame({ group: 1, object: 1 }));
    connection.sendObject(frame({ group: 2 }));
    expect(socket.groups()).toEqual([2]);
  });

  it('counts an object until a Pong says that it arrived', () => {
    connection.sendObject(frame({ group: 1, payload: new Uint8Array(996) }));
    vi.advanceTimersByTime(50);
    connection.ponged(pings);
    expect(connection.stats()).toMatchObject({ backlogMs: 0, backlogBytes: 0, sentBytes: 999 });

    connection.sendObject(frame({ group: 1, object: 1, payload: new Uint8Array(996) }));
    vi.advanceTimersByTime(150);
    expect(connection.stats()).toMatchObject({ backlogMs: 0, backlogBytes: 999 });
    vi.advanceTimersByTime(400);
    expect(connection.stats().backlogMs).toBe(550 - 50 - 100);
    connection.ponged(pings);
    expect(connection.stats()).toMatchObject({ backlogMs: 0, backlogBytes: 0, sentBytes: 1998 });
  });

  it('stops asking for Pings when nothing is on its way', () => {
    connection.sendObject(frame({ group: 1 }));
    vi.advanceTimersByTime(1000);
    expect(pings).toBeGreaterThan(5);
    connection.ponged(pings);
    const before = pings;
    vi.advanceTimersByTime(5000);
    expect(pings).toBe(before);
  });
});

/** A path whose system buffers swallow everything: `bufferedAmount` stays 0, and bytes leave at a steady rate. */
class Path {
  readonly arrivals: { readonly message: Uint8Array; readonly sentAt: number; readonly delay: number }[] = [];
  #free = 0;

  constructor(
    private readonly bytesPerMs: number,
    private readonly roundMs: number,
  ) {
    const send = (message: Uint8Array): number => {
      const now = performance.now();
      this.#free = Math.max(this.#free, now) + message.length / this.bytesPerMs;
      const arrival = this.#free + this.roundMs / 2;
      this.arrivals.push({ message, sentAt: now, delay: arrival - now });
      return arrival - now;
    };
    socket.send = (message) => void send(message);
    handlers.probe.mockImplementation(() => {
      const sequence = ++pings;
      const delay = send(new Uint8Array(12));
      connection.pinged(sequence);
      setTimeout(() => connection.ponged(sequence), delay + this.roundMs / 2);
    });
  }

  /** Sends 50 audio objects and 25 of video a second, a group of video a second, and notes how old audio arrives. */
  run(seconds: number, videoBytes: number, keyframeBytes: number): { audioMs: number; videoBytes: number } {
    const from = performance.now();
    for (let i = 0; i < seconds * 50; i++) {
      connection.sendObject(frame({ group: i, kind: 'audio', alias: 9, payload: new Uint8Array(80) }));
      const object = (i % 50) / 2;
      const payload = new Uint8Array(object === 0 ? keyframeBytes : videoBytes);
      if (i % 2 === 0) connection.sendObject(frame({ group: Math.floor(i / 50), object, payload }));
      vi.advanceTimersByTime(20);
    }
    const later = this.arrivals.filter(({ sentAt }) => sentAt >= from + 2000);
    return {
      audioMs: Math.max(...later.filter(({ message }) => message[1] === 9).map(({ delay }) => delay)),
      videoBytes: later.filter(({ message }) => message[1] === 1).reduce((sum, { message }) => sum + message.length, 0),
    };
  }
}

describe('on a path with deep buffers', () => {
  it('keeps audio fresh when video is more than the path takes, and uses most of it', () => {
    const path = new Path(60, 40);
    const { audioMs, videoBytes } = path.run(12, 5000, 15_000);
    expect(audioMs).toBeLessThan(500);
    expect(videoBytes).toBeGreaterThan(0.6 * 60 * 10_000);
    expect(connection.stats().backlogMs).toBeGreaterThan(100);
    vi.advanceTimersByTime(5000);
  });

  it('holds nothing back on a path that is fast enough', () => {
    const path = new Path(1000, 80);
    const { videoBytes } = path.run(6, 8000, 100_000);
    const offered = 4 * (24 * 8000 + 100_000);
    expect(videoBytes).toBeGreaterThan(0.95 * offered);
    expect(connection.stats()).toMatchObject({ droppedObjects: 0 });
    vi.advanceTimersByTime(5000);
  });
});

describe('dialling', () => {
  it('asks for the subprotocol and resolves when open', async () => {
    const dialled = dialWebSocket({ url: 'wss://node.test/v1/rt' }, new AbortController().signal);
    const made = FakeWebSocket.made.at(-1)!;
    expect(made).toMatchObject({ protocols: ['confab.v1'], binaryType: 'arraybuffer' });
    made.onopen?.();
    expect((await dialled).kind).toBe('websocket');
  });

  it('rejects when it closes, and closes when aborted', async () => {
    const refused = dialWebSocket({ url: 'wss://node.test/v1/rt' }, new AbortController().signal);
    FakeWebSocket.made.at(-1)!.onclose?.({ code: 1006, reason: '' });
    await expect(refused).rejects.toMatchObject({ code: 'unreachable' });

    const controller = new AbortController();
    const aborted = dialWebSocket({ url: 'wss://node.test/v1/rt' }, controller.signal);
    controller.abort(new Error('enough'));
    await expect(aborted).rejects.toThrow('enough');
    expect(FakeWebSocket.made.at(-1)!.closedWith).toBeDefined();
  });
});
