import { encodeWebSocketControl, encodeWebSocketObject, parseWebSocketMessage } from '../wire/websocket-message.js';
import { WireError } from '../wire/errors.js';
import { maxServerMessage } from '../wire/control.js';
import type { Connection, ConnectionHandlers, ConnectionStats, Dial } from './connection.js';
import { LinkError } from './errors.js';
import type { OutgoingObject } from './types.js';
import { Uplink } from './uplink.js';

/** WebSocket subprotocol of this version of the protocol. */
const subprotocol = 'confab.v1';
/** Close code for an end with a code of spec/wire.md §6, which is the reason. */
const codedClose = 4000;
/** What may be in the browser's own buffer; audio passes video there. */
const bufferBytes = { video: 64 << 10, audio: 256 << 10 };

/** A connection over WebSocket: one ordered pipe, kept nearly empty so that urgent things pass. Spec: wire.md §3.6. */
export class WebSocketConnection implements Connection {
  readonly kind = 'websocket';
  objectLimit = maxServerMessage;

  readonly #socket: WebSocket;
  #handlers: ConnectionHandlers | undefined;
  #open = true;
  #receivedBytes = 0;

  readonly #uplink = new Uplink(
    {
      accepts: (kind) => this.#socket.bufferedAmount < bufferBytes[kind],
      write: (object) => {
        const message = encodeWebSocketObject(object);
        this.#socket.send(message);
        return message.length;
      },
      supersede: () => false,
      abandon: () => false,
    },
    {
      abandoned: (alias) => this.#handlers?.abandoned(alias),
      probe: () => this.#handlers?.probe(),
    },
  );

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
    if (this.#open) this.#socket.send(encodeWebSocketControl(message));
  }

  sendObject(object: OutgoingObject): void {
    this.#uplink.send(object, this.objectLimit);
  }

  pinged(sequence: number): void {
    this.#uplink.pinged(sequence);
  }

  ponged(sequence: number): void {
    this.#uplink.ponged(sequence);
  }

  stats(): ConnectionStats {
    return { ...this.#uplink.stats(), receivedBytes: this.#receivedBytes, stuckMs: 0 };
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
    this.#socket.onmessage = null;
    this.#socket.onclose = null;
    this.#uplink.close();
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
