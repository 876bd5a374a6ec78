import type { FrameSource } from '../e2ee/kid.js';
import { parseRecord } from '../e2ee/record.js';
import { AvSync } from '../media/av-sync.js';
import type { Rotation } from '../media/types.js';
import type { TrackStats } from '../room/types.js';
import type { ClientKind } from '../transport/types.js';
import {
  ReceiverReportSchema,
  RequestKeyframeSchema,
  SubscribeSchema,
  UnsubscribeSchema,
  type Subscribed,
  type TrackRef,
} from '../wire/gen/confab/v1/control_pb.js';
import { create } from '../wire/protobuf/create.js';
import { parseObjectHeader } from '../wire/object.js';
import { EarlyObjects } from './early-objects.js';
import { errorState, Failure } from './failure.js';
import type { Delta } from './protocol.js';
import { ReceivedTrack } from './received-track.js';
import { isHeard, type Roster } from './roster.js';
import { Subscriptions, type Candidate, type SubscriptionOptions } from './subscriptions.js';

const ALL_KNOWN = 2048;

export interface ReceptionPort {
  emit(delta: Delta): void;
  /** Transfers the frame. */
  show(track: string, frame: VideoFrame, rotation: Rotation): void;
  playout(track: string, channels: 1 | 2): Promise<MessagePort | undefined>;
  /** `failed` is called when the node answers with an error. */
  send(message: ClientKind, failed?: (error: Failure) => void): void;
  /** Opens what a session sent. */
  open(session: string, source: FrameSource, metadata: Uint8Array, payload: Uint8Array): Promise<Uint8Array>;
  log(message: string): void;
}

/** Receives remote tracks: decides which, tells the node, and leads their objects to the decoders. */
export class Reception {
  readonly #port: ReceptionPort;
  readonly #roster: Roster;
  readonly #subscriptions: Subscriptions;
  readonly #tracks = new Map<string, ReceivedTrack>();
  readonly #byAlias = new Map<number, ReceivedTrack>();
  readonly #early = new EarlyObjects();
  readonly #syncs = new Map<string, AvSync>();
  readonly #waiting = new Map<string, { resolve(): void; reject(error: Error): void }[]>();
  #limit = ALL_KNOWN;
  #allowed = false;
  #again = Infinity;
  #undecryptable = 0;

  constructor(port: ReceptionPort, roster: Roster, options: SubscriptionOptions) {
    this.#port = port;
    this.#roster = roster;
    this.#subscriptions = new Subscriptions(options);
  }

  /** A fresh session: what was received is asked for again. */
  join(o: { allowed: boolean; limit: number }): void {
    this.#allowed = o.allowed;
    this.#limit = o.limit || ALL_KNOWN;
    this.#subscriptions.reset();
    for (const track of this.#tracks.values()) track.close();
    this.#tracks.clear();
    this.#byAlias.clear();
    this.#early.clear();
    this.#syncs.clear();
  }

  /** Whether anything may be received; the caller refreshes. */
  allow(allowed: boolean): void {
    this.#allowed = allowed;
  }

  /** Receives what should be received now. Call when the roster, the speakers or the wishes have changed. */
  refresh(speakers: readonly string[], now: number): void {
    const { subscribe, unsubscribe, paused, again } = this.#subscriptions.plan(
      this.#candidates(speakers),
      this.#limit,
      now,
    );
    this.#again = again;
    for (const id of unsubscribe) this.#unsubscribe(id, paused.has(id));
    for (const { id, maxHeight, priority } of subscribe) this.#subscribe(id, maxHeight, priority);
    for (const id of paused) {
      if (this.#roster.status(id) !== 'subscribed') this.#roster.setStatus(id, 'subscribed');
      this.#settle(id);
    }
  }

  /** Whether it is time for a `refresh` though nothing happened. */
  isDue(now: number): boolean {
    return now >= this.#again;
  }

  /** Resolves when the track is subscribed; the caller refreshes. Rejects with `track-unknown`, `forbidden`, `limit`. */
  choose(id: string, demand: { maxHeight?: number; priority?: number }): Promise<void> {
    const found = this.#roster.findTrack(id);
    if (!found) throw new Failure('track-unknown', 'This track is not published any more.');
    if (!this.#allowed) throw new Failure('forbidden', 'You are not allowed to receive in this meeting.');
    if (!isHeard(found.member.encryption)) {
      throw new Failure('decrypt-failed', 'This participant does not have the meeting’s secret.');
    }
    this.#subscriptions.choose(id, demand);
    if (this.#tracks.get(id)?.alias !== undefined) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, [...(this.#waiting.get(id) ?? []), { resolve, reject }]);
    });
  }

  /** The caller refreshes. */
  decline(id: string): void {
    this.#subscriptions.choose(id, undefined);
  }

  /** The caller refreshes. */
  setWantedHeight(id: string, height: number, now: number): void {
    this.#subscriptions.setWantedHeight(id, height, now);
  }

  /** A track is not published any more. */
  ended(id: string): void {
    this.#close(id);
    this.#subscriptions.forget(id);
    this.#settle(id, new Failure('track-unknown', 'This track is not published any more.'));
  }

  subscribed(message: Subscribed, now: number): void {
    const { track: ref } = message;
    const track = [...this.#tracks.values()].find((t) => t.ref.session === ref?.session && t.ref.number === ref.number);
    if (!track) return;
    if (track.alias !== undefined) this.#byAlias.delete(track.alias);
    track.alias = Number(message.alias);
    this.#byAlias.set(track.alias, track);
    this.#roster.setStatus(track.id, 'subscribed');
    this.#settle(track.id);
    for (const { header, payload } of this.#early.take(track.alias, now)) void this.#receive(track, header, payload);
  }

  object(alias: number, header: Uint8Array, payload: Uint8Array, now: number): void {
    const track = this.#byAlias.get(alias);
    if (track) void this.#receive(track, header, payload);
    else this.#early.keep(alias, header, payload, now);
  }

  /** Asks for a keyframe of what a session sends of an SFrame source. */
  requestKeyframe(session: string, source: number): void {
    for (const { ref, sframeSource } of this.#tracks.values()) {
      if (ref.session === session && sframeSource === source) this.#requestKeyframe(ref);
    }
  }

  /** What tells the node how reception goes; undefined when nothing is received. */
  report(): ClientKind | undefined {
    const tracks = [...this.#tracks.values()]
      .filter((track) => track.alias !== undefined)
      .map((track) => track.report());
    if (tracks.length === 0) return undefined;
    return { case: 'receiverReport', value: create(ReceiverReportSchema, { tracks }) };
  }

  /** Loudness of every microphone that is heard, −dBov, by identity. */
  levels(): Map<string, number> {
    const levels = new Map<string, number>();
    for (const track of this.#tracks.values()) {
      if (track.source === 'microphone' && track.level !== undefined) levels.set(track.identity, track.level);
    }
    return levels;
  }

  stats(): TrackStats[] {
    return [...this.#tracks.values()].map((track) => track.stats());
  }

  /** Objects that came and could not be opened, since the start. */
  get undecryptable(): number {
    return this.#undecryptable;
  }

  close(): void {
    this.join({ allowed: false, limit: 0 });
    for (const id of [...this.#waiting.keys()]) this.#settle(id, new Failure('closed', 'The room is closed.'));
  }

  *#candidates(speakers: readonly string[]): Iterable<Candidate> {
    if (!this.#allowed) return;
    for (const { identity, encryption, tracks } of this.#roster.members.values()) {
      if (!isHeard(encryption) || encryption.state === 'pending') continue;
      for (const { id, source, layers } of tracks.values()) {
        const heights = layers.map(({ height }) => height).sort((a, b) => a - b);
        yield { id, source, heights, speaking: speakers.includes(identity) };
      }
    }
  }

  #subscribe(id: string, maxHeight: number, priority: number): void {
    const found = this.#roster.findTrack(id);
    if (!found) return;
    const { member, track } = found;
    let receiver = this.#tracks.get(id);
    if (!receiver) {
      receiver = this.#receiver(track, member.identity);
      this.#tracks.set(id, receiver);
      this.#roster.setStatus(id, 'subscribing');
    }
    const value = create(SubscribeSchema, { track: track.ref, maxHeight: Math.round(maxHeight), priority });
    this.#port.send({ case: 'subscribe', value }, (failure) => {
      // It may be back in another session meanwhile, and be asked for there.
      if (this.#tracks.get(id) === receiver) this.#failed(id, failure);
    });
  }

  #receiver(track: ConstructorParameters<typeof ReceivedTrack>[0], identity: string): ReceivedTrack {
    const { id, ref } = track;
    return new ReceivedTrack(track, identity, this.#sync(track, identity), {
      frame: (frame, rotation) => this.#port.show(id, frame, rotation),
      keyframeNeeded: () => this.#requestKeyframe(ref),
      failed: (error) => {
        const failure = new Failure(
          'codec-unsupported',
          `This browser can't play the ${track.source}: ${error.message}`,
        );
        this.#port.emit({ kind: 'trackFailed', id, error: errorState(failure) });
      },
      playout: (channels) => this.#port.playout(id, channels),
    });
  }

  /** Camera and microphone are kept together, and so are a screen and its sound. */
  #sync({ source }: { source: ReceivedTrack['source'] }, identity: string): AvSync {
    const key = `${identity}/${source === 'camera' || source === 'microphone' ? 'self' : 'screen'}`;
    let sync = this.#syncs.get(key);
    if (!sync) this.#syncs.set(key, (sync = new AvSync()));
    return sync;
  }

  #requestKeyframe(track: TrackRef): void {
    this.#port.send({ case: 'requestKeyframe', value: create(RequestKeyframeSchema, { track }) });
  }

  #unsubscribe(id: string, paused: boolean): void {
    const track = this.#tracks.get(id);
    if (!track) return;
    this.#close(id);
    // One whose participant is only missing stays as it was.
    if (!this.#roster.findTrack(id)) return;
    if (!paused) this.#roster.setStatus(id, 'available');
    this.#port.send({ case: 'unsubscribe', value: create(UnsubscribeSchema, { track: track.ref }) });
  }

  #failed(id: string, failure: Failure): void {
    this.#close(id);
    this.#subscriptions.drop(id);
    // What is gone is told by the roster.
    if (failure.code === 'track-unknown') return this.#settle(id, failure);
    this.#roster.setStatus(id, 'failed');
    this.#port.emit({ kind: 'trackFailed', id, error: errorState(failure) });
    this.#settle(id, failure);
  }

  #close(id: string): void {
    const track = this.#tracks.get(id);
    if (!track) return;
    this.#tracks.delete(id);
    if (track.alias !== undefined) this.#byAlias.delete(track.alias);
    track.close();
  }

  #settle(id: string, failure?: Failure): void {
    const waiting = this.#waiting.get(id) ?? [];
    this.#waiting.delete(id);
    for (const { resolve, reject } of waiting) {
      if (failure) reject(failure);
      else resolve();
    }
  }

  async #receive(track: ReceivedTrack, metadata: Uint8Array, payload: Uint8Array): Promise<void> {
    const header = parseObjectHeader(metadata);
    try {
      const plaintext = await this.#port.open(track.ref.session, track.sframeSource, metadata, payload);
      track.push(header, parseRecord(plaintext));
    } catch (error) {
      this.#undecryptable++;
      track.lost(header);
      this.#port.log(`${track.id}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}
