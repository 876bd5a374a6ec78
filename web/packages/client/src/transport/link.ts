import { encodeClientMessage } from '../wire/control.js';
import { errorMeaning } from '../wire/errors.js';
import { LeaveSchema, type GoAway, type Welcome } from '../wire/gen/confab/v1/control_pb.js';
import { create } from '../wire/protobuf/create.js';
import { Alternates, nodeAt } from './alternates.js';
import { Attachment, type AttachmentOwner, type AttachmentPhase } from './attachment.js';
import { Backoff } from './backoff.js';
import type { Connection } from './connection.js';
import { Connector } from './connector.js';
import { browserEnvironment, type LinkEnvironment } from './environment.js';
import { LinkError } from './errors.js';
import { encodeFarewell, encodeHello, freshCredentials, protocolVersion } from './hello.js';
import { Outbox } from './outbox.js';
import { Search, type SearchPurpose } from './search.js';
import type { Session } from './session.js';
import { pause, within } from './timing.js';
import type { ClientKind, Farewell, LinkApi, LinkHandlers, LinkOptions, LinkStats, OutgoingObject } from './types.js';

const joinMs = 20_000;
const welcomeMs = 5000;
/** Attempts of a first join that may find nobody. */
const joinAttempts = 3;
/** What does not count against a first join's node, but may pass. */
const passing = new Set(['unreachable', 'timeout', 'hello-timeout', 'shutting-down', 'internal']);
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
/** Silence after which a failed attempt at another connection is reason enough to tell people. */
const silentMs = 1500;
/** Control bytes kept for a node that does not acknowledge, after which the session is given up. */
const maxUnacknowledged = 8 << 20;

/** {@link LinkApi} in a browser. One link is one meeting: after `closed`, or a rejected `connect`, make another. */
export class Link implements LinkApi {
  #state: 'new' | 'joining' | 'joined' | 'over' = 'new';
  #session: Session | undefined;
  #current: Attachment | undefined;
  /** The node of {@link #current}, or of the one before. */
  #origin: string;
  #search: Search | undefined;
  readonly #attachments = new Set<Attachment>();
  readonly #connector: Connector;
  readonly #alternates: Alternates;

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
    this.#origin = options.origin;
    this.#connector = new Connector(options, environment);
    this.#alternates = new Alternates(options.origin);
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
      throw new LinkError('message-too-large', `a message of ${message.length} bytes is over the limit of ${limit}`);
    this.#post(session, message);
  }

  sendObject(object: OutgoingObject): void {
    if (!this.#current) {
      this.#past.droppedObjects++;
      return;
    }
    this.#current.media();
    this.#current.connection.sendObject(object);
  }

  stats(): LinkStats {
    const current = this.#current?.connection.stats();
    const sum = { ...this.#past };
    for (const { connection } of this.#attachments) addTo(sum, connection);
    return {
      kind: this.#current?.connection.kind,
      rttMs: this.#current?.rttMs ?? 0,
      backlogMs: current?.backlogMs ?? 0,
      backlogBytes: current?.backlogBytes ?? 0,
      ...sum,
    };
  }

  farewell(): Farewell | undefined {
    return this.#session && { url: `${this.#origin}/v1/leave`, body: encodeFarewell(this.#session) };
  }

  rejoin(reason: string): void {
    if (this.#session) this.#giveUp(this.#session, new LinkError('aborted', reason));
  }

  close(): Promise<void> {
    this.#closing ??= this.#leave();
    return this.#closing;
  }

  async #leave(): Promise<void> {
    const session = this.#session;
    this.#search?.stop();
    if (this.#state === 'joined' && session && this.#current) {
      const left = new Promise<void>((resolve) => {
        const number = this.#post(session, encodeClientMessage({ case: 'leave', value: create(LeaveSchema) }));
        this.#leaveProgress = () => {
          if (!this.#current || session.outbox.acknowledged >= number) resolve();
        };
      });
      this.#current.ping();
      await pause(leaveMs, this.#life.signal, left).catch(() => undefined);
    }
    this.#finish(new LinkError(this.#state === 'joined' ? 'left' : 'aborted', ''));
  }

  #post(session: Session, message: Uint8Array): number {
    const number = session.outbox.add(message);
    if (this.#current?.session === session) this.#current.connection.sendControl(message);
    if (session.outbox.bytes > maxUnacknowledged)
      this.#giveUp(session, new LinkError('slow-client', 'the node does not acknowledge'));
    return number;
  }

  /** Begins anew with a fresh session, since this one can't be made whole again. */
  #giveUp(session: Session, why: LinkError): void {
    this.#forget(session);
    this.#current?.lose(why);
  }

  #forget(session: Session): void {
    if (this.#session === session) this.#session = undefined;
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
      const begun = performance.now();
      try {
        return await within(this.#alternates.patienceMs(failures), 'a connection', search.signal, (signal) =>
          this.#attempt(search, signal),
        );
      } catch (error) {
        if (search.signal.aborted) return;
        const next = this.#judge(search, LinkError.from(error), failures, performance.now() - begun);
        if (next === 'stop') return;
        if (next === 'later') delayMs = backoff.next();
      }
      await pause(delayMs, search.signal, search.woken()).catch(() => undefined);
      if (search.signal.aborted) return;
    }
  }

  async #attempt(search: Search, signal: AbortSignal): Promise<void> {
    const session = this.#resumable();
    const asked = this.#connector.ask(search.purpose !== 'failover', signal);
    // A first join saves a round trip; later ones spare the token source while the node is away.
    if (search.purpose !== 'join') await asked;
    const [credentials] = await Promise.all([
      session ? { token: session.token, announcement: new Uint8Array() } : freshCredentials(this.options, signal),
      asked,
    ]);
    const { origin } = this.#connector;
    const inUse = origin === this.#origin ? this.#current?.connection.kind : undefined;
    const connection = await this.#connector.open(search.route(inUse), signal);

    search.commit(session);
    const attachment = new Attachment(connection, origin, credentials.token, session, this.#owner);
    this.#attachments.add(attachment);
    attachment.greet(encodeHello(this.options, credentials, session, this.environment.userAgent));
    try {
      await within(welcomeMs, 'Welcome', signal, () => attachment.greeted);
    } catch (error) {
      this.#close(attachment);
      throw error;
    }
  }

  #resumable(): Session | undefined {
    const session = this.#session;
    if (session && !this.#current && performance.now() - this.#lostAt > session.limits.resumeMs) this.#forget(session);
    return this.#session;
  }

  /** What follows a failed attempt. */
  #judge(search: Search, error: LinkError, failures: number, tookMs: number): 'stop' | 'now' | 'later' {
    const resumed = search.resumes;
    search.failed();
    if (search.purpose === 'upgrade') {
      if (this.#current) {
        this.#planUpgrade();
        return 'stop';
      }
      search.purpose = 'reconnect';
    }
    if (!this.#current || this.#current.quietMs >= silentMs) this.#tellInterrupted(error.message);
    if (resumed && (error.code === 'resume-unknown' || error.code === 'unauthorized')) {
      this.#forget(resumed);
      return 'now';
    }
    const hopeless =
      !error.retryable || (search.purpose === 'join' && (!passing.has(error.code) || failures >= joinAttempts));
    if (hopeless) {
      this.#finish(error);
      return 'stop';
    }
    const refused = errorMeaning(error.code) !== undefined;
    const { origin } = this.#connector;
    this.#connector.turnTo(this.#alternates.after(origin, refused, failures, tookMs));
    return 'later';
  }

  /** What the connections tell. */
  readonly #owner: AttachmentOwner = {
    welcome: (attachment, welcome) => this.#welcome(attachment, welcome),
    message: (message) => {
      if (message.case === 'alternates') this.#alternates.set(message.value.urls);
      else this.#tell(() => this.handlers.message(message));
    },
    object: (attachment, { alias, header, payload }) => {
      if (this.#session === undefined || attachment.session !== this.#session) return;
      this.#tell(() => this.handlers.object(alias, header, payload));
    },
    abandoned: (alias) => this.#tell(() => this.handlers.groupAbandoned(alias)),
    goAway: (message) => void this.#goAway(message),
    acknowledged: () => this.#leaveProgress?.(),
    sessionOver: (session) => this.#forget(session),
    lost: (attachment, phase, error) => this.#lost(attachment, phase, error),
    suspect: () => this.#look('failover'),
    silent: () => this.#tellInterrupted('the node does not answer'),
    recovered: (attachment) => this.#recovered(attachment),
    tick: (attachment) => this.#checkStuck(attachment),
  };

  #welcome(attachment: Attachment, welcome: Welcome): void {
    const { limits, version } = welcome;
    if (version !== protocolVersion || !limits)
      return attachment.lose(new LinkError('version-unsupported', `the node chose version ${version}`));
    const resumed = attachment.resumes;
    // Given up while the node was being asked to resume it.
    if (resumed && resumed !== this.#session) return attachment.lose(new LinkError('resume-unknown', 'given up'));
    if (welcome.resumed !== (resumed !== undefined)) return attachment.misbehaved('Welcome does not fit Hello');
    if (resumed && !resumed.outbox.acknowledge(Number(welcome.received))) {
      this.#forget(resumed);
      return attachment.misbehaved('the node acknowledges what was not sent');
    }
    if (resumed && Number(welcome.acknowledged) > resumed.processed) {
      this.#forget(resumed);
      return attachment.misbehaved('the node skips what it has not sent');
    }

    const session = resumed ?? {
      id: welcome.session,
      token: attachment.token,
      limits,
      outbox: new Outbox(),
      ticket: welcome.resumeTicket,
      processed: 0,
      unacknowledgedBytes: 0,
    };
    session.ticket = welcome.resumeTicket;
    this.#attach(attachment, session, Number(welcome.acknowledged));
    const { kind } = attachment.connection;
    this.#tell(() => (resumed ? this.handlers.resumed(kind) : this.handlers.welcome(welcome, kind)));
    if (this.#state !== 'joining') return;
    this.#state = 'joined';
    this.#joined?.resolve();
  }

  #attach(attachment: Attachment, session: Session, acknowledged: number): void {
    const previous = this.#current;
    if (previous && previous.session === session) this.#drain(previous);
    else if (previous) this.#close(previous);
    this.#session = session;
    this.#current = attachment;
    this.#origin = attachment.origin;
    this.#search = undefined;
    this.#interrupted = false;
    attachment.attach(session, acknowledged);
    this.#connector.worked(attachment.connection.kind);
    if (attachment.connection.kind === 'websocket') this.#planUpgrade();
  }

  #lost(attachment: Attachment, phase: AttachmentPhase, error: LinkError): void {
    this.#close(attachment);
    if (phase !== 'attached' || attachment !== this.#current) return;
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
    if (this.options.transport !== 'auto' || attachment.quietMs > 0) return;
    if (attachment.connection.stats().stuckMs < stuckMs) return;
    this.#webTransportStuck = true;
    this.#look('failover');
  }

  async #goAway({ url, byMs }: GoAway): Promise<void> {
    const origin = nodeAt(url, this.options.origin);
    if (origin !== undefined) this.#connector.turnTo(origin);
    // Everybody is sent away at once; not everybody has to arrive at once.
    await pause(this.environment.random() * Math.min(byMs / 2, 1000), this.#life.signal).catch(() => undefined);
    if (this.#current) this.#look('go-away');
  }

  #drain(attachment: Attachment): void {
    attachment.drain();
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
    this.#current?.ping();
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
