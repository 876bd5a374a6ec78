import type { ClientMessage, ServerMessage, Welcome, Capabilities } from '../wire/gen/confab/v1/control_pb.js';

/** What carries a connection. */
export type TransportKind = 'webtransport' | 'websocket';

/** A control message as it is handed to {@link LinkApi.send}: the oneof of ClientMessage. */
export type ClientKind = Exclude<ClientMessage['kind'], { case: undefined }>;
export type ServerKind = Exclude<ServerMessage['kind'], { case: undefined }>;

export interface LinkOptions {
  /** Origin of the node, for `GET /v1/connect`. */
  readonly origin: string;
  readonly room: string;
  readonly transport: 'auto' | TransportKind;
  readonly capabilities: Capabilities;
  /** 16–32 random bytes, kept for the life of the page. */
  readonly guestSecret: Uint8Array;
  /** Called for the first join and for every fresh one after it. */
  token(signal: AbortSignal): Promise<string>;
  /** A new E2EE announcement; called for the first join and for every fresh one, before Hello. */
  announcement(): Promise<Uint8Array>;
}

export interface LinkHandlers {
  /** A fresh session: everything known of the room before is void. */
  welcome(welcome: Welcome, kind: TransportKind): void;
  /** The session goes on over a new connection; nothing reliable was lost. */
  resumed(kind: TransportKind): void;
  /** The connection dropped; the link is trying again. */
  interrupted(reason: string): void;
  /** A numbered control message, exactly once and in order. */
  message(message: ServerKind): void;
  /** An object: alias of a subscription, immutable header, payload. The arrays are the receiver's. */
  object(alias: number, header: Uint8Array, payload: Uint8Array): void;
  /** A group of video was given up before all of it had left; what follows of it is dropped. Time for a keyframe. */
  groupAbandoned(alias: number): void;
  /** The link is over: `code` is from spec/wire.md §6, or `unreachable`, or `left`. */
  closed(code: string, message: string): void;
}

/** One encrypted frame on its way out. */
export interface OutgoingObject {
  readonly alias: number;
  readonly kind: 'audio' | 'video';
  readonly group: number;
  readonly object: number;
  readonly last: boolean;
  /** Immutable header as sealed. */
  readonly header: Uint8Array;
  readonly payload: Uint8Array;
  /** Higher leaves first among video. */
  readonly priority: number;
}

export interface LinkStats {
  readonly kind: TransportKind | undefined;
  readonly rttMs: number;
  /** Age in ms of the oldest object that has not left yet; grows when the uplink is slower than the encoder. */
  readonly backlogMs: number;
  readonly backlogBytes: number;
  readonly sentBytes: number;
  readonly receivedBytes: number;
  /** Objects given up before they left. */
  readonly droppedObjects: number;
}

/** A request that ends a session, made ready (spec/wire.md §4.6). */
export interface Farewell {
  readonly url: string;
  readonly body: Uint8Array<ArrayBuffer>;
}

/** A session with a node over one or many connections: races transports, resumes, rejoins, numbers control messages (spec/wire.md §§1–4). */
export interface LinkApi {
  /** Resolves with the first welcome; rejects with a LinkError carrying a code of spec/wire.md §6 or `unreachable` | `timeout` | `aborted`. */
  connect(signal?: AbortSignal): Promise<void>;
  send(kind: ClientKind, requestId?: number): void;
  /** Never blocks. A newer group of the same alias abandons an older one that has not left. */
  sendObject(object: OutgoingObject): void;
  stats(): LinkStats;
  /** With what the session is ended by a page that can't wait; undefined without one. */
  farewell(): Farewell | undefined;
  /** Ends the session and joins anew: `interrupted` follows, then `welcome`. Does nothing without a session. */
  rejoin(reason: string): void;
  /** Says Leave, waits briefly for it to go out, and closes. */
  close(): Promise<void>;
}
