import { frameForStream, maxServerMessage, readFromStream } from '../wire/control.js';
import { WireError } from '../wire/errors.js';
import { malformedStreamCode, readGroupStream } from '../wire/group-stream.js';
import { encodeObject, encodeStreamObject, objectLength, parseObject } from '../wire/object.js';
import { StreamReader } from '../wire/stream-reader.js';
import type { Connection, ConnectionHandlers, ConnectionStats, Dial } from './connection.js';
import { DatagramSender } from './datagram-sender.js';
import { GroupSender } from './group-sender.js';
import { streamError } from './stream-error.js';
import { StreamWatch } from './stream-watch.js';
import type { OutgoingObject } from './types.js';
import { Uplink } from './uplink.js';

/** `sendOrder`s; video is at its priority, 0 to 255. */
const order = { control: 1 << 20, audio: 1 << 19 };
/** Datagrams that may wait for the worker; a burst from hundreds of speakers' nodes fits. */
const incomingDatagrams = 512;
/** Close code of a session that ends with a code of spec/wire.md §6, which is the reason. */
const codedClose = 1;
/** How long the other side may take to end its control stream, and to close the session after that (§2.8). */
const farewellMs = { stream: 500, session: 1000 };

type ControlStream = Pick<WebTransportBidirectionalStream, 'readable' | 'writable'>;

/**
 * A connection over WebTransport: control on one bidirectional stream, a group of video on one unidirectional stream,
 * audio in datagrams. Spec: wire.md §3.5.
 */
export class WebTransportConnection implements Connection {
  readonly kind = 'webtransport';
  objectLimit = maxServerMessage;

  readonly #transport: WebTransport;
  readonly #control: ControlStream;
  readonly #controlWriter: WritableStreamDefaultWriter<Uint8Array>;
  readonly #datagrams: DatagramSender;
  #handlers: ConnectionHandlers | undefined;
  #open = true;
  #receivedBytes = 0;
  #readingOver!: () => void;
  /** Resolves when nothing more will come on the control stream, or nobody waits for it. */
  readonly #controlRead = new Promise<void>((resolve) => (this.#readingOver = resolve));
  #farewell: ReturnType<typeof setTimeout> | undefined;

  readonly #watch = new StreamWatch();
  readonly #groups = new Map<number, GroupSender>();
  readonly #uplink = new Uplink(
    {
      accepts: () => true,
      write: (object, opens) => (object.kind === 'audio' ? this.#writeAudio(object) : this.#writeVideo(object, opens)),
      supersede: (alias) => this.#groups.get(alias)?.supersede() ?? false,
      abandon: (alias) => this.#groups.get(alias)?.abandon() ?? false,
    },
    {
      abandoned: (alias) => this.#handlers?.abandoned(alias),
      probe: () => this.#handlers?.probe(),
    },
  );

  /**
   * `transport` is ready and `control` its first bidirectional stream. Without `audioByDatagram`, every object of audio
   * goes on a stream of its own.
   */
  constructor(
    transport: WebTransport,
    control: ControlStream,
    private readonly audioByDatagram = true,
  ) {
    this.#transport = transport;
    this.#control = control;
    this.#controlWriter = control.writable.getWriter();
    this.#datagrams = new DatagramSender(transport.datagrams);
  }

  start(handlers: ConnectionHandlers): void {
    this.#handlers = handlers;
    this.#transport.closed.then(
      ({ closeCode, reason }) =>
        this.#end(closeCode === codedClose ? reason : '', reason || `WebTransport closed (${closeCode})`),
      (error: unknown) => this.#end(undefined, `WebTransport failed: ${String(error)}`),
    );
    void this.#readControl();
    void this.#readStreams();
    void this.#readDatagrams();
  }

  sendControl(message: Uint8Array): void {
    if (this.#open) this.#controlWriter.write(frameForStream(message)).catch(() => undefined);
  }

  sendObject(object: OutgoingObject): void {
    this.#uplink.send(object, this.objectLimit);
  }

  pinged(sequence: number): void {
    this.#uplink.pinged(sequence);
  }

  ponged(sequence: number, streamBytes: number): void {
    this.#uplink.ponged(sequence, streamBytes);
  }

  stats(): ConnectionStats {
    const uplink = this.#uplink.stats();
    return {
      ...uplink,
      droppedObjects: uplink.droppedObjects + this.#datagrams.dropped,
      receivedBytes: this.#receivedBytes,
      stuckMs: this.#watch.stuckMs(),
    };
  }

  close(code = ''): void {
    if (!this.#open) return;
    this.#shut();
    this.#closeSession(code);
  }

  #writeAudio(object: OutgoingObject): number {
    if (this.audioByDatagram && objectLength(object) <= this.#datagrams.maxBytes) {
      this.#datagrams.send(encodeObject(object));
      return 0;
    }
    const bytes = encodeStreamObject(object, true);
    const stream = new GroupSender(this.#openStream(order.audio));
    stream.send(bytes);
    stream.finish();
    return bytes.length;
  }

  #writeVideo(object: OutgoingObject, opens: boolean): number | undefined {
    if (opens) this.#groups.set(object.alias, new GroupSender(this.#openStream(object.priority)));
    const group = this.#groups.get(object.alias);
    if (!group?.open) return undefined;
    const bytes = encodeStreamObject(object, opens);
    group.send(bytes);
    if (object.last) group.finish();
    return bytes.length;
  }

  #openStream(sendOrder: number): Promise<WritableStream<Uint8Array>> {
    return this.#watch.opening(
      this.#transport.createUnidirectionalStream({
        sendOrder,
        waitUntilAvailable: true,
      } as WebTransportSendStreamOptions),
    );
  }

  async #readControl(): Promise<void> {
    const reader = new StreamReader(this.#control.readable, (bytes) => (this.#receivedBytes += bytes));
    try {
      for (let message; (message = await readFromStream(reader));) if (this.#open) this.#handlers?.control(message);
      this.#controlEnded();
    } catch (error) {
      if (!(error instanceof WireError) || !this.#open) return this.#controlEnded();
      this.#end(undefined, error.message);
      this.#closeSession(error.code);
    }
  }

  /** The node ended the control stream: the close of the session follows and tells why. Spec: wire.md §2.8. */
  #controlEnded(): void {
    this.#readingOver();
    if (!this.#open) return;
    this.#endControl();
    this.#farewell = setTimeout(() => {
      this.#end(undefined, 'the control stream ended');
      closeQuietly(this.#transport, '');
    }, farewellMs.session);
  }

  #endControl(): void {
    this.#controlWriter.close().catch(() => undefined);
  }

  #closeSession(code: string): void {
    this.#endControl();
    const timer = setTimeout(() => this.#readingOver(), farewellMs.stream);
    void this.#controlRead.then(() => {
      clearTimeout(timer);
      closeQuietly(this.#transport, code);
    });
  }

  async #readStreams(): Promise<void> {
    const streams = this.#transport.incomingUnidirectionalStreams.getReader();
    try {
      for (;;) {
        const { done, value } = await streams.read();
        if (done) return;
        void this.#readGroup(value as ReadableStream<Uint8Array>);
      }
    } catch {
      // The session is over; `closed` tells why.
    }
  }

  async #readGroup(stream: ReadableStream<Uint8Array>): Promise<void> {
    const watch = this.#watch.incoming();
    const reader = new StreamReader(stream, (bytes) => {
      this.#receivedBytes += bytes;
      watch.bytes();
    });
    try {
      await readGroupStream(reader, this.objectLimit, (object) => {
        watch.object(reader.buffered > 0);
        this.#deliver(object);
      });
    } catch (error) {
      if (error instanceof WireError) {
        reader.cancel(streamError(malformedStreamCode, error.message));
        if (this.#open) this.#handlers?.fault(error);
      }
    } finally {
      watch.ended();
    }
  }

  async #readDatagrams(): Promise<void> {
    try {
      const { datagrams } = this.#transport;
      datagrams.incomingHighWaterMark = incomingDatagrams;
      const reader = (datagrams.readable as ReadableStream<Uint8Array>).getReader();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return;
        this.#receivedBytes += value.length;
        this.#receiveDatagram(value);
      }
    } catch {
      // No datagrams, or the session is over; `closed` tells why.
    }
  }

  #receiveDatagram(bytes: Uint8Array): void {
    let object;
    try {
      object = parseObject(bytes, 0, this.objectLimit);
    } catch (error) {
      if (this.#open) this.#handlers?.fault(error as WireError);
      return;
    }
    this.#deliver(object);
  }

  #deliver(object: Parameters<ConnectionHandlers['object']>[0]): void {
    if (this.#open) this.#handlers?.object(object);
  }

  #end(code: string | undefined, message: string): void {
    if (!this.#open) return;
    this.#shut();
    this.#handlers?.ended({ code, message });
  }

  #shut(): void {
    this.#open = false;
    clearTimeout(this.#farewell);
    for (const group of this.#groups.values()) group.abandon();
    this.#groups.clear();
    this.#datagrams.close();
    this.#uplink.close();
  }
}

/** Opens WebTransport sessions in a browser. Rejects too where the constructor or an option is missing. */
export const dialWebTransport: Dial<{
  readonly url: string;
  readonly certificateHashes: readonly Uint8Array<ArrayBuffer>[];
}> = async (endpoint, signal) => {
  signal.throwIfAborted();
  const transport = new WebTransport(endpoint.url, {
    allowPooling: false,
    requireUnreliable: true,
    congestionControl: 'low-latency',
    ...(endpoint.certificateHashes.length > 0
      ? { serverCertificateHashes: endpoint.certificateHashes.map((value) => ({ algorithm: 'sha-256', value })) }
      : {}),
  });
  transport.closed.catch(() => undefined);
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
  aborted.catch(() => undefined);
  try {
    await Promise.race([transport.ready, aborted]);
    const control = await Promise.race([
      transport.createBidirectionalStream({ sendOrder: order.control } as WebTransportSendStreamOptions),
      aborted,
    ]);
    return new WebTransportConnection(transport, control, !datagramsStarve());
  } catch (error) {
    transport.ready.catch(() => undefined);
    closeQuietly(transport, '');
    throw error;
  }
};

/** Firefox sends datagrams only when no stream has anything to send; it has the order of streams instead. */
function datagramsStarve(): boolean {
  return navigator.userAgent.includes('Firefox/');
}

function closeQuietly(transport: WebTransport, code: string): void {
  try {
    transport.close({ closeCode: code ? codedClose : 0, reason: code });
  } catch {
    // It failed already; there is nothing to close.
  }
}
