import { create } from '@bufbuild/protobuf';
import { encodeClientMessage, parseServerMessage } from '../wire/control.js';
import { errorMeaning, WireError } from '../wire/errors.js';
import {
  HelloSchema,
  LeaveSchema,
  PingSchema,
  type GoAway,
  type Pong,
  type ServerMessage,
  type Welcome,
} from '../wire/gen/confab/v1/control_pb.js';
import type { WireObject } from '../wire/object.js';
import { Attachment } from './attachment.js';
import { Backoff } from './backoff.js';
import type { Connection } from './connection.js';
import { Connector } from './connector.js';
import { browserEnvironment, type LinkEnvironment } from './environment.js';
import { LinkError } from './errors.js';
import { Liveness } from './liveness.js';
import { Outbox } from './outbox.js';
import { Search, type SearchPurpose } from './search.js';
import type { Session } from './session.js';
import { pause, within } from './timing.js';
import type { ClientKind, LinkApi, LinkHandlers, LinkOptions, LinkStats, OutgoingObject, ServerKind } from './types.js';

const version = 1;
const joinMs = 20_000;
const tokenMs = 15_000;
const welcomeMs = 5000;
/** Attempts of a first join that may find nobody. */
const joinAttempts = 3;
/** Attempts at a node another one named, before the first one is asked again. */
const redirectAttempts = 3;
const retryMs = { first: 250, most: 2000 };
const upgradeMs = { first: 10_000, most: 300_000 };
/** How long Leave may take to be acknowledged. */
const leaveMs = 500;
/** How long a replaced connection may still bring what was on its way. */
const drainMs = 1000;
/** A WebTransport session that broke sooner than this broke early; after a few of them in a row WebSocket goes first. */
const earlyMs = 10_000;
const earlyBreaks = 2;
/** One that lasted this long makes the waiting times for moving up short again. */
const stableMs = 60_000;
/** Streams that don't move for this long, while the node answers, have stopped for good. */
const stuckMs = 4000;
const silence = {
  webtransport: { suspectMs: 2000, interruptedMs: 3500 },
  websocket: { suspectMs: 4000, interruptedMs: 5000 },
};
/** Control bytes kept for a node that does not acknowledge, after which the session is given up. */
const maxUnacknowledged = 8 << 20;

/** {@link LinkApi} in a browser. One link is one meeting: after `closed`, or a rejected `connect`, make another. */
export class Link implements LinkApi {
  #state: 'new' | 'joining' | 'joined' | 'over' = 'new';
  #session: Session | undefined;
  #current: Attachment | undefined;
  #search: Search | undefined;
  readonly #attachments = new Set<Attachment>();
  readonly #connector: Connector;

  readonly #life = new AbortController();
  #joined: { resolve(): void; reject(error: LinkError): void } | undefined;
  #closing: Promise<void> | undefined;
  /** Called when something was acknowledged, or the connection is gone, while Leave waits for it. */
  #leaveProgress: (() => void) | undefined;

  /** Whether the handlers were told of an interruption and not yet of its end. */
  #interrupted = false;
  /** When the last connection was lost. */
  #lostAt = 0;
  readonly #upgradeBackoff: Backoff;
  #upgradeTimer: ReturnType<typeof setTimeout> | undefined;
  #webTransportStuck = false;
  /** WebTransport sessions in a row that broke early. */
  #earlyBreaks = 0;
  /** Of connections that are gone, and objects that met none. */
  #past = { sentBytes: 0, receivedBytes: 0, droppedObjects: 0 };

  constructor(
    private readonly options: LinkOptions,
    private readonly handlers: LinkHandlers,
    private readonly environment: LinkEnvironment = browserEnvironment(),
  ) {
    this.#connector = new Connector(options, environment);
    this.#upgradeBackoff = new Backoff(upgradeMs.first, upgradeMs.most, () => environment.random());
  }

  connect(signal?: AbortSignal): Promise<void> {
    if (this.#state !== 'new') throw new TypeError('connect() is called once');
    this.#state = 'joining';
    const joined = new Promise<void>((resolve, reject) => (this.#joined = { resolve, reject }));
    const abort = (): void => this.#finish(new LinkError('aborted', 'connecting was aborted'));
    const timer = setTimeout(() => this.#finish(new LinkError('timeout', `no Welcome within ${joinMs} ms`)), joinMs);
    this.environment.network.addEventListener('online', this.#online);
    signal?.addEventListener('abort', abort);
    if (signal?.aborted) abort();
    else this.#look('join');
    return joined.finally(() => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
    });
  }

  /**
   * Sends a numbered message. Without a session it is dropped: the next `welcome` makes everything before it void.
   * Throws a LinkError `message-too-large` over the node's limit.
   */
  send(kind: ClientKind, requestId = 0): void {
    const session = this.#session;
    if (!session || this.#state === 'over') return;
    const message = encodeClientMessage(kind, requestId);
    const limit = session.limits.controlMessageBytes;
    if (message.length > limit)
      throw new LinkError(
        'message-too-large',
        `a control message of ${message.length} bytes is over the limit of ${limit}`,
      );
    this.#post(session, message);
  }

  sendObject(object: OutgoingObject): void {
    if (!this.#current) {
      this.#past.droppedObjects++;
      return;
    }
    this.#current.liveness?.media();
    this.#current.connection.sendObject(object);
  }

  stats(): LinkStats {
    const current = this.#current?.connection.stats();
    const sum = { ...this.#past };
    for (const { connection } of this.#attachments) addTo(sum, connection);
    return {
      kind: this.#current?.connection.kind,
      rttMs: this.#current?.liveness?.rttMs ?? 0,
      backlogMs: current?.backlogMs ?? 0,
      backlogBytes: current?.backlogBytes ?? 0,
      ...sum,
    };
  }

  close(): Promise<void> {
    this.#closing ??= this.#leave();
    return this.#closing;
  }

  async #leave(): Promise<void> {
    const session = this.#session;
    if (this.#state === 'joined' && session && this.#current) {
      const left = new Promise<void>((resolve) => {
        const number = this.#post(session, encodeClientMessage({ case: 'leave', value: create(LeaveSchema) }));
        this.#leaveProgress = () => {
          if (!this.#current || session.outbox.acknowledged >= number) resolve();
        };
      });
      this.#search?.stop();
      this.#current.liveness?.ping();
      await pause(leaveMs, this.#life.signal, left).catch(() => undefined);
    }
    this.#finish(new LinkError(this.#state === 'joined' ? 'left' : 'aborted', ''));
  }

  #post(session: Session, message: Uint8Array): number {
    const number = session.outbox.add(message);
    if (this.#current?.session === session) this.#current.connection.sendControl(message);
    if (session.outbox.bytes > maxUnacknowledged) this.#giveUp(session);
    return number;
  }

  /** Begins anew with a fresh session, since this one can't be made whole again. */
  #giveUp(session: Session): void {
    if (this.#session !== session) return;
    this.#session = undefined;
    if (this.#current) this.#lose(this.#current, new LinkError('slow-client', 'the node does not acknowledge'));
  }

  /** Looks for a connection, unless a search at least as urgent is under way. */
  #look(purpose: SearchPurpose): void {
    if (this.#state === 'over' || this.#closing) return;
    if (this.#search && !this.#search.yieldsTo(purpose)) return;
    this.#search?.stop();
    const search = new Search(purpose);
    this.#search = search;
    void this.#seek(search).finally(() => {
      if (this.#search === search) this.#search = undefined;
    });
  }

  async #seek(search: Search): Promise<void> {
    const backoff = new Backoff(retryMs.first, retryMs.most, () => this.environment.random());
    for (let failures = 1; ; failures++) {
      let delayMs = 0;
      try {
        return await this.#attempt(search);
      } catch (error) {
        if (search.signal.aborted) return;
        const next = this.#judge(search, LinkError.from(error), failures);
        if (next === 'stop') return;
        if (next === 'later') delayMs = backoff.next();
      }
      await pause(delayMs, search.signal, search.woken()).catch(() => undefined);
      if (search.signal.aborted) return;
    }
  }

  /** What follows a failed attempt. */
  #judge(search: Search, error: LinkError, failures: number): 'stop' | 'now' | 'later' {
    const resumed = search.resumes;
    search.failed();
    if (search.purpose === 'upgrade') {
      if (this.#current) {
        this.#planUpgrade();
        return 'stop';
      }
      search.purpose = 'reconnect';
    }
    if (!this.#current) this.#tellInterrupted(error.message);
    if (resumed && (error.code === 'resume-unknown' || error.code === 'unauthorized')) {
      if (this.#session === resumed) this.#session = undefined;
      return 'now';
    }
    if (!error.retryable) {
      this.#finish(error);
      return 'stop';
    }
    if (search.purpose === 'join') {
      const transient = ['unreachable', 'timeout', 'hello-timeout', 'shutting-down', 'internal'].includes(error.code);
      if (!transient || failures >= joinAttempts) {
        this.#finish(error);
        return 'stop';
      }
    }
    if (failures % redirectAttempts === 0) this.#connector.turnTo();
    return 'later';
  }

  async #attempt(search: Search): Promise<void> {
    const { signal } = search;
    const session = this.#resumable();
    const asked = this.#connector.ask(search.purpose !== 'failover', signal);
    // A first join saves a round trip; later ones spare the token source while the node is away.
    if (search.purpose !== 'join') await asked;
    const credentials = session ? { token: session.token, announcement: new Uint8Array() } : this.#credentials(signal);
    const [{ token, announcement }] = await Promise.all([credentials, asked]);
    const connection = await this.#connector.open(search.route(this.#current?.connection.kind), signal);

    search.commit(session);
    const attachment = new Attachment(connection, token, session);
    this.#attachments.add(attachment);
    this.#listen(attachment);
    connection.sendControl(this.#hello(token, announcement, session));
    try {
      await within(welcomeMs, 'Welcome', signal, () => attachment.greeted);
    } catch (error) {
      this.#close(attachment);
      throw error;
    }
  }

  #resumable(): Session | undefined {
    const session = this.#session;
    if (session && !this.#current && performance.now() - this.#lostAt > session.limits.resumeMs)
      this.#session = undefined;
    return this.#session;
  }

  async #credentials(signal: AbortSignal): Promise<{ token: string; announcement: Uint8Array }> {
    const token = within(tokenMs, 'the token source', signal, (bounded) => this.options.token(bounded)).catch(
      (error: unknown) => {
        if (error instanceof LinkError) throw error;
        throw new LinkError('unauthorized', `the token source failed: ${String(error)}`, {
          cause: error,
          retryable: true,
        });
      },
    );
    const [first, announcement] = await Promise.all([token, this.options.announcement()]);
    return { token: first, announcement };
  }

  #hello(token: string, announcement: Uint8Array, session: Session | undefined): Uint8Array {
    const { room, capabilities, guestSecret } = this.options;
    const resume = session && { session: session.id, ticket: session.ticket, received: BigInt(session.processed) };
    const value = create(HelloSchema, {
      versions: [version],
      room,
      token,
      announcement,
      capabilities,
      guestSecret,
      userAgent: this.environment.userAgent,
      ...(resume ? { resume } : {}),
    });
    return encodeClientMessage({ case: 'hello', value });
  }

  #listen(attachment: Attachment): void {
    const { connection, session } = attachment;
    if (session) connection.objectLimit = session.limits.objectBytes;
    connection.start({
      control: (bytes) => this.#control(attachment, bytes),
      object: (object) => this.#object(attachment, object),
      fault: () => attachment.liveness?.heard(),
      ended: ({ code, message }) =>
        this.#lose(
          attachment,
          code && errorMeaning(code) ? new LinkError(code, message) : new LinkError('unreachable', message),
        ),
    });
  }

  #object(attachment: Attachment, { alias, header, payload }: WireObject): void {
    attachment.liveness?.heard();
    attachment.liveness?.media();
    if (attachment.phase !== 'closed' && attachment.session === this.#session && this.#session)
      this.#tell(() => this.handlers.object(alias, header, payload));
  }

  #control(attachment: Attachment, bytes: Uint8Array): void {
    if (attachment.phase !== 'greeting' && attachment.phase !== 'attached') return;
    attachment.liveness?.heard();
    let message: ServerMessage;
    try {
      message = parseServerMessage(bytes);
    } catch (error) {
      return this.#misbehaved(attachment, (error as WireError).message);
    }
    const { kind } = message;
    switch (kind.case) {
      case 'welcome':
        return this.#welcome(attachment, kind.value);
      case 'closed':
        return this.#closedByNode(attachment, kind.value.code, kind.value.message);
      case 'error': {
        const { code, message: text, retryable } = kind.value;
        const ends = errorMeaning(code)?.ends ?? 'nothing';
        if (ends !== 'nothing' || attachment.phase === 'greeting')
          return this.#lose(
            attachment,
            new LinkError(code, text, { retryable: errorMeaning(code)?.retryable ?? retryable }),
          );
        break;
      }
      case 'pong':
        return this.#pong(attachment, kind.value);
      case 'goAway':
        return void this.#goAway(kind.value);
    }
    this.#numbered(attachment, kind, bytes.length);
  }

  #numbered(attachment: Attachment, kind: ServerMessage['kind'], bytes: number): void {
    const { session } = attachment;
    if (!session || attachment.phase !== 'attached')
      return this.#misbehaved(attachment, 'a message came before Welcome');
    attachment.cursor++;
    if (attachment.cursor <= session.processed) return;
    session.processed = attachment.cursor;
    session.unacknowledgedBytes += bytes;
    if (kind.case !== undefined) this.#tell(() => this.handlers.message(kind as ServerKind));
    if (session.unacknowledgedBytes > session.limits.unacknowledgedBytes / 4) attachment.liveness?.ping();
  }

  #welcome(attachment: Attachment, welcome: Welcome): void {
    if (attachment.phase === 'attached') return this.#misbehaved(attachment, 'a second Welcome came');
    const { limits } = welcome;
    if (welcome.version !== version || !limits)
      return this.#lose(attachment, new LinkError('version-unsupported', `the node chose version ${welcome.version}`));
    const resumed = attachment.resumes;
    if (welcome.resumed !== (resumed !== undefined)) return this.#misbehaved(attachment, 'Welcome does not fit Hello');

    if (resumed) {
      if (!resumed.outbox.acknowledge(Number(welcome.received))) {
        this.#session = undefined;
        return this.#misbehaved(attachment, 'the node acknowledges what was not sent');
      }
      resumed.ticket = welcome.resumeTicket;
    } else {
      this.#session = attachment.session = {
        id: welcome.session,
        token: attachment.token,
        limits,
        outbox: new Outbox(),
        ticket: welcome.resumeTicket,
        processed: 0,
        unacknowledgedBytes: 0,
      };
    }
    this.#attach(attachment);
    const { kind } = attachment.connection;
    this.#tell(() => (resumed ? this.handlers.resumed(kind) : this.handlers.welcome(welcome, kind)));
    if (this.#state !== 'joining') return;
    this.#state = 'joined';
    this.#joined?.resolve();
  }

  #attach(attachment: Attachment): void {
    const { connection, session, resumes } = attachment;
    const previous = this.#current;
    this.#current = attachment;
    this.#interrupted = false;
    this.#search = undefined;
    if (previous && resumes) this.#drain(previous);
    else if (previous) this.#close(previous);

    connection.objectLimit = session!.limits.objectBytes;
    attachment.welcomed();
    attachment.liveness = this.#watch(attachment);
    for (const message of session!.outbox.waiting()) connection.sendControl(message);
    this.#connector.worked(connection.kind);
    if (connection.kind === 'websocket') this.#planUpgrade();
  }

  #watch(attachment: Attachment): Liveness {
    const session = attachment.session!;
    const { connection } = attachment;
    const idleMs = Math.max(500, session.limits.pingIntervalMs);
    return new Liveness(
      { activeMs: Math.min(1000, idleMs), idleMs, ...silence[connection.kind], deadMs: Math.max(3000, 3 * idleMs) },
      {
        ping: (sequence) => {
          session.unacknowledgedBytes = 0;
          const value = create(PingSchema, { sequence, received: BigInt(session.processed) });
          connection.sendControl(encodeClientMessage({ case: 'ping', value }));
        },
        suspect: () => this.#look('failover'),
        interrupted: () => this.#tellInterrupted('the node does not answer'),
        recovered: () => this.#recovered(attachment),
        dead: (reason) => this.#lose(attachment, new LinkError('unreachable', reason)),
        tick: () => this.#checkStuck(attachment),
      },
    );
  }

  #recovered(attachment: Attachment): void {
    if (attachment !== this.#current) return;
    if (this.#search?.purpose === 'failover' && !this.#search.committed) {
      this.#search.stop();
      this.#search = undefined;
      if (attachment.connection.kind === 'websocket') this.#planUpgrade();
    }
    if (!this.#interrupted) return;
    this.#interrupted = false;
    this.#tell(() => this.handlers.resumed(attachment.connection.kind));
  }

  #checkStuck(attachment: Attachment): void {
    if (this.#webTransportStuck || attachment.connection.kind !== 'webtransport') return;
    if (this.options.transport !== 'auto' || attachment !== this.#current) return;
    if (attachment.liveness!.quietMs() > 0 || attachment.connection.stats().stuckMs < stuckMs) return;
    this.#webTransportStuck = true;
    this.#look('failover');
  }

  #pong(attachment: Attachment, { sequence, received }: Pong): void {
    if (!attachment.session?.outbox.acknowledge(Number(received)))
      return this.#misbehaved(attachment, 'the node acknowledges what was not sent');
    attachment.liveness?.pong(sequence);
    this.#leaveProgress?.();
  }

  async #goAway({ url, byMs }: GoAway): Promise<void> {
    if (url && isNode(url, this.options.origin)) this.#connector.turnTo(new URL(url).origin);
    // Everybody is sent away at once; not everybody has to arrive at once.
    await pause(this.environment.random() * Math.min(byMs / 2, 1000), this.#life.signal).catch(() => undefined);
    if (this.#current) this.#look('go-away');
  }

  #closedByNode(attachment: Attachment, code: string, message: string): void {
    if (this.#session === attachment.session) this.#session = undefined;
    const known = errorMeaning(code);
    this.#lose(attachment, new LinkError(code || 'removed', message, { retryable: known?.retryable ?? false }));
  }

  /** The node broke the protocol on this connection; a new one may do better. */
  #misbehaved(attachment: Attachment, message: string): void {
    attachment.connection.close('malformed');
    this.#lose(attachment, new LinkError('malformed', message, { retryable: true }));
  }

  #lose(attachment: Attachment, error: LinkError): void {
    const { phase } = attachment;
    if (phase === 'closed') return;
    this.#close(attachment);
    if (phase === 'greeting') return attachment.refused(error);
    if (phase === 'draining' || attachment !== this.#current) return;

    this.#current = undefined;
    this.#lostAt = performance.now();
    this.#leaveProgress?.();
    if (this.#closing) return;
    if (!error.retryable) return this.#finish(error);
    if (errorMeaning(error.code)?.ends === 'session') this.#session = undefined;
    if (attachment.connection.kind === 'webtransport') {
      const lived = this.#lostAt - attachment.since;
      if (lived > stableMs) this.#upgradeBackoff.reset();
      this.#earlyBreaks = lived < earlyMs && error.code === 'unreachable' ? this.#earlyBreaks + 1 : 0;
      if (this.#earlyBreaks >= earlyBreaks) this.#connector.worked('websocket');
    }
    // A resume that is under way may be why the node closed this one.
    if (this.#search?.committed) return;
    this.#tellInterrupted(error.message);
    this.#look('reconnect');
  }

  #drain(attachment: Attachment): void {
    attachment.phase = 'draining';
    attachment.liveness?.stop();
    void pause(drainMs, this.#life.signal)
      .catch(() => undefined)
      .then(() => this.#close(attachment));
  }

  #close(attachment: Attachment): void {
    if (!this.#attachments.delete(attachment)) return;
    addTo(this.#past, attachment.connection);
    attachment.close();
  }

  #planUpgrade(): void {
    if (this.#webTransportStuck || this.options.transport !== 'auto' || !this.#connector.mayUseWebTransport) return;
    clearTimeout(this.#upgradeTimer);
    this.#upgradeTimer = setTimeout(() => {
      if (this.#current?.connection.kind === 'websocket') this.#look('upgrade');
    }, this.#upgradeBackoff.next());
  }

  readonly #online = (): void => {
    this.#search?.wake();
    this.#current?.liveness?.ping();
    this.#upgradeBackoff.reset();
  };

  #tellInterrupted(reason: string): void {
    if (this.#interrupted || this.#state !== 'joined') return;
    this.#interrupted = true;
    this.#tell(() => this.handlers.interrupted(reason));
  }

  #finish(error: LinkError): void {
    if (this.#state === 'over') return;
    const before = this.#state;
    this.#state = 'over';
    this.#search?.stop();
    for (const attachment of [...this.#attachments]) this.#close(attachment);
    this.#current = undefined;
    this.#session = undefined;
    this.environment.network.removeEventListener('online', this.#online);
    clearTimeout(this.#upgradeTimer);
    this.#life.abort();
    if (before === 'joining') this.#joined?.reject(error);
    else this.#tell(() => this.handlers.closed(error.code, error.message));
  }

  /** Calls a handler; what it throws is reported as uncaught and does no harm here. */
  #tell(call: () => void): void {
    try {
      call();
    } catch (error) {
      reportError(error);
    }
  }
}

function addTo(
  sum: { sentBytes: number; receivedBytes: number; droppedObjects: number },
  connection: Connection,
): void {
  const stats = connection.stats();
  sum.sentBytes += stats.sentBytes;
  sum.receivedBytes += stats.receivedBytes;
  sum.droppedObjects += stats.droppedObjects;
}

/** Whether a node may send its clients to `url`: a web origin, and not from a secure one to an insecure one. */
function isNode(url: string, origin: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol } = new URL(url);
  return protocol === 'https:' || (protocol === 'http:' && new URL(origin).protocol === 'http:');
}
