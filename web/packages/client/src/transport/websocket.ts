import { encodeWebSocketControl, encodeWebSocketObject, parseWebSocketMessage } from '../wire/websocket-message.js';
import { WireError } from '../wire/errors.js';
import { objectLength } from '../wire/object.js';
import { maxServerMessage } from '../wire/control.js';
import { Backlog, type BacklogEntry } from './backlog.js';
import type { Connection, ConnectionHandlers, ConnectionStats, Dial } from './connection.js';
import { LinkError } from './errors.js';
import { GroupGate } from './group-gate.js';
import { PipeMeter } from './pipe-meter.js';
import type { OutgoingObject } from './types.js';

/** WebSocket subprotocol of this version of the protocol. */
const subprotocol = 'confab.v1';
/** Close code for an end with a code of spec/wire.md §6, which is the reason. */
const codedClose = 4000;
/** Video waits behind this much in the browser's own buffer. */
const videoBufferBytes = 64 << 10;
/** Audio waits, and then gets lost, only behind this much. */
const audioBufferBytes = 256 << 10;
/** Video is held back so that nothing waits longer than this on the way to the node. */
const queueMs = 150;
/** At least this much may be on its way, and this much before anything was measured. */
const roomBytes = { least: 8 << 10, first: 16 << 10 };
/** How often a Pong tells what has arrived, while there is something to learn. */
const probeMs = { video: 100, audio: 500 };
const maxAgeMs = { audio: 500, video: 2000 };
/** How often the socket is looked at while objects wait for it. */
const pumpMs = 10;

interface Waiting {
  readonly message: Uint8Array<ArrayBuffer>;
  readonly entry: BacklogEntry;
  readonly priority: number;
}

/** A connection over WebSocket: one ordered pipe, kept nearly empty so that urgent things pass. Spec: wire.md §3.6. */
export class WebSocketConnection implements Connection {
  readonly kind = 'websocket';
  objectLimit = maxServerMessage;

  readonly #socket: WebSocket;
  #handlers: ConnectionHandlers | undefined;
  #open = true;
  #receivedBytes = 0;

  readonly #backlog = new Backlog();
  readonly #gate = new GroupGate();
  #audio: Waiting[] = [];
  readonly #video = new Map<number, Waiting[]>();
  #pump: ReturnType<typeof setTimeout> | undefined;
  readonly #meter = new PipeMeter();
  /** Objects that may not have arrived, each with what was written when it was. */
  #underway: { readonly end: number; readonly entry: BacklogEntry }[] = [];
  #lastProbe = -Infinity;
  #lastVideo = -Infinity;

  /** `socket` is open and gives array buffers. */
  constructor(socket: WebSocket) {
    this.#socket = socket;
  }

  start(handlers: ConnectionHandlers): void {
    this.#handlers = handlers;
    this.#socket.onmessage = (event: MessageEvent<unknown>) => this.#receive(event.data);
    this.#socket.onclose = (event) =>
      this.#end(
        event.code === codedClose ? event.reason : event.code === 1000 ? '' : undefined,
        event.reason || `WebSocket closed (${event.code})`,
      );
    if (this.#socket.readyState >= WebSocket.CLOSING) this.#end(undefined, 'WebSocket closed');
  }

  sendControl(message: Uint8Array): void {
    if (this.#open) this.#write(encodeWebSocketControl(message));
  }

  sendObject(object: OutgoingObject): void {
    if (!this.#open) return this.#backlog.refused();
    const admitted = object.kind === 'audio' ? 'continues' : this.#gate.admit(object);
    if (admitted === 'refuse') return this.#backlog.refused();

    const waiting = {
      message: encodeWebSocketObject(object),
      entry: this.#backlog.enter(objectLength(object)),
      priority: object.priority,
    };
    if (object.kind === 'video') this.#lastVideo = performance.now();
    if (object.kind === 'audio') this.#audio.push(waiting);
    else if (admitted === 'opens') {
      this.#drop(this.#video.get(object.alias));
      this.#video.set(object.alias, [waiting]);
    } else this.#video.get(object.alias)!.push(waiting);
    this.#flush();
  }

  pinged(sequence: number): void {
    this.#lastProbe = performance.now();
    this.#meter.pinged(sequence, this.#videoWaits());
  }

  ponged(sequence: number): void {
    this.#meter.ponged(sequence);
    while (this.#underway[0] && this.#underway[0].end <= this.#meter.arrived)
      this.#backlog.sent(this.#underway.shift()!.entry);
    this.#flush();
  }

  stats(): ConnectionStats {
    const stats = this.#backlog.stats();
    // An object counts until a Pong says that it arrived; that much is no backlog.
    const backlogMs = Math.max(0, stats.backlogMs - this.#meter.roundMs - this.#probeMs());
    return { ...stats, backlogMs, receivedBytes: this.#receivedBytes, stuckMs: 0 };
  }

  close(code = ''): void {
    if (!this.#open) return;
    this.#shut();
    if (code) this.#socket.close(codedClose, code);
    else this.#socket.close(1000);
  }

  #receive(data: unknown): void {
    if (!this.#open) return;
    if (!(data instanceof ArrayBuffer)) {
      this.close('malformed');
      return this.#tellEnd(undefined, 'the node sent a text message');
    }
    this.#receivedBytes += data.byteLength;
    try {
      const message = parseWebSocketMessage(new Uint8Array(data), this.objectLimit);
      if (message.kind === 'control') this.#handlers?.control(message.message);
      else this.#handlers?.object(message.object);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.#handlers?.fault(error);
    }
  }

  #flush(): void {
    clearTimeout(this.#pump);
    this.#pump = undefined;
    if (!this.#open) return;
    this.#dropStale();

    let next: Waiting | undefined;
    while (this.#socket.bufferedAmount < audioBufferBytes && (next = this.#audio.shift())) this.#send(next);
    while (this.#hasRoomForVideo() && (next = this.#nextVideo())) this.#send(next);

    const now = performance.now();
    if (this.#underway.length > 0 && now - this.#lastProbe >= this.#probeMs()) this.#handlers?.probe();
    if (this.#audio.length > 0 || this.#videoWaits()) this.#pump = setTimeout(() => this.#flush(), pumpMs);
    else if (this.#underway.length > 0) this.#pump = setTimeout(() => this.#flush(), this.#probeMs());
  }

  #hasRoomForVideo(): boolean {
    const underway = this.#meter.written - this.#meter.arrived;
    const room = this.#meter.room(queueMs + this.#probeMs());
    return (
      this.#socket.bufferedAmount < videoBufferBytes &&
      underway < (room === undefined ? roomBytes.first : Math.max(roomBytes.least, room))
    );
  }

  #videoWaits(): boolean {
    for (const queue of this.#video.values()) if (queue.length > 0) return true;
    return false;
  }

  #probeMs(): number {
    return performance.now() - this.#lastVideo < 1000 ? probeMs.video : probeMs.audio;
  }

  #nextVideo(): Waiting | undefined {
    let best: Waiting[] | undefined;
    for (const queue of this.#video.values()) {
      const head = queue[0];
      if (!head) continue;
      const leader = best?.[0];
      if (
        !leader ||
        head.priority > leader.priority ||
        (head.priority === leader.priority && head.entry.since < leader.entry.since)
      )
        best = queue;
    }
    return best?.shift();
  }

  #dropStale(): void {
    const now = performance.now();
    while (this.#audio[0] && now - this.#audio[0].entry.since > maxAgeMs.audio)
      this.#backlog.dropped(this.#audio.shift()!.entry);
    for (const [alias, queue] of this.#video) {
      if (!queue[0] || now - queue[0].entry.since <= maxAgeMs.video) continue;
      this.#drop(queue);
      this.#gate.abandon(alias);
      this.#handlers?.abandoned(alias);
    }
  }

  #drop(queue: Waiting[] | undefined): void {
    for (const { entry } of queue?.splice(0) ?? []) this.#backlog.dropped(entry);
  }

  #send({ message, entry }: Waiting): void {
    this.#write(message);
    this.#underway.push({ end: this.#meter.written, entry });
  }

  #write(message: Uint8Array<ArrayBuffer>): void {
    this.#socket.send(message);
    this.#meter.wrote(message.length);
  }

  #end(code: string | undefined, message: string): void {
    if (!this.#open) return;
    this.#shut();
    this.#tellEnd(code, message);
  }

  #tellEnd(code: string | undefined, message: string): void {
    this.#handlers?.ended({ code, message });
  }

  #shut(): void {
    this.#open = false;
    clearTimeout(this.#pump);
    this.#socket.onmessage = null;
    this.#socket.onclose = null;
    this.#drop(this.#audio);
    for (const queue of this.#video.values()) this.#drop(queue);
    for (const { entry } of this.#underway.splice(0)) this.#backlog.sent(entry);
  }
}

/** Opens WebSockets in a browser. */
export const dialWebSocket: Dial<{ readonly url: string }> = (endpoint, signal) =>
  new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const socket = new WebSocket(endpoint.url, [subprotocol]);
    socket.binaryType = 'arraybuffer';
    const abort = (): void => {
      settle();
      socket.close();
      reject(signal.reason as Error);
    };
    const settle = (): void => {
      signal.removeEventListener('abort', abort);
      socket.onopen = socket.onclose = null;
    };
    signal.addEventListener('abort', abort);
    socket.onopen = () => {
      settle();
      resolve(new WebSocketConnection(socket));
    };
    socket.onclose = (event) => {
      settle();
      reject(new LinkError('unreachable', `WebSocket did not open (${event.code})`));
    };
  });
