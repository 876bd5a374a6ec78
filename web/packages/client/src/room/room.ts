import { NO_ENCRYPTION, type Delta, type EngineRequest, type WaitingState } from '../engine/protocol.js';
import { AudioPlayout } from '../media/main/audio-playout.js';
import { onDevicesChange } from '../media/main/devices.js';
import { portTicker, type Ticker } from '../media/main/ticker.js';
import { AUDIO_WORKLETS } from './assets.js';
import type { RoomContext } from './context.js';
import { Emitter, type ListenOptions } from './emitter.js';
import { closedError, EngineClient, roomErrorOf } from './engine-client.js';
import { abortError, failureOf, RoomError } from './errors.js';
import { guestIdentity, type GuestIdentity } from './guest-identity.js';
import { founderOf } from './host-identity.js';
import type { KeptIdentity } from './identity-store.js';
import { LocalParticipantView } from './local-participant.js';
import { checkedRoom, claimsOf, parseNodeUrl } from './meeting-link.js';
import { moderation } from './moderation.js';
import type { ConnectOptions, Logger, RoomOptions } from './options.js';
import { Computed } from './readable.js';
import { RemoteRoster } from './remote-roster.js';
import { shared, sharedList, takeSnapshot } from './snapshot.js';
import { requireSupport } from './support.js';
import { tabIdentity } from './tab-identity.js';
import { rememberTransport, transportHint } from './transport-hint.js';
import type {
  ConnectionState,
  DisconnectReason,
  EncryptionState,
  LocalParticipant,
  Moderation,
  Readable,
  RemoteParticipant,
  RoomEvents,
  RoomSettings,
  RoomSnapshot,
  RoomStats,
  TokenSource,
  WaitingParticipant,
} from './types.js';

/** Before a node has told. */
const OPEN: RoomSettings = { waitingRoom: false, locked: false };

/**
 * One meeting, as one participant sees it. Transport, encryption and codecs run in a worker of the room's own.
 *
 * A room that was disconnected can be connected again. Nothing of it is left running after `disconnect`, or after
 * `disconnected` was emitted: devices are stopped, frames closed, worker and audio gone. Safe to construct on a server.
 */
export class Room {
  readonly snapshot: Readable<RoomSnapshot>;
  readonly encryption: Readable<EncryptionState>;
  /** What hosts may do: those with the permission `admin`. */
  readonly moderation: Moderation;
  readonly #options: RoomOptions;
  readonly #logger: Logger;
  readonly #events = new Emitter<RoomEvents>();
  readonly #context: RoomContext;
  readonly #local: LocalParticipantView;
  readonly #remotes: RemoteRoster;
  readonly #snapshot: Computed<RoomSnapshot>;
  readonly #encryption: Computed<EncryptionState>;
  readonly #deviceIds = new Map<MediaDeviceKind, string>();
  #name = '';
  #state: ConnectionState = 'idle';
  #transport: RoomSnapshot['transport'];
  #farewell: Extract<Delta, { kind: 'connection' }>['farewell'];
  #speakers: readonly string[] = [];
  #waiting: readonly WaitingParticipant[] = [];
  #settings = OPEN;
  #encryptionState: EncryptionState;
  #engine: EngineClient | undefined;
  #playout: AudioPlayout | undefined;
  #ticker: Ticker | undefined;
  #guest: GuestIdentity | undefined;
  #kept: KeptIdentity | undefined;
  #token: (() => Promise<string>) | undefined;
  #leaving: Promise<void> | undefined;
  /** Aborted when what runs for the room has to end. */
  #running = new AbortController();

  constructor(options: RoomOptions) {
    if (options.keys !== 'insecure-none' && options.keys?.secret?.length !== 32) {
      throw new RoomError(
        'key-missing',
        'A room needs keys: pass linkKeys(meetingUrl), or generateMeetingLink().keys.',
      );
    }
    this.#options = options;
    this.#logger = options.logger ?? { debug() {}, info() {}, warn: console.warn, error: console.error };
    this.#encryptionState = this.#noEncryptionYet();
    this.#context = {
      events: this.#events,
      publish: options.publish ?? {},
      capture: (source) => ({
        ...(source === 'camera' ? options.video : options.audio),
        ...this.#rememberedDevice(source === 'camera' ? 'videoinput' : 'audioinput'),
      }),
      startEngine: () => this.#startedEngine(),
      engine: () => this.#engine,
      running: () => this.#running.signal,
      playout: () => this.#startedPlayout(),
      ticker: () => this.#startedTicker(),
      changed: () => this.#snapshot.invalidate(),
    };
    this.#local = new LocalParticipantView(this.#context);
    this.moderation = moderation(this.#context);
    this.#remotes = new RemoteRoster(this.#context);
    this.encryption = this.#encryption = new Computed((previous) => this.#shareEncryption(previous));
    this.snapshot = this.#snapshot = new Computed((previous) => this.#takeSnapshot(previous));
  }

  /** The room's id; empty before `connect`. */
  get name(): string {
    return this.#name;
  }

  get state(): ConnectionState {
    return this.#state;
  }

  get localParticipant(): LocalParticipant {
    return this.#local;
  }

  /** By identity. */
  get remoteParticipants(): ReadonlyMap<string, RemoteParticipant> {
    return this.#remotes.participants;
  }

  /** Calls `fn` for each event of the type, until the returned function is called. See {@link RoomEvents}. */
  on<K extends keyof RoomEvents>(type: K, fn: (e: RoomEvents[K]) => void, o?: ListenOptions): () => void {
    return this.#events.on(type, fn, o);
  }

  off<K extends keyof RoomEvents>(type: K, fn: (e: RoomEvents[K]) => void): void {
    this.#events.off(type, fn);
  }

  /**
   * Joins the room and resolves once in it. Where hosts let people in, that may take minutes: the state is `waiting` meanwhile.
   *
   * Rejects with a `RoomError`, after which the room can be connected again and tracks that were published are stopped: `room-invalid`, `unauthorized`, `room-full`,
   * `unreachable`, `untrusted-origin`, `timeout`, `unsupported`, `engine-missing`, `insecure-page`, `aborted`; from who waited `rejected`, `blocked`, `forgotten`, `ended`.
   *
   * @param url a meeting link; or the address of a node, when the token names the room. The part after # is neither read
   * nor sent anywhere: give it to `linkKeys`.
   * @param token a join token, or '' to join as a guest; or a function that gets one, called again whenever the room has
   * to be joined anew.
   */
  async connect(url: string | URL, token: TokenSource, o: ConnectOptions = {}): Promise<void> {
    if (this.#state !== 'idle' && this.#state !== 'closed') {
      throw new RoomError('protocol', `This room is ${this.#state} already. Disconnect it first.`);
    }
    this.#setState('connecting');
    const giveUp = (): void => this.#end('client', abortError(o.signal?.reason));
    o.signal?.addEventListener('abort', giveUp, { once: true });
    const { signal } = this.#running;
    try {
      requireSupport();
      if (o.signal?.aborted) throw abortError(o.signal.reason);
      await this.#join(parseNodeUrl(url), token, o.transport ?? 'auto', signal);
    } catch (cause) {
      const error = failureOf(cause, signal.aborted);
      // One that was ended meanwhile may have made place for another.
      if (!signal.aborted) this.#end('failed', error);
      throw error;
    } finally {
      o.signal?.removeEventListener('abort', giveUp);
    }
  }

  /** Leaves the room and stops everything. Resolves when that is done; never rejects. */
  disconnect(): Promise<void> {
    if (this.#leaving) return this.#leaving;
    if (!this.#isJoined && this.#state !== 'waiting') {
      this.#end('client');
      return Promise.resolve();
    }
    this.#leaving = this.#leave().finally(() => (this.#leaving = undefined));
    return this.#leaving;
  }

  /** Call from a user gesture when the snapshot's `canPlayAudio` is false. */
  async startAudio(): Promise<void> {
    if (this.#engine) await this.#startedPlayout().start();
  }

  /** Measurements of the connection and of every track that is sent or received. Rejects with `closed` when not connected. */
  stats(): Promise<RoomStats> {
    return this.#engine?.request<'stats'>({ method: 'stats' }) ?? Promise.reject(closedError());
  }

  /** The device in use, or that will be used next; undefined for the system's default. */
  getActiveDevice(kind: MediaDeviceKind): string | undefined {
    const source = kind === 'videoinput' ? 'camera' : kind === 'audioinput' ? 'microphone' : undefined;
    const open = source && this.#local.tracks.get(source)?.mediaStreamTrack.getSettings().deviceId;
    return open || this.#deviceIds.get(kind) || undefined;
  }

  /**
   * Goes on with another device, also for the rest of the call; '' is the system's default. The others notice nothing but
   * the new picture or sound. Rejects with a `device-…` error and stays with the old device, or with `unsupported` when
   * the browser can't choose a loudspeaker.
   */
  async switchActiveDevice(kind: MediaDeviceKind, deviceId: string): Promise<void> {
    if (kind === 'audiooutput') {
      if (!(await this.#startedPlayout().setSinkId(deviceId))) {
        throw new RoomError('unsupported', 'This browser plays through the loudspeaker that the system has chosen.');
      }
    } else {
      await this.#local.switchDevice(kind === 'videoinput' ? 'camera' : 'microphone', deviceId);
    }
    this.#deviceIds.set(kind, deviceId);
  }

  async #join(
    node: { origin: string; room: string | undefined },
    source: TokenSource,
    transport: 'auto' | 'webtransport' | 'websocket',
    signal: AbortSignal,
  ): Promise<void> {
    const getToken = typeof source === 'string' ? async () => source : () => source({ signal });
    let first: string | undefined = await getToken();
    signal.throwIfAborted();
    const claims = claimsOf(first);
    if (node.room !== undefined && claims.room !== undefined && node.room !== claims.room) {
      throw new RoomError('room-invalid', `The token is for the room "${claims.room}", the link for "${node.room}".`);
    }
    this.#name = checkedRoom(node.room ?? claims.room ?? '');
    this.#token = async () => {
      const token = first ?? (await getToken());
      first = undefined;
      return token;
    };
    if (claims.name) this.#local.suggestName(claims.name);
    const guest = await guestIdentity(this.#name);
    if (signal.aborted) guest.release();
    signal.throwIfAborted();
    this.#guest = guest;
    const { keys } = this.#options;
    const host = keys === 'insecure-none' ? undefined : keys.host;
    const kept = (await founderOf(this.#name, host)) ?? (await tabIdentity(this.#name, guest.secret, host));
    signal.throwIfAborted();
    this.#kept = kept;
    const engine = this.#startedEngine();
    const { name, attributes } = this.#local;
    await engine.request<'setProfile'>({ method: 'setProfile', name, attributes });
    await engine.request<'connect'>({
      method: 'connect',
      origin: node.origin,
      room: this.#name,
      transport,
      hint: transport === 'auto' ? transportHint(node.origin) : undefined,
      secret: keys === 'insecure-none' ? undefined : keys.secret,
      host,
      identity: kept?.identity,
      decisions: kept?.decisions,
      guestSecret: guest.secret,
      autoSubscribe: this.#options.autoSubscribe ?? true,
      adaptive: this.#options.adaptive ?? true,
    });
    if (transport === 'auto' && this.#transport) rememberTransport(node.origin, this.#transport);
  }

  get #isJoined(): boolean {
    return this.#state === 'connected' || this.#state === 'reconnecting';
  }

  async #leave(): Promise<void> {
    const { signal } = this.#running;
    try {
      await this.#engine?.request<'disconnect'>({ method: 'disconnect' });
    } catch (error) {
      this.#logger.debug(`leaving: ${String(error)}`);
    }
    // The node may have ended it meanwhile, and the page begun anew.
    if (!signal.aborted) this.#end('client');
  }

  #apply(deltas: readonly Delta[]): void {
    for (const delta of deltas) {
      if (this.#engine) this.#applyOne(delta);
    }
    this.#snapshot.invalidate();
  }

  #applyOne(delta: Delta): void {
    switch (delta.kind) {
      case 'connection':
        return this.#connectionChanged(delta);
      case 'local':
        this.#local.update(delta.participant);
        return this.#events.emit('participantUpdated', { participant: this.#local });
      case 'publishFailed':
        return this.#local.trackFailed(delta.key, roomErrorOf(delta.error));
      case 'trackStopped':
        return this.#local.trackStopped(delta.key, delta.unpublished, this.#remotes.participants.get(delta.by));
      case 'settings':
        this.#settings = delta.settings;
        return this.#events.emit('roomUpdated', { settings: delta.settings });
      case 'waiting':
        return this.#waitingChanged(delta.people);
      case 'speakers':
        return this.#speakersChanged(delta.identities);
      case 'encryption':
        return this.#encryptionChanged(delta.state);
      case 'data': {
        const participant = this.#remotes.participants.get(delta.identity);
        const { data, topic } = delta;
        if (participant)
          this.#events.emit('dataReceived', { data, topic, participant, text: new TextDecoder().decode(data) });
        return;
      }
      case 'closed':
        return this.#end(delta.reason, delta.error && roomErrorOf(delta.error));
      default:
        return this.#remotes.apply(delta);
    }
  }

  #connectionChanged(delta: Extract<Delta, { kind: 'connection' }>): void {
    const before = this.#state;
    this.#transport = delta.transport;
    this.#farewell = delta.farewell;
    this.#setState(delta.state);
    if (delta.state === 'reconnecting') this.#events.emit('reconnecting', { reason: delta.reason ?? 'unreachable' });
    if (delta.state !== 'connected') return;
    if (before === 'reconnecting') this.#events.emit('reconnected', { resumed: delta.resumed ?? false });
    else if (before === 'connecting' || before === 'waiting') this.#events.emit('connected', { room: this.#name });
  }

  #encryptionChanged(state: EncryptionState): void {
    const before = this.encryption.get();
    this.#encryptionState = state;
    this.#encryption.invalidate();
    const now = this.encryption.get();
    if (now !== before) this.#events.emit('encryptionChanged', now);
  }

  #waitingChanged(people: readonly WaitingState[]): void {
    const before = this.#waiting;
    const known = new Map(before.map((person) => [person.id, person]));
    const now = people.map(({ session, sinceMs, ...rest }) =>
      shared(known.get(session), { ...rest, id: session, since: known.get(session)?.since ?? new Date(sinceMs) }),
    );
    this.#waiting = sharedList(before, now);
    for (const participant of now) {
      if (!known.has(participant.id)) this.#events.emit('waitingParticipantJoined', { participant });
    }
    for (const participant of before) {
      if (!now.some(({ id }) => id === participant.id)) this.#events.emit('waitingParticipantLeft', { participant });
    }
  }

  #speakersChanged(identities: readonly string[]): void {
    this.#speakers = identities;
    const everyone = [this.#local, ...this.#remotes.participants.values()];
    for (const participant of everyone) participant.isSpeaking = identities.includes(participant.identity);
    const speakers = identities.flatMap((identity) => everyone.find((p) => p.identity === identity) ?? []);
    this.#events.emit('activeSpeakersChanged', { speakers });
  }

  #setState(state: ConnectionState): void {
    if (this.#state === state) return;
    this.#state = state;
    this.#snapshot.invalidate();
    this.#events.emit('connectionStateChanged', { state });
  }

  /** Ends everything that runs for the room. `disconnected` is emitted when it had been joined. */
  #end(reason: DisconnectReason, error?: Error): void {
    const joined = this.#isJoined;
    this.#running.abort();
    this.#running = new AbortController();
    this.#local.endAll();
    this.#remotes.clear();
    this.#engine?.terminate(error instanceof RoomError ? error : undefined);
    this.#engine = undefined;
    this.#ticker = undefined;
    void this.#playout?.close();
    this.#playout = undefined;
    this.#guest?.release();
    this.#guest = this.#kept = this.#token = this.#transport = this.#farewell = undefined;
    this.#speakers = [];
    this.#waiting = [];
    this.#settings = OPEN;
    this.#encryptionState = this.#noEncryptionYet();
    this.#encryption.invalidate();
    if (this.#state !== 'idle') this.#setState('closed');
    this.#snapshot.invalidate();
    if (joined) this.#events.emit('disconnected', { reason, ...(error && { error }) });
  }

  #startedEngine(): EngineClient {
    if (this.#engine) return this.#engine;
    requireSupport();
    const { signal } = this.#running;
    const engine = new EngineClient({
      deltas: (deltas) => this.#apply(deltas),
      frame: (track, frame, rotation) => this.#remotes.show(track, frame, rotation),
      request: (request) => this.#answer(request),
      log: (level, message) => this.#logger[level](`confab: ${message}`),
      crashed: (error) => this.#end('failed', error),
    });
    this.#engine = engine;
    const offDevices = onDevicesChange(() => this.#events.emit('mediaDevicesChanged', {}));
    signal.addEventListener('abort', offDevices);
    window.addEventListener('pagehide', (event) => event.persisted || this.#pageGone(), { signal });
    return engine;
  }

  /** A page that goes away for good says goodbye itself: the engine may be gone before it has. */
  #pageGone(): void {
    if (this.#farewell) navigator.sendBeacon(this.#farewell.url, this.#farewell.body);
    void this.disconnect();
  }

  async #answer(request: EngineRequest): Promise<unknown> {
    switch (request.method) {
      case 'token':
        return this.#token?.();
      case 'keepDecisions':
        return this.#kept?.keep(request.decisions);
      case 'playout':
        return this.#remotes.play(request.track, request.channels);
    }
  }

  #startedPlayout(): AudioPlayout {
    if (this.#playout) return this.#playout;
    const playout = new AudioPlayout({
      workletUrl: AUDIO_WORKLETS,
      onCanPlayChange: (canPlay) => {
        this.#snapshot.invalidate();
        this.#events.emit('audioPlaybackChanged', { canPlay });
      },
    });
    this.#playout = playout;
    const loudspeaker = this.#deviceIds.get('audiooutput');
    // One that is gone by now is no reason not to play.
    if (loudspeaker) playout.setSinkId(loudspeaker).catch((error: unknown) => this.#logger.warn(String(error)));
    return playout;
  }

  #startedTicker(): Ticker {
    if (this.#ticker) return this.#ticker;
    const { port1, port2 } = new MessageChannel();
    this.#startedEngine().post({ type: 'ticks', port: port2 }, [port2]);
    return (this.#ticker = portTicker(port1));
  }

  #rememberedDevice(kind: MediaDeviceKind): { deviceId?: string } {
    const deviceId = this.#deviceIds.get(kind);
    return deviceId === undefined ? {} : { deviceId };
  }

  #takeSnapshot(previous: RoomSnapshot | undefined): RoomSnapshot {
    return takeSnapshot(previous, {
      state: this.#state,
      name: this.#name,
      transport: this.#transport,
      local: this.#local,
      remotes: this.#remotes.participants.values(),
      activeSpeakers: this.#speakers,
      encryption: this.encryption.get(),
      settings: this.#settings,
      waiting: this.#waiting,
      canPlayAudio: this.#playout?.canPlay ?? true,
    });
  }

  #shareEncryption(previous: EncryptionState | undefined): EncryptionState {
    const { undecryptable, refused, hosts, alerts, ...rest } = this.#encryptionState;
    return shared(previous, {
      ...rest,
      undecryptable: sharedList(previous?.undecryptable, undecryptable),
      refused: sharedList(previous?.refused, refused),
      hosts: sharedList(previous?.hosts, hosts),
      alerts: sharedList(
        previous?.alerts,
        alerts.map((alert) => previous?.alerts.find((known) => shared(known, alert) === known) ?? alert),
      ),
    });
  }

  #noEncryptionYet(): EncryptionState {
    const { keys } = this.#options;
    const off = keys === 'insecure-none';
    const verified = !off && keys.secret.some((byte) => byte !== 0);
    const named = !off && keys.host !== undefined;
    return { ...NO_ENCRYPTION, status: off ? 'disabled' : 'pending', verified, named };
  }
}
