import type { CodecSupport } from '../media/codecs.js';
import type { ConnectionState, EncryptionState, RoomStats } from '../room/types.js';
import {
  browserEnvironment,
  Link,
  LinkError,
  MemoryHints,
  type LinkHandlers,
  type ServerKind,
  type TransportKind,
} from '../transport/index.js';
import {
  CapabilitiesSchema,
  LeaveReason,
  SetHandSchema,
  type Admitted,
  type LinkQuality as LinkQualityMessage,
  type ParticipantInfo,
  type ParticipantLeft,
  type TrackRef,
  type TrackStopped,
  type Welcome,
} from '../wire/gen/confab/v1/control_pb.js';
import { create } from '../wire/protobuf/create.js';
import { Conduct } from './conduct.js';
import { equal } from './equal.js';
import { Failure } from './failure.js';
import type { Page } from './page.js';
import { Messages } from './messages.js';
import { FrameSender } from './frame-sender.js';
import { LocalState } from './local-state.js';
import { moderate, type Lookup } from './moderation.js';
import type { Profile } from './profile.js';
import type { Command, ConnectRequest, PageRequest, VerificationStep } from './protocol.js';
import type { OutgoingFrame } from './publication.js';
import { Outbox } from './outbox.js';
import type { Publisher } from './publisher.js';
import { Reception } from './reception.js';
import { isHeard, Roster, type MemberEncryption } from './roster.js';
import type { Security, SecurityHandlers } from './security.js';
import { fromWireQuality, permissionsOf } from './sources.js';
import { ActiveSpeakers } from './speakers.js';
import { disconnectReason, wireFailure } from './wire-errors.js';

const TICK_MS = 100;
/** Every so many ticks. */
const ADAPT = 3;
const REPORT = 20;
const EXPIRE = 5;

export interface MeetingOptions {
  readonly request: ConnectRequest;
  readonly profile: Profile;
  readonly codecs: CodecSupport;
  readonly page: Page;
  readonly publisher: Publisher;
  readonly security: (handlers: SecurityHandlers) => Security;
}

/** One room over one link: leads control messages, objects and keys to where they belong. Over after `closed`. */
export class Meeting {
  readonly #page: Page;
  readonly #publisher: Publisher;
  readonly #security: Security;
  readonly #link: Link;
  readonly #roster: Roster;
  readonly #reception: Reception;
  readonly #speakers = new ActiveSpeakers();
  readonly #frames: FrameSender;
  readonly #messages: Messages;
  readonly #outbox: Outbox;
  readonly #conduct: Conduct;
  #welcome: Welcome | undefined;
  /** Ends `connect` when the room is entered, which is after waiting. */
  #entering: { enter: () => void; fail: (failure: Failure) => void } | undefined;
  readonly #local: LocalState;
  #state: ConnectionState = 'connecting';
  #ticks = 0;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(o: MeetingOptions) {
    const { request, page } = o;
    this.#page = page;
    this.#publisher = o.publisher;
    this.#local = new LocalState(page.emit);
    this.#roster = new Roster((delta) => {
      if (delta.kind === 'trackGone') this.#reception.ended(delta.id);
      page.emit(delta);
    });
    this.#reception = new Reception(
      {
        emit: page.emit,
        show: (track, frame, rotation) => page.show(track, frame, rotation),
        playout: (track, channels) =>
          page.request({ method: 'playout', track, channels }) as Promise<MessagePort | undefined>,
        send: (message, failed) => this.#outbox.send(message, failed),
        open: (...sealed) => this.#security.open(...sealed),
        log: (message) => page.log('debug', message),
      },
      this.#roster,
      request,
    );
    this.#security = o.security({
      send: (message) => this.#outbox.send(message),
      keep: (decisions) => page.request({ method: 'keepDecisions', decisions }) as Promise<void>,
      identity: () => this.#welcome?.identity ?? '',
      hostingChanged: () => this.#hostingChanged(),
      member: (session, encryption) => this.#memberEncryption(session, encryption),
      state: (state) => this.#encryptionChanged(state),
      gone: (session) => this.#roster.release(session, performance.now()),
      rotated: () => this.#publisher.requestKeyframes(),
      rejoin: (reason) => this.#link.rejoin(reason),
      warn: (message) => page.log('warn', message),
      keyframeWanted: (session, source) => this.#reception.requestKeyframe(session, source),
    });
    this.#conduct = new Conduct(this.#security, this.#roster, page.emit, (error) => this.#debug(error));
    this.#messages = new Messages(
      {
        send: (message) => this.#outbox.send(message),
        emit: page.emit,
        log: (error) => this.#debug(error),
      },
      this.#roster,
      this.#security,
      o.profile,
    );
    const hints = new MemoryHints();
    if (request.hint) hints.set(request.origin, request.hint);
    this.#link = new Link(
      {
        origin: request.origin,
        room: request.room,
        transport: request.transport,
        capabilities: create(CapabilitiesSchema, { decode: [...(o.codecs.opus ? ['opus'] : []), ...o.codecs.decode] }),
        guestSecret: request.guestSecret,
        token: () => page.request({ method: 'token' }) as Promise<string>,
        announcement: () =>
          this.#security.announcement({ name: this.#messages.announceName(), publishes: this.#publisher.publishes }),
      },
      this.#linkHandlers(),
      browserEnvironment(hints),
    );
    this.#outbox = new Outbox(this.#link, (message) => page.log('warn', message));
    this.#frames = new FrameSender(this.#security, this.#link, (error) => this.#debug(error));
  }

  /** Resolves in the room. Rejects with a {@link Failure}, after which this meeting is over. */
  async connect(): Promise<void> {
    const entered = new Promise<void>((enter, fail) => (this.#entering = { enter, fail }));
    entered.catch(() => {});
    try {
      await this.#link.connect();
      await entered;
      this.#timer = setInterval(() => this.#tick(), TICK_MS);
    } catch (error) {
      this.#stop();
      throw error instanceof LinkError ? wireFailure(error.code, error.message) : error;
    }
  }

  async disconnect(): Promise<void> {
    await this.#link.close();
    this.#stop();
  }

  async setProfile(profile: Profile): Promise<void> {
    await this.#messages.setProfile(profile);
  }

  async sendData(o: Extract<PageRequest, { method: 'sendData' }>): Promise<void> {
    if (!this.#welcome || this.#state === 'closed') throw new Failure('closed', 'The room is not connected.');
    await this.#messages.send(o);
  }

  async subscribe(id: string, demand: { maxHeight?: number; priority?: number }): Promise<void> {
    const subscribed = this.#reception.choose(id, demand);
    this.#refresh();
    await subscribed;
  }

  setHand(raised: boolean): void {
    this.#outbox.send({ case: 'setHand', value: create(SetHandSchema, { raised }) });
  }

  /** Resolves when the node has done it. Rejects with `forbidden` for one who is no host, or with what the node says. */
  async moderate(command: Command): Promise<void> {
    if (!permissionsOf(this.#welcome?.grants).admin) {
      throw new Failure('forbidden', 'Only hosts of this meeting can do that.');
    }
    await this.#conduct.prepare(command);
    if (command.do === 'letIn') return;
    const message = moderate(command, (identity) => this.#find(identity));
    await new Promise<void>((done, failed) => this.#outbox.send(message, failed, done));
  }

  async verify(identity: string, step: VerificationStep): Promise<void> {
    const member = this.#roster.byIdentity(identity);
    if (!member) throw new Failure('closed', 'That person is not in the meeting any more.');
    await this.#security.verify(member.session, step);
  }

  #hostingChanged(): void {
    this.#conduct.hostingChanged();
    this.#showLocal();
  }

  #find(identity: string): ReturnType<Lookup> {
    if (identity === this.#welcome?.identity) return this.#welcome;
    const member = this.#roster.byIdentity(identity);
    return member && member.info;
  }

  unsubscribe(id: string): void {
    this.#reception.decline(id);
    this.#refresh();
  }

  setWantedHeight(id: string, height: number): void {
    this.#reception.setWantedHeight(id, height, performance.now());
    this.#refresh();
  }

  stats(): RoomStats {
    const { kind, rttMs } = this.#link.stats();
    return {
      transport: kind,
      rttMs,
      tracks: [...this.#publisher.stats(this.#welcome?.identity ?? ''), ...this.#reception.stats()],
      undecryptableFrames: this.#reception.undecryptable,
      keyGeneration: this.#security.keyGeneration(),
    };
  }

  /** Seals an encoded frame and sends it; dropped when it can't be sealed or there is no connection. */
  sendFrame(frame: OutgoingFrame): void {
    if (this.#state === 'connected') this.#frames.send(frame, this.#welcome?.settings?.audioLevels ?? false);
  }

  #linkHandlers(): LinkHandlers {
    return {
      welcome: (welcome, kind) => this.#welcomed(welcome, kind),
      resumed: (kind) => {
        this.#security.connected(true);
        this.#setState(this.#welcome?.waiting ? 'waiting' : 'connected', kind, true);
      },
      interrupted: (reason) => {
        this.#security.connected(false);
        this.#page.log('info', `connection interrupted: ${reason}`);
        this.#setState('reconnecting', undefined);
      },
      message: (message) => this.#receive(message),
      object: (alias, header, payload) => this.#reception.object(alias, header, payload, performance.now()),
      groupAbandoned: (alias) => this.#publisher.groupAbandoned(alias),
      closed: (code, message) => this.#closed(code, message),
    };
  }

  #welcomed(welcome: Welcome, kind: TransportKind): void {
    this.#welcome = welcome;
    this.#outbox.lost(new Failure('unreachable', 'The connection was lost before the node answered.'));
    if (welcome.waiting) this.#security.waited();
    if (welcome.waiting) this.#setState('waiting', kind);
    else this.#enter(welcome, kind);
  }

  #admitted({ grants, participants, settings, waitingParticipants }: Admitted): void {
    if (!this.#welcome) return;
    const own = { ...(grants && { grants }), ...(settings && { settings }) };
    const welcome = { ...this.#welcome, ...own, participants, waitingParticipants, waiting: false };
    this.#welcome = welcome;
    this.#enter(welcome, this.#link.stats().kind);
  }

  #enter(welcome: Welcome, kind: TransportKind | undefined): void {
    const now = performance.now();
    this.#messages.join(welcome);
    this.#frames.clear();
    this.#showLocal();
    const closed = this.#conduct.enter(welcome.settings);
    this.#setState('connected', kind, false);
    this.#entering?.enter();
    this.#entering = undefined;
    this.#reception.join({
      allowed: permissionsOf(welcome.grants).subscribe,
      limit: welcome.limits?.subscriptions ?? 0,
    });
    this.#roster.welcome(welcome.participants, now);
    this.#security.welcome(welcome.participants, closed);
    this.#conduct.waiting(welcome.waitingParticipants);
    this.#remotesChanged();
    this.#publisher.join({
      permissions: () => permissionsOf(this.#welcome?.grants),
      send: (message, failed) => this.#outbox.send(message, failed),
    });
    this.#refresh();
  }

  #receive(message: ServerKind): void {
    const { roster, publisher } = { roster: this.#roster, publisher: this.#publisher };
    switch (message.case) {
      case 'participantJoined':
        if (message.value.participant) this.#participantJoined(message.value.participant);
        return;
      case 'participantUpdated':
        if (message.value.participant) this.#participantUpdated(message.value.participant);
        return;
      case 'participantLeft':
        return this.#participantLeft(message.value);
      case 'trackPublished':
        if (message.value.track) roster.trackPublished(message.value.track);
        return this.#refresh();
      case 'trackUpdated':
        if (message.value.track) roster.trackUpdated(message.value.track);
        return this.#refresh();
      case 'trackUnpublished':
        return this.#trackUnpublished(message.value.track);
      case 'subscribed':
        return this.#reception.subscribed(message.value, performance.now());
      case 'layersWanted':
        return publisher.layersWanted(message.value);
      case 'keyframeRequested':
        return publisher.keyframeRequested(message.value);
      case 'e2ee':
        return this.#security.receive(message.value);
      case 'data':
        return void this.#messages.receive(message.value);
      case 'admitted':
        return this.#admitted(message.value);
      case 'waitingJoined':
        return this.#conduct.waitingJoined(message.value.participant);
      case 'waitingLeft':
        return this.#conduct.waitingLeft(message.value.session);
      case 'roomUpdated':
        return this.#roomUpdated(message.value.settings);
      case 'trackStopped':
        return this.#trackStopped(message.value);
      case 'linkQuality':
        return this.#linkQuality(message.value);
      case 'error':
        return this.#outbox.failed(message.value);
      case 'done':
        return this.#outbox.done(message.value.requestId);
    }
  }

  #participantJoined(info: ParticipantInfo): void {
    this.#roster.joined(info);
    this.#security.joined(info);
    this.#remotesChanged();
    this.#refresh();
  }

  #participantUpdated(info: ParticipantInfo): void {
    if (info.session === this.#welcome?.session) {
      this.#welcome = { ...this.#welcome, ...(info.grants && { grants: info.grants }) };
      this.#local.handMs = Number(info.handMs);
      if (!info.grants?.admin) this.#conduct.waiting([]);
      this.#messages.join(this.#welcome);
      this.#reception.allow(permissionsOf(info.grants).subscribe);
      this.#refresh();
      return this.#showLocal();
    }
    this.#roster.updated(info);
    this.#remotesChanged();
  }

  #participantLeft({ session, reason }: ParticipantLeft): void {
    const now = performance.now();
    const member = this.#roster.left(session, reason, now);
    if (!member) return;
    this.#messages.forget(session);
    this.#security.left(session, reason === LeaveReason.REMOVED);
    this.#remotesChanged();
    this.#refresh();
  }

  #trackStopped({ number, by, unpublished }: TrackStopped): void {
    const key = this.#publisher.keyOf(number);
    if (key === undefined) return;
    const identity = this.#roster.members.get(by)?.identity ?? '';
    this.#page.emit({ kind: 'trackStopped', key, unpublished, by: identity });
  }

  #roomUpdated(settings: Welcome['settings']): void {
    if (settings && this.#welcome) this.#welcome = { ...this.#welcome, settings };
    this.#conduct.settingsChanged(settings);
  }

  #trackUnpublished(ref: TrackRef | undefined): void {
    if (ref) this.#roster.trackUnpublished(ref);
    this.#refresh();
  }

  #memberEncryption(session: string, encryption: MemberEncryption): void {
    this.#roster.setEncryption(session, encryption);
    this.#refresh();
    if (encryption.state === 'active' || encryption.state === 'disabled') this.#messages.greet(session);
    // Nobody minds what one can decode to whom nothing is sealed.
    if (!isHeard(encryption)) this.#remotesChanged();
  }

  #encryptionChanged(state: EncryptionState): void {
    if (equal(this.#local.encryption, state)) return;
    this.#local.encryption = state;
    this.#page.emit({ kind: 'encryption', state });
    this.#showLocal();
  }

  /** The roster changed: everybody present must be able to decode what is encoded. */
  #remotesChanged(): void {
    const members = [...this.#roster.members.values()].filter(({ encryption }) => isHeard(encryption));
    this.#publisher.setRemotes(members.map(({ info }) => info.capabilities?.decode ?? []));
  }

  #linkQuality({ participants, audioLossPermille }: LinkQualityMessage): void {
    for (const { session, quality } of participants) {
      if (session === this.#welcome?.session) {
        this.#local.quality = fromWireQuality(quality);
        this.#showLocal();
      } else {
        this.#roster.setQuality(session, fromWireQuality(quality));
      }
    }
    this.#publisher.setAudioLoss(audioLossPermille);
  }

  #refresh(): void {
    this.#reception.refresh(this.#speakers.speakers, performance.now());
  }

  #tick(): void {
    const now = performance.now();
    this.#ticks++;
    this.#hear(now);
    if (this.#ticks % EXPIRE === 0) this.#roster.expire(now);
    if (this.#reception.isDue(now)) this.#refresh();
    if (this.#ticks % ADAPT === 0) this.#publisher.adapt(this.#link.stats());
    if (this.#ticks % REPORT === 0 && this.#state === 'connected') {
      const report = this.#reception.report();
      if (report) this.#outbox.send(report);
    }
  }

  #hear(now: number): void {
    const levels = this.#reception.levels();
    const own = this.#publisher.level();
    if (own !== undefined && this.#welcome) levels.set(this.#welcome.identity, own);
    const speakers = this.#speakers.update(levels, now);
    if (!speakers) return;
    this.#page.emit({ kind: 'speakers', identities: speakers });
    this.#refresh();
  }

  #showLocal(): void {
    this.#local.show(this.#welcome, this.#messages.profile, this.#security.hosting() !== undefined);
  }

  #setState(state: ConnectionState, transport: TransportKind | undefined, resumed?: boolean): void {
    this.#state = state;
    const reason = state === 'reconnecting' ? { reason: 'unreachable' as const } : {};
    const farewell = this.#link.farewell();
    this.#page.emit({
      kind: 'connection',
      state,
      transport,
      farewell,
      ...reason,
      ...(resumed !== undefined && { resumed }),
    });
    if (resumed) this.#publisher.requestKeyframes();
  }

  #closed(code: string, message: string): void {
    const failure = wireFailure(code, message);
    this.#stop(failure);
    const error = { code: failure.code, message: failure.message, retryable: failure.retryable };
    if (this.#entering) return this.#entering.fail(failure);
    if (code !== 'left') this.#page.emit({ kind: 'closed', reason: disconnectReason(code), error });
  }

  #stop(why = new Failure('closed', 'The room is not connected.')): void {
    this.#state = 'closed';
    this.#outbox.lost(why);
    clearInterval(this.#timer);
    this.#publisher.leave();
    this.#reception.close();
    this.#security.close();
  }

  #debug(error: unknown): void {
    this.#page.log('debug', error instanceof Error ? error.message : String(error));
  }
}
