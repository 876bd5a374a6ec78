import { encodeClientMessage, parseServerMessage } from '../wire/control.js';
import { errorMeaning, type WireError } from '../wire/errors.js';
import { PingSchema, type GoAway, type ServerMessage, type Welcome } from '../wire/gen/confab/v1/control_pb.js';
import { create } from '../wire/protobuf/create.js';
import type { WireObject } from '../wire/object.js';
import type { Connection } from './connection.js';
import { LinkError } from './errors.js';
import { Liveness } from './liveness.js';
import type { Session } from './session.js';
import type { ServerKind } from './types.js';

const activePingMs = 1000;
const leastPingMs = 500;
/** TCP hides losses behind silences that QUIC does not have. */
const silence = {
  webtransport: { suspectMs: 1500, interruptedMs: 3000 },
  websocket: { suspectMs: 4000, interruptedMs: 5000 },
};

/** What a connection tells its link. */
export interface AttachmentOwner {
  /** Welcome came; {@link Attachment.attach} follows or {@link Attachment.misbehaved}. */
  welcome(attachment: Attachment, welcome: Welcome): void;
  /** A numbered message, not seen on any connection before. */
  message(message: ServerKind): void;
  object(attachment: Attachment, object: WireObject): void;
  abandoned(alias: number): void;
  goAway(message: GoAway): void;
  /** The node has processed more of what was sent. */
  acknowledged(): void;
  /** The session can't be resumed. */
  sessionOver(session: Session): void;
  /** It is over, and closed. `phase` is the one it was in. */
  lost(attachment: Attachment, phase: AttachmentPhase, error: LinkError): void;
  /** Nothing has come for a while. */
  suspect(): void;
  /** Nothing has come for so long that people should know. */
  silent(): void;
  /** Something came after all. */
  recovered(attachment: Attachment): void;
  /** Several times a second. */
  tick(attachment: Attachment): void;
}

/** Before Welcome; in use; replaced but still bringing objects; done with. */
export type AttachmentPhase = 'greeting' | 'attached' | 'draining' | 'closed';

/** One connection of a link from its Hello to its end: speaks the control protocol and counts what it numbers. */
export class Attachment {
  /** Resolves when Welcome was taken, rejects with a LinkError when it never comes. */
  readonly greeted: Promise<void>;
  readonly since = performance.now();
  #phase: AttachmentPhase = 'greeting';
  #session: Session | undefined;
  /** Number of the last numbered message that came on this connection. */
  #cursor: number;
  #liveness: Liveness | undefined;
  #welcomed!: () => void;
  #refused!: (error: LinkError) => void;

  constructor(
    readonly connection: Connection,
    /** The node. */
    readonly origin: string,
    /** Token of its Hello. */
    readonly token: string,
    /** The session its Hello asks to resume. */
    readonly resumes: Session | undefined,
    private readonly owner: AttachmentOwner,
  ) {
    this.#session = resumes;
    this.#cursor = resumes?.processed ?? 0;
    this.greeted = new Promise((resolve, reject) => {
      this.#welcomed = resolve;
      this.#refused = reject;
    });
    this.greeted.catch(() => undefined);
  }

  get session(): Session | undefined {
    return this.#session;
  }

  /** Smoothed round trip; 0 before the first Pong. */
  get rttMs(): number {
    return this.#liveness?.rttMs ?? 0;
  }

  /** For how long the node has owed a sign of life. */
  get quietMs(): number {
    return this.#liveness?.quietMs() ?? 0;
  }

  /** Begins to listen and says Hello. */
  greet(hello: Uint8Array): void {
    if (this.#session) this.connection.objectLimit = this.#session.limits.objectBytes;
    this.connection.start({
      control: (bytes) => this.#control(bytes),
      object: (object) => this.#object(object),
      fault: () => this.#liveness?.heard(),
      abandoned: (alias) => this.owner.abandoned(alias),
      probe: () => this.#liveness?.ping(),
      ended: ({ code, message }) =>
        this.lose(code && errorMeaning(code) ? new LinkError(code, message) : new LinkError('unreachable', message)),
    });
    this.connection.sendControl(hello);
  }

  /**
   * Takes up the session after Welcome, and sends again what the node has not processed. The node goes on after the
   * `acknowledged` message, which may be a later one than Hello told.
   */
  attach(session: Session, acknowledged: number): void {
    this.#phase = 'attached';
    this.#session = session;
    this.#cursor = Math.max(this.#cursor, acknowledged);
    this.connection.objectLimit = session.limits.objectBytes;
    this.#liveness = this.#watch(session);
    for (const message of session.outbox.waiting()) this.connection.sendControl(message);
    this.#welcomed();
  }

  /** An object goes out. */
  media(): void {
    this.#liveness?.media();
  }

  ping(): void {
    this.#liveness?.ping();
  }

  /** Another connection has taken over; this one still hands over objects. */
  drain(): void {
    this.#phase = 'draining';
    this.#liveness?.stop();
  }

  close(code = ''): void {
    if (this.#phase === 'closed') return;
    this.#phase = 'closed';
    this.#liveness?.stop();
    this.connection.close(code);
    this.#refused(new LinkError('aborted', 'closed'));
  }

  /** Closes it and tells the owner why. */
  lose(error: LinkError, code = ''): void {
    const phase = this.#phase;
    if (phase === 'closed') return;
    this.#refused(error);
    this.close(code);
    this.owner.lost(this, phase, error);
  }

  /** The node broke the protocol on this connection; a new one may do better. */
  misbehaved(message: string): void {
    this.lose(new LinkError('malformed', message, { retryable: true }), 'malformed');
  }

  #object(object: WireObject): void {
    this.#liveness?.heard();
    this.#liveness?.media();
    if (this.#phase !== 'closed') this.owner.object(this, object);
  }

  #control(bytes: Uint8Array): void {
    if (this.#phase !== 'greeting' && this.#phase !== 'attached') return;
    this.#liveness?.heard();
    let message: ServerMessage;
    try {
      message = parseServerMessage(bytes);
    } catch (error) {
      return this.misbehaved((error as WireError).message);
    }
    const { kind } = message;
    switch (kind.case) {
      case 'welcome':
        if (this.#phase === 'attached') return this.misbehaved('a second Welcome came');
        return this.owner.welcome(this, kind.value);
      case 'closed':
        return this.#closedByNode(kind.value.code, kind.value.message);
      case 'error': {
        const { code, message: text, retryable } = kind.value;
        const meaning = errorMeaning(code);
        if (this.#phase === 'attached' && (meaning?.ends ?? 'nothing') === 'nothing') break;
        return this.lose(new LinkError(code, text, { retryable: meaning?.retryable ?? retryable }));
      }
      case 'pong':
        if (!this.#session?.outbox.acknowledge(Number(kind.value.received)))
          return this.misbehaved('the node acknowledges what was not sent');
        this.#liveness?.pong(kind.value.sequence);
        this.connection.ponged(kind.value.sequence, Number(kind.value.streamBytes));
        return this.owner.acknowledged();
      case 'goAway':
        return this.owner.goAway(kind.value);
    }
    this.#numbered(kind, bytes.length);
  }

  #numbered(kind: ServerMessage['kind'], bytes: number): void {
    const session = this.#session;
    if (!session || this.#phase !== 'attached') return this.misbehaved('a message came before Welcome');
    this.#cursor++;
    if (this.#cursor <= session.processed) return;
    session.processed = this.#cursor;
    session.unacknowledgedBytes += bytes;
    if (kind.case !== undefined) this.owner.message(kind as ServerKind);
    if (session.unacknowledgedBytes > session.limits.unacknowledgedBytes / 4) this.ping();
  }

  #closedByNode(code: string, message: string): void {
    if (this.#session) this.owner.sessionOver(this.#session);
    this.lose(new LinkError(code || 'removed', message, { retryable: errorMeaning(code)?.retryable ?? false }));
  }

  #watch(session: Session): Liveness {
    const idleMs = Math.max(leastPingMs, session.limits.pingIntervalMs);
    const limits = {
      activeMs: Math.min(activePingMs, idleMs),
      idleMs,
      deadMs: 3 * idleMs,
      ...silence[this.connection.kind],
    };
    return new Liveness(limits, {
      ping: (sequence) => {
        session.unacknowledgedBytes = 0;
        const value = create(PingSchema, { sequence, received: BigInt(session.processed) });
        this.connection.sendControl(encodeClientMessage({ case: 'ping', value }));
        this.connection.pinged(sequence);
      },
      suspect: () => this.owner.suspect(),
      interrupted: () => this.owner.silent(),
      recovered: () => this.owner.recovered(this),
      dead: (reason) => this.lose(new LinkError('unreachable', reason)),
      tick: () => this.owner.tick(this),
    });
  }
}
