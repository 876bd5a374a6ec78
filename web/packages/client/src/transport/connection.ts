import type { WireError } from '../wire/errors.js';
import type { WireObject } from '../wire/object.js';
import type { UplinkStats } from './backlog.js';
import type { OutgoingObject, TransportKind } from './types.js';

/** How a connection ended. */
export interface ConnectionEnd {
  /** The code of spec/wire.md §6 the node closed it with, '' when it ended in order, undefined when it just broke. */
  readonly code: string | undefined;
  readonly message: string;
}

/** What a connection tells its owner. Nothing is called after `ended`, nor after {@link Connection.close}. */
export interface ConnectionHandlers {
  /** The bytes of one control message, in order. */
  control(message: Uint8Array): void;
  object(object: WireObject): void;
  /** A stream, datagram or message broke the protocol; it is given up, the connection goes on. */
  fault(error: WireError): void;
  ended(end: ConnectionEnd): void;
  /** A group of this alias was given up though no newer one had begun. */
  abandoned(alias: number): void;
  /** Asks for a Ping now, to learn what has arrived. */
  probe(): void;
}

/** One open connection with a node, by either transport. */
export interface Connection {
  readonly kind: TransportKind;
  /** The largest object taken from the node, in bytes; others are faults. */
  objectLimit: number;
  /** Begins to read. Called once. */
  start(handlers: ConnectionHandlers): void;
  /** Queues the bytes of one control message. Never blocks; nothing happens after the end. */
  sendControl(message: Uint8Array): void;
  /** Queues an object, or drops it when it comes too late or does not belong to a group begun on this connection. */
  sendObject(object: OutgoingObject): void;
  /** A Ping was handed to {@link sendControl} just now. */
  pinged(sequence: number): void;
  /** Its Pong came; the node has got `streamBytes` on the connection's streams. */
  ponged(sequence: number, streamBytes: number): void;
  stats(): ConnectionStats;
  /** Ends the connection; '' is an orderly end, else a code of spec/wire.md §6. What is queued may be lost. */
  close(code?: string): void;
}

export interface ConnectionStats extends UplinkStats {
  readonly receivedBytes: number;
  /**
   * For how many ms streams have not moved though they should: one waits to be opened, or the middle of an object does
   * not come. Large while the node still answers, it shows a browser that lost its flow control credit.
   */
  readonly stuckMs: number;
}

/** Opens a connection that is ready for Hello. Rejects when that fails or `signal` is aborted, leaving nothing open. */
export type Dial<Endpoint> = (endpoint: Endpoint, signal: AbortSignal) => Promise<Connection>;
