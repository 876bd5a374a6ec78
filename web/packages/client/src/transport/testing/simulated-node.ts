import {
  ClientMessageSchema,
  LimitsSchema,
  ServerMessageSchema,
  WelcomeSchema,
  type ClientMessage,
  type Hello,
  type ServerMessage,
} from '../../wire/gen/confab/v1/control_pb.js';
import { create } from '../../wire/protobuf/create.js';
import { decode } from '../../wire/protobuf/decode.js';
import { encode } from '../../wire/protobuf/encode.js';
import type { Schema } from '../../wire/protobuf/schema.js';
import { errorMeaning } from '../../wire/errors.js';
import type { Connection, ConnectionHandlers, ConnectionStats } from '../connection.js';
import type { LinkEnvironment } from '../environment.js';
import { LinkError } from '../errors.js';
import { MemoryHints } from '../hints.js';
import type { OutgoingObject, TransportKind } from '../types.js';

/** What a path does with what is sent on it. */
export type PathState = 'open' | 'refusing' | 'swallowing';

type ClientKind = ClientMessage['kind'];
type ServerKind = ServerMessage['kind'];

interface NodeSession {
  readonly id: string;
  ticket: Uint8Array;
  previousTicket: Uint8Array;
  /** Numbered messages of the client, in the order they were processed. */
  readonly processed: ClientKind[];
  /** Numbered messages for the client: all of them, and how many it acknowledged. */
  readonly outgoing: Uint8Array[];
  acknowledged: number;
  connection: SimulatedConnection | undefined;
}

/**
 * A node and the network to it, in memory and on the timers of the test: it admits, numbers, resumes, and answers pings
 * as spec/wire.md §§1–4 say, and the network refuses or swallows what the test wants.
 */
export class SimulatedNode {
  up = true;
  /** Origins under which nobody answers any more: `gone` ones refuse, `silent` ones swallow. */
  readonly origins = new Map<string, 'gone' | 'silent'>();
  readonly path: Record<TransportKind, PathState> = { webtransport: 'open', websocket: 'open' };
  /** One way, in ms, and what a transport takes besides. */
  latencyMs = 10;
  readonly extraMs: Record<TransportKind, number> = { webtransport: 0, websocket: 0 };
  /** Set to refuse Hellos with a code. */
  refuse: ((hello: Hello) => string | undefined) | undefined;
  readonly sessions = new Map<string, NodeSession>();
  readonly hellos: { readonly kind: TransportKind; readonly hello: Hello }[] = [];
  readonly objects: { readonly kind: TransportKind; readonly object: OutgoingObject }[] = [];
  readonly connections = new Set<SimulatedConnection>();
  /** Every dial that was begun. */
  readonly dials: TransportKind[] = [];
  readonly hints = new MemoryHints();
  readonly network = new EventTarget();
  readonly asked: string[] = [];
  pingIntervalMs = 2000;
  unacknowledgedBytes = 8 << 20;
  #counter = 0;

  environment(overrides: Partial<LinkEnvironment> = {}): LinkEnvironment {
    return {
      fetchDocument: async (origin) => {
        this.asked.push(origin);
        await this.#delay(2);
        const state = this.origins.get(origin);
        if (state === 'silent') return new Promise(() => undefined);
        if (!this.up || state) throw new TypeError('connection refused');
        return {
          webtransport: { url: `${origin}/v1/rt`, certificateHashes: [] },
          websocket: { url: `${origin.replace('http', 'ws')}/v1/rt` },
          open: true,
        };
      },
      dialWebTransport: ({ url }, signal) => this.#dial('webtransport', url, signal),
      dialWebSocket: ({ url }, signal) => this.#dial('websocket', url, signal),
      avoidWebTransport: false,
      hints: this.hints,
      network: this.network,
      userAgent: 'test',
      random: () => 0,
      ...overrides,
    };
  }

  /** The session that has a connection. */
  get live(): NodeSession {
    return [...this.sessions.values()].find((session) => session.connection)!;
  }

  /** Sends a numbered message in a session. */
  send(kind: ServerKind, session = this.live): void {
    const bytes = encode(ServerMessageSchema, create(ServerMessageSchema, { kind }));
    session.outgoing.push(bytes);
    session.connection?.toClient(bytes);
  }

  /** Sends a message that is not numbered. */
  say(kind: ServerKind, connection = this.live.connection!): void {
    connection.toClient(encode(ServerMessageSchema, create(ServerMessageSchema, { kind })));
  }

  /** The process dies: its sessions are gone, and with `silently` its connections don't tell. */
  crash(silently = false): void {
    this.up = false;
    this.sessions.clear();
    for (const connection of [...this.connections]) {
      if (silently) connection.mute();
      else connection.breakOff();
    }
  }

  fromClient(connection: SimulatedConnection, bytes: Uint8Array): void {
    const { kind } = decode(ClientMessageSchema, bytes);
    if (kind.case === 'hello') return this.#hello(connection, kind.value);
    const session = connection.session;
    if (session?.connection !== connection) return;
    if (kind.case === 'ping') {
      session.acknowledged = Math.max(session.acknowledged, Number(kind.value.received));
      session.previousTicket = session.ticket;
      const received = BigInt(session.processed.length);
      return this.say({ case: 'pong', value: pong(kind.value.sequence, received) }, connection);
    }
    session.processed.push(kind);
    if (kind.case === 'leave') connection.endByNode('');
  }

  #hello(connection: SimulatedConnection, hello: Hello): void {
    this.hellos.push({ kind: connection.kind, hello });
    const code = this.refuse?.(hello);
    if (code) return this.#refuse(connection, code);
    const { resume } = hello;
    const known = resume && this.sessions.get(resume.session);
    if (resume && !(known && (same(resume.ticket, known.ticket) || same(resume.ticket, known.previousTicket))))
      return this.#refuse(connection, 'resume-unknown');

    const session = known ?? this.#newSession();
    const old = session.connection;
    session.connection = connection;
    connection.session = session;
    session.previousTicket = session.ticket;
    session.ticket = new Uint8Array([++this.#counter]);
    session.acknowledged = Math.max(session.acknowledged, Number(resume?.received ?? 0));
    this.say({ case: 'welcome', value: this.#welcome(session, known !== undefined) }, connection);
    for (const message of session.outgoing.slice(session.acknowledged)) connection.toClient(message);
    old?.endByNode('');
  }

  #refuse(connection: SimulatedConnection, code: string): void {
    const retryable = errorMeaning(code)?.retryable ?? false;
    this.say(message('error', { code, message: `refused: ${code}`, retryable }), connection);
    connection.endByNode(code);
  }

  #newSession(): NodeSession {
    const ticket = new Uint8Array([++this.#counter]);
    const id = `session-${this.#counter}`;
    const session = {
      id,
      ticket,
      previousTicket: ticket,
      processed: [],
      outgoing: [],
      acknowledged: 0,
      connection: undefined,
    };
    this.sessions.set(id, session);
    return session;
  }

  #welcome(session: NodeSession, resumed: boolean) {
    return create(WelcomeSchema, {
      version: 1,
      session: session.id,
      limits: create(LimitsSchema, {
        controlMessageBytes: 1 << 18,
        objectBytes: 4 << 20,
        pingIntervalMs: this.pingIntervalMs,
        resumeMs: 30_000,
        unacknowledgedBytes: this.unacknowledgedBytes,
      }),
      resumeTicket: session.ticket,
      resumed,
      received: BigInt(session.processed.length),
      acknowledged: BigInt(session.acknowledged),
    });
  }

  async #dial(kind: TransportKind, url: string, signal: AbortSignal): Promise<Connection> {
    this.dials.push(kind);
    await this.#delay(2);
    signal.throwIfAborted();
    const state = this.origins.get(new URL(url).origin.replace('ws', 'http'));
    if (state === 'gone') throw new LinkError('unreachable', `${kind} refused`);
    if (state === 'silent' || this.path[kind] === 'swallowing')
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
    if (!this.up || this.path[kind] === 'refusing') throw new LinkError('unreachable', `${kind} refused`);
    return new SimulatedConnection(kind, this);
  }

  #delay(trips: number): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, trips * this.latencyMs));
  }
}

/** A connection to a {@link SimulatedNode}. */
export class SimulatedConnection implements Connection {
  objectLimit = 0;
  session: NodeSession | undefined;
  stuckMs = 0;
  closedWith: string | undefined;
  #handlers: ConnectionHandlers | undefined;
  #muted = false;
  #over = false;

  constructor(
    readonly kind: TransportKind,
    private readonly node: SimulatedNode,
  ) {
    node.connections.add(this);
  }

  start(handlers: ConnectionHandlers): void {
    this.#handlers = handlers;
  }

  sendControl(bytes: Uint8Array): void {
    this.#carry(() => this.node.fromClient(this, bytes));
  }

  sendObject(object: OutgoingObject): void {
    this.#carry(() => this.node.objects.push({ kind: this.kind, object }));
  }

  pinged(): void {
    // The simulated path has room for everything.
  }

  ponged(): void {
    // As above.
  }

  stats(): ConnectionStats {
    const { stuckMs } = this;
    return { backlogMs: 0, backlogBytes: 0, sentBytes: 0, droppedObjects: 0, receivedBytes: 0, stuckMs };
  }

  close(code = ''): void {
    if (this.#over) return;
    this.closedWith = code;
    this.#leave();
  }

  toClient(bytes: Uint8Array): void {
    this.#carry(() => this.#handlers?.control(bytes));
  }

  objectToClient(alias: number): void {
    const object = { alias, header: new Uint8Array(3), payload: new Uint8Array(1) };
    this.#carry(() => this.#handlers?.object(object));
  }

  /** Carries nothing from now on, and does not tell. */
  mute(): void {
    this.#muted = true;
  }

  /** Ends as when the other side's kernel resets it. */
  breakOff(): void {
    this.#end(undefined);
  }

  /** The node closes it; what it said before arrives before. */
  endByNode(code: string): void {
    this.#carry(() => this.#end(code));
  }

  #end(code: string | undefined): void {
    if (this.#over) return;
    this.#leave();
    this.#handlers?.ended({ code, message: code ?? 'connection lost' });
  }

  #leave(): void {
    this.#over = true;
    this.node.connections.delete(this);
    if (this.session?.connection === this) this.session.connection = undefined;
  }

  #carry(deliver: () => void): void {
    if (this.#over) return;
    setTimeout(() => {
      if (!this.#over && !this.#muted && this.node.path[this.kind] === 'open') deliver();
    }, this.node.latencyMs + this.node.extraMs[this.kind]);
  }
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

function pong(sequence: number, received: bigint) {
  return message('pong', { sequence, received }).value;
}

/** The oneof of a ServerMessage from its plain fields. */
export function message<K extends Exclude<ServerKind['case'], undefined>>(
  name: K,
  fields: Record<string, unknown>,
): Extract<ServerKind, { case: K }> {
  const schema = ServerMessageSchema.fields.find(([, field]) => field === name)![2] as Schema;
  return { case: name, value: create(schema, fields) } as unknown as Extract<ServerKind, { case: K }>;
}
