import { afterEach, beforeEach, describe, expect, it, vi, type Mock } from 'vitest';
import { frameForStream } from '../wire/control.js';
import { readGroupStream } from '../wire/group-stream.js';
import { encodeStreamObject, type WireObject } from '../wire/object.js';
import { StreamReader } from '../wire/stream-reader.js';
import type { ConnectionEnd, ConnectionHandlers } from './connection.js';
import { dialWebTransport, WebTransportConnection } from './webtransport.js';
import type { OutgoingObject } from './types.js';

/** An outgoing stream: what was written, how it ended, and a gate that stops writing. */
class Outgoing {
  readonly chunks: Uint8Array[] = [];
  aborted: unknown;
  closed = false;
  #open: Promise<void> = Promise.resolve();
  #release = (): void => undefined;
  #controller: WritableStreamDefaultController | undefined;
  readonly writable = new WritableStream<Uint8Array>({
    start: (controller) => void (this.#controller = controller),
    write: async (chunk) => {
      await this.#open;
      this.chunks.push(chunk);
    },
    close: () => void (this.closed = true),
    abort: (reason) => void (this.aborted = reason),
  });

  block(): void {
    this.#open = new Promise((resolve) => (this.#release = resolve));
  }

  release(): void {
    this.#release();
  }

  /** The other side stops it. */
  fail(): void {
    this.#controller?.error(new FakeError('stopped'));
  }

  async objects(): Promise<WireObject[]> {
    const objects: WireObject[] = [];
    const stream = new ReadableStream<Uint8Array>({
      start: (controller) => {
        for (const chunk of this.chunks) controller.enqueue(chunk);
        controller.close();
      },
    });
    await readGroupStream(new StreamReader(stream), 1 << 20, (object) => objects.push(object));
    return objects;
  }
}

/** An incoming stream the test writes into. */
class Incoming<T = Uint8Array> {
  controller!: ReadableStreamDefaultController<T>;
  cancelled: unknown;
  readonly readable = new ReadableStream<T>({
    start: (controller) => void (this.controller = controller),
    cancel: (reason) => void (this.cancelled = reason),
  });
}

class FakeError extends Error {
  readonly streamErrorCode: number | null;
  constructor(message: string, options?: { streamErrorCode?: number }) {
    super(message);
    this.streamErrorCode = options?.streamErrorCode ?? null;
  }
}

/** The browser's side of a session whose network the test plays. */
class FakeTransport {
  static made: FakeTransport[] = [];
  static opensStreams = true;
  readonly control = { incoming: new Incoming(), outgoing: new Outgoing() };
  readonly streams: Outgoing[] = [];
  readonly datagramsOut = new Outgoing();
  readonly datagramsIn = new Incoming();
  readonly incomingStreams = new Incoming<ReadableStream<Uint8Array>>();
  readonly incomingUnidirectionalStreams = this.incomingStreams.readable;
  readonly datagrams = {
    maxDatagramSize: 1200,
    readable: this.datagramsIn.readable,
    writable: this.datagramsOut.writable,
    incomingHighWaterMark: 1,
  };
  becomeReady!: () => void;
  readonly ready = new Promise<void>((resolve) => (this.becomeReady = resolve));
  end!: (info: { closeCode: number; reason: string }) => void;
  fail!: (error: Error) => void;
  readonly closed = new Promise<{ closeCode: number; reason: string }>((resolve, reject) => {
    this.end = resolve;
    this.fail = reject;
  });
  closedWith: unknown;

  constructor(
    readonly url: string,
    readonly options: object,
  ) {
    FakeTransport.made.push(this);
  }

  createBidirectionalStream(): Promise<object> {
    return Promise.resolve({
      readable: this.control.incoming.readable,
      writable: this.control.outgoing.writable,
    });
  }

  createUnidirectionalStream(): Promise<WritableStream<Uint8Array>> {
    if (!FakeTransport.opensStreams) return new Promise(() => undefined);
    const stream = new Outgoing();
    this.streams.push(stream);
    return Promise.resolve(stream.writable);
  }

  close(info: unknown): void {
    this.closedWith = info;
  }
}

let transport: FakeTransport;
let connection: WebTransportConnection;
let ends: ConnectionEnd[];
/** Sequence of the last Ping the connection asked for. */
let pings: number;
let handlers: { [K in keyof ConnectionHandlers]: Mock<ConnectionHandlers[K]> };

beforeEach(async () => {
  vi.useFakeTimers();
  vi.stubGlobal('WebTransport', FakeTransport);
  vi.stubGlobal('WebTransportError', FakeError);
  vi.stubGlobal('navigator', { userAgent: 'Chrome/150' });
  FakeTransport.made = [];
  FakeTransport.opensStreams = true;
  transport = new FakeTransport('https://node.test/v1/rt', {});
  const control = { readable: transport.control.incoming.readable, writable: transport.control.outgoing.writable };
  connection = new WebTransportConnection(
    transport as unknown as WebTransport,
    control as unknown as WebTransportBidirectionalStream,
  );
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
  await settle();
});

afterEach(async () => {
  connection.close();
  await vi.advanceTimersByTimeAsync(1000);
  expect(vi.getTimerCount()).toBe(0);
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);

function frame(fields: Partial<OutgoingObject> & { group: number }): OutgoingObject {
  const object = fields.object ?? 0;
  return {
    alias: 1,
    kind: 'video',
    object,
    last: false,
    header: new Uint8Array([0, fields.group, object]),
    payload: new Uint8Array([fields.group, object]),
    priority: 128,
    ...fields,
  };
}

describe('sending', () => {
  it('frames control messages by length', async () => {
    connection.sendControl(new Uint8Array([8, 1]));
    await settle();
    expect(transport.control.outgoing.chunks).toEqual([new Uint8Array([2, 8, 1])]);
  });

  it('sends audio in datagrams, and on a stream of its own when it does not fit', async () => {
    connection.sendObject(frame({ group: 3, kind: 'audio' }));
    transport.datagrams.maxDatagramSize = 5;
    connection.sendObject(frame({ group: 3, object: 1, kind: 'audio' }));
    await settle();
    expect(transport.datagramsOut.chunks).toEqual([new Uint8Array([1, 0, 3, 0, 3, 0])]);
    expect(transport.streams).toHaveLength(1);
    expect(await transport.streams[0]!.objects()).toMatchObject([{ alias: 1, payload: new Uint8Array([3, 1]) }]);
    expect(transport.streams[0]!.closed).toBe(true);
  });

  it('gives up audio that waits too long for a datagram', async () => {
    transport.datagramsOut.block();
    for (let i = 0; i < 5; i++) connection.sendObject(frame({ group: 3, object: i, kind: 'audio' }));
    await vi.advanceTimersByTimeAsync(400);
    transport.datagramsOut.release();
    await settle();
    connection.sendObject(frame({ group: 3, object: 5, kind: 'audio' }));
    await settle();
    expect(transport.datagramsOut.chunks.map((chunk) => chunk[3])).toEqual([0, 5]);
    expect(connection.stats()).toMatchObject({ droppedObjects: 4, backlogBytes: 0 });
  });

  it('sends a group of video on one stream and ends it after the last object', async () => {
    for (let i = 0; i < 3; i++) connection.sendObject(frame({ group: 5, object: i, last: i === 2 }));
    await settle();
    expect(transport.streams).toHaveLength(1);
    expect(await transport.streams[0]!.objects()).toEqual(
      [0, 1, 2].map((i) => ({ alias: 1, header: new Uint8Array([0, 5, i]), payload: new Uint8Array([5, i]) })),
    );
    expect(transport.streams[0]!.closed).toBe(true);
    expect(connection.stats()).toMatchObject({ backlogBytes: 15, sentBytes: 0 });
    connection.ponged(pings, 1 + 3 * (1 + 5));
    expect(connection.stats()).toMatchObject({ backlogBytes: 0, sentBytes: 15 });
  });

  it('ends a group in order when a newer one begins and everything has left', async () => {
    connection.sendObject(frame({ group: 5 }));
    await settle();
    connection.sendObject(frame({ group: 6 }));
    await settle();
    expect(transport.streams.map((stream) => stream.closed)).toEqual([true, false]);
  });

  it('resets a group that has not left with code 1 when a newer one begins', async () => {
    connection.sendObject(frame({ group: 5 }));
    await settle();
    transport.streams[0]!.block();
    connection.sendObject(frame({ group: 5, object: 1 }));
    connection.sendObject(frame({ group: 5, object: 2 }));
    await settle();
    connection.sendObject(frame({ group: 6 }));
    transport.streams[0]!.release();
    await settle();
    expect(transport.streams[0]!.aborted).toMatchObject({ streamErrorCode: 1 });
    expect(transport.streams[0]!.closed).toBe(false);
    expect(connection.stats()).toMatchObject({ droppedObjects: 3, backlogBytes: 5 });
    expect(await transport.streams[1]!.objects()).toHaveLength(1);
  });

  it('leaves groups of other aliases alone', async () => {
    connection.sendObject(frame({ group: 5, alias: 1 }));
    await settle();
    transport.streams[0]!.block();
    connection.sendObject(frame({ group: 5, object: 1, alias: 1 }));
    connection.sendObject(frame({ group: 6, alias: 2 }));
    await settle();
    expect(transport.streams[0]!.aborted).toBeUndefined();
    transport.streams[0]!.release();
    await settle();
    expect(await transport.streams[0]!.objects()).toHaveLength(2);
  });

  it('abandons a group that is 2 s late, and sends the next', async () => {
    connection.sendObject(frame({ group: 5, payload: new Uint8Array(20_000) }));
    connection.sendObject(frame({ group: 5, object: 1 }));
    await vi.advanceTimersByTimeAsync(2100);
    expect(handlers.abandoned).toHaveBeenCalledExactlyOnceWith(1);
    expect(transport.streams[0]!.aborted).toMatchObject({ streamErrorCode: 1 });
    connection.sendObject(frame({ group: 5, object: 2 }));
    connection.sendObject(frame({ group: 6 }));
    await settle();
    expect(await transport.streams[1]!.objects()).toHaveLength(1);
    expect(connection.stats()).toMatchObject({ droppedObjects: 3, backlogBytes: 5, backlogMs: 0 });
  });

  it('holds video back while more than has room is on its way, and audio not', async () => {
    for (let i = 0; i < 8; i++) connection.sendObject(frame({ group: 5, object: i, payload: new Uint8Array(5000) }));
    connection.sendObject(frame({ group: 1, kind: 'audio', alias: 9 }));
    await settle();
    expect(transport.datagramsOut.chunks).toHaveLength(1);
    expect(transport.streams[0]!.chunks).toHaveLength(4);
    await vi.advanceTimersByTimeAsync(50);
    connection.ponged(pings, 20_000);
    await settle();
    expect(transport.streams[0]!.chunks.length).toBeGreaterThan(4);
  });

  it('gives up waiting for bytes that never arrive', async () => {
    connection.sendObject(frame({ group: 5, payload: new Uint8Array(20_000) }));
    connection.sendObject(frame({ group: 5, object: 1 }));
    for (let i = 0; i < 15; i++) {
      await vi.advanceTimersByTimeAsync(100);
      connection.ponged(pings, 10);
    }
    await settle();
    expect(transport.streams[0]!.chunks).toHaveLength(2);
  });

  it('sends a group no further that the node has stopped', async () => {
    connection.sendObject(frame({ group: 5 }));
    await settle();
    transport.streams[0]!.fail();
    connection.sendObject(frame({ group: 5, object: 1 }));
    await settle();
    connection.sendObject(frame({ group: 5, object: 2 }));
    connection.sendObject(frame({ group: 6 }));
    await settle();
    expect(transport.streams).toHaveLength(2);
    expect(connection.stats().backlogBytes).toBe(5);
  });

  it('sends audio on streams where datagrams starve', async () => {
    vi.stubGlobal('navigator', { userAgent: 'Firefox/153' });
    const dialled = dialWebTransport({ url: 'https://a/', certificateHashes: [] }, new AbortController().signal);
    const made = FakeTransport.made.at(-1)!;
    made.becomeReady();
    const other = await dialled;
    other.sendObject(frame({ group: 3, kind: 'audio' }));
    await settle();
    expect(made.streams).toHaveLength(1);
    expect(made.datagramsOut.chunks).toHaveLength(0);
    other.close();
  });

  it('tells how long a stream has waited to be opened', async () => {
    FakeTransport.opensStreams = false;
    connection.sendObject(frame({ group: 5 }));
    await vi.advanceTimersByTimeAsync(3000);
    expect(connection.stats().stuckMs).toBe(3000);
  });
});

describe('receiving', () => {
  const object = (alias: number): WireObject => ({
    alias,
    header: new Uint8Array([0, 1, 0]),
    payload: new Uint8Array([1, 2, 3, 4]),
  });

  function incoming(): Incoming {
    const stream = new Incoming();
    transport.incomingStreams.controller.enqueue(stream.readable);
    return stream;
  }

  it('hands over control messages in order', async () => {
    const bytes = [...frameForStream(new Uint8Array([1])), ...frameForStream(new Uint8Array([2, 2]))];
    for (const byte of bytes) transport.control.incoming.controller.enqueue(new Uint8Array([byte]));
    await settle();
    expect(handlers.control.mock.calls).toEqual([[new Uint8Array([1])], [new Uint8Array([2, 2])]]);
  });

  it('reads every stream by itself, whatever becomes of the others', async () => {
    const [good, bad, reset, huge] = [incoming(), incoming(), incoming(), incoming()];
    connection.objectLimit = 100;
    good.controller.enqueue(encodeStreamObject(object(1), true));
    bad.controller.enqueue(new Uint8Array([2, 0x40, 0x07]));
    reset.controller.enqueue(encodeStreamObject(object(3), true));
    await settle();
    reset.controller.error(new Error('reset'));
    huge.controller.enqueue(new Uint8Array([4, 0x40, 101]));
    await settle();
    good.controller.enqueue(encodeStreamObject(object(1), false));
    await settle();
    expect(handlers.object.mock.calls.map(([{ alias }]) => alias)).toEqual([1, 3, 1]);
    expect(handlers.fault.mock.calls.map(([{ code }]) => code)).toEqual(['malformed', 'object-too-large']);
    expect(bad.cancelled).toMatchObject({ streamErrorCode: 2 });
    expect(ends).toEqual([]);
  });

  it('hands over datagrams and passes over malformed ones', async () => {
    transport.datagramsIn.controller.enqueue(new Uint8Array([9, 0, 1, 0, 42]));
    transport.datagramsIn.controller.enqueue(new Uint8Array([9, 0xff]));
    transport.datagramsIn.controller.enqueue(new Uint8Array([8, 0, 1, 0, 42]));
    await settle();
    expect(handlers.object.mock.calls.map(([{ alias }]) => alias)).toEqual([9, 8]);
    expect(handlers.fault).toHaveBeenCalledTimes(1);
  });

  it('tells how long the middle of an object has not come', async () => {
    const stream = incoming();
    const bytes = encodeStreamObject(object(1), true);
    stream.controller.enqueue(bytes.slice(0, 5));
    await settle();
    await vi.advanceTimersByTimeAsync(3000);
    expect(connection.stats().stuckMs).toBe(3000);
    stream.controller.enqueue(bytes.slice(5));
    await vi.advanceTimersByTimeAsync(3000);
    expect(connection.stats().stuckMs).toBe(0);
  });
});

describe('ending', () => {
  it.each([
    [{ closeCode: 1, reason: 'replaced' }, 'replaced'],
    [{ closeCode: 0, reason: '' }, ''],
  ])('takes the code of %j', async (info, code) => {
    transport.control.incoming.controller.close();
    await vi.advanceTimersByTimeAsync(100);
    expect(transport.control.outgoing.closed).toBe(true);
    expect(ends).toEqual([]);
    transport.end(info);
    await settle();
    expect(ends).toEqual([expect.objectContaining({ code })]);
  });

  it('has no code when the session breaks', async () => {
    transport.fail(new Error('idle timeout'));
    await settle();
    expect(ends).toEqual([expect.objectContaining({ code: undefined })]);
  });

  it('does not wait for ever for the close of the session', async () => {
    transport.control.incoming.controller.close();
    await vi.advanceTimersByTimeAsync(1000);
    expect(ends).toEqual([expect.objectContaining({ code: undefined })]);
    expect(transport.closedWith).toBeDefined();
  });

  it('ends with malformed at a control message that is too long', async () => {
    transport.control.incoming.controller.enqueue(new Uint8Array([0xc0, 0, 0, 1, 0, 0, 0, 0]));
    await vi.advanceTimersByTimeAsync(500);
    expect(ends).toHaveLength(1);
    expect(transport.closedWith).toEqual({ closeCode: 1, reason: 'malformed' });
  });

  it('ends its control stream and waits for the other side before it closes the session', async () => {
    connection.sendControl(new Uint8Array([8]));
    connection.close();
    await vi.advanceTimersByTimeAsync(100);
    expect(transport.control.outgoing).toMatchObject({ closed: true, chunks: [new Uint8Array([1, 8])] });
    expect(transport.closedWith).toBeUndefined();
    transport.control.incoming.controller.close();
    await settle();
    expect(transport.closedWith).toEqual({ closeCode: 0, reason: '' });
  });

  it('closes the session after half a second when the other side does not answer', async () => {
    connection.close('malformed');
    await vi.advanceTimersByTimeAsync(500);
    expect(transport.closedWith).toEqual({ closeCode: 1, reason: 'malformed' });
    expect(ends).toEqual([]);
  });
});

describe('dialling', () => {
  const endpoint = { url: 'https://node.test/v1/rt', certificateHashes: [new Uint8Array(32)] };

  it('passes the hashes of a development certificate, alone on its connection', async () => {
    const dialled = dialWebTransport(endpoint, new AbortController().signal);
    const made = FakeTransport.made.at(-1)!;
    expect(made.options).toMatchObject({
      allowPooling: false,
      serverCertificateHashes: [{ algorithm: 'sha-256', value: new Uint8Array(32) }],
    });
    made.becomeReady();
    expect((await dialled).kind).toBe('webtransport');
  });

  it('passes none of a public certificate, which browsers would refuse', () => {
    void dialWebTransport({ ...endpoint, certificateHashes: [] }, new AbortController().signal);
    expect(FakeTransport.made.at(-1)!.options).not.toHaveProperty('serverCertificateHashes');
  });

  it('rejects and closes when aborted', async () => {
    const controller = new AbortController();
    const dialled = dialWebTransport(endpoint, controller.signal);
    controller.abort(new Error('enough'));
    await expect(dialled).rejects.toThrow('enough');
    expect(FakeTransport.made.at(-1)!.closedWith).toBeDefined();
  });

  it('rejects when the constructor throws', async () => {
    vi.stubGlobal('WebTransport', function () {
      throw new TypeError('not here');
    });
    await expect(dialWebTransport(endpoint, new AbortController().signal)).rejects.toThrow('not here');
  });
});
