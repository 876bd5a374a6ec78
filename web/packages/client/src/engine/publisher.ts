import { chooseCodecs, type CodecSupport } from '../media/codecs.js';
import type { LinkLoad, VideoCodec } from '../media/types.js';
import type { Permissions, TrackStats } from '../room/types.js';
import type { ClientKind } from '../transport/types.js';
import {
  SetMutedSchema,
  UnpublishTrackSchema,
  type KeyframeRequested,
  type LayersWanted,
} from '../wire/gen/confab/v1/control_pb.js';
import { create } from '../wire/protobuf/create.js';
import { errorState, Failure } from './failure.js';
import { layerOf, Publication, type OutgoingFrame } from './publication.js';
import type { Delta, PublishRequest } from './protocol.js';

/** Share of lost sound, in thousandths, at which it is sent twice, and below which it no longer is. */
const REDUNDANCY_ON = 20;
const REDUNDANCY_OFF = 5;

/** The session that local tracks are published in. */
export interface PublishingSession {
  /** What is granted now. */
  permissions(): Permissions;
  /** `failed` is called when the node answers with an error. */
  send(message: ClientKind, failed?: (error: Failure) => void): void;
}

/** All local tracks. They are here from the page's first `publish`, joined or not, and are announced in every session. */
export class Publisher {
  readonly #publications = new Map<number, Publication>();
  readonly #support: CodecSupport;
  readonly #emit: (delta: Delta) => void;
  readonly #send: (frame: OutgoingFrame) => void;
  #session: PublishingSession | undefined;
  #lastNumber = 0;
  /** What the others in the room can decode. */
  #remotes: readonly (readonly string[])[] = [];
  #redundancy = false;

  constructor(support: CodecSupport, emit: (delta: Delta) => void, send: (frame: OutgoingFrame) => void) {
    this.#support = support;
    this.#emit = emit;
    this.#send = send;
  }

  /** Whether there is anything to publish. */
  get publishes(): boolean {
    return this.#publications.size > 0;
  }

  /** Throws `forbidden` when the room is joined and the source is not granted, `codec-unsupported` when nothing encodes. */
  add(request: PublishRequest): void {
    const { source, options, key } = request;
    if (this.#session) this.#checkGrant(request.source);
    const codecs = this.#codecs(options.videoCodecs);
    if (request.port ? !this.#support.opus : codecs.length === 0) {
      throw new Failure('codec-unsupported', `This browser can't encode ${request.port ? 'sound' : 'video'}.`);
    }
    const publication = new Publication(
      request,
      { codecs, temporalLayers: this.#support.temporalLayers },
      {
        frame: this.#send,
        failed: (error) => this.#fail(publication, new Failure('codec-unsupported', `${source}: ${error.message}`)),
      },
    );
    this.#publications.set(key, publication);
    publication.setRedundancy(this.#redundancy);
    this.#announce(publication);
  }

  remove(key: number): void {
    const publication = this.#publications.get(key);
    if (!publication) return;
    this.#publications.delete(key);
    publication.close();
    const { number } = publication;
    if (number > 0) this.#session?.send({ case: 'unpublishTrack', value: create(UnpublishTrackSchema, { number }) });
  }

  setMuted(key: number, muted: boolean): void {
    const publication = this.#publications.get(key);
    if (!publication) return;
    publication.setMuted(muted);
    const { number } = publication;
    if (number > 0) this.#session?.send({ case: 'setMuted', value: create(SetMutedSchema, { number, muted }) });
  }

  /** Takes ownership of a captured frame. */
  push(key: number, frame: VideoFrame): void {
    const publication = this.#publications.get(key);
    if (publication) publication.push(frame);
    else frame.close();
  }

  /** A fresh session: all tracks are announced in it. */
  join(session: PublishingSession): void {
    this.leave();
    this.#session = session;
    for (const publication of [...this.#publications.values()]) {
      try {
        this.#checkGrant(publication.source);
        this.#announce(publication);
      } catch (error) {
        this.#fail(publication, error);
      }
    }
  }

  /** The session is over or interrupted for good: nothing is sent until the next `join`. */
  leave(): void {
    this.#session = undefined;
    this.#lastNumber = 0;
    for (const publication of this.#publications.values()) publication.withdraw();
  }

  /** The page's name for a track of this session. */
  keyOf(number: number): number | undefined {
    return this.#byNumber(number)?.key;
  }

  layersWanted({ number, layers }: LayersWanted): void {
    this.#byNumber(number)?.setWanted(layers);
  }

  keyframeRequested({ number, layer }: KeyframeRequested): void {
    this.#byNumber(number)?.requestKeyframe(layer);
  }

  /** A group was given up on its way to the node: what follows of it is useless. */
  groupAbandoned(alias: number): void {
    const { number, layer } = layerOf(alias);
    this.#byNumber(number)?.requestKeyframe(layer);
  }

  /** Of everything: a new key is in use, or receivers have missed some. */
  requestKeyframes(): void {
    for (const publication of this.#publications.values()) publication.requestKeyframe();
  }

  /** @param remotes for each of the others, the codecs it can decode. */
  setRemotes(remotes: readonly (readonly string[])[]): void {
    this.#remotes = remotes;
    for (const publication of this.#publications.values()) {
      if (publication.isVideo) publication.setCodecs(this.#codecs(publication.preference));
    }
  }

  setAudioLoss(permille: number): void {
    const on = permille >= REDUNDANCY_ON || (this.#redundancy && permille >= REDUNDANCY_OFF);
    if (on === this.#redundancy) return;
    this.#redundancy = on;
    for (const publication of this.#publications.values()) publication.setRedundancy(on);
  }

  adapt(load: LinkLoad): void {
    for (const publication of this.#publications.values()) publication.adapt(load);
  }

  /** Loudness of the microphone, −dBov; undefined without one. */
  level(): number | undefined {
    for (const publication of this.#publications.values())
      if (publication.source === 'microphone') return publication.level;
    return undefined;
  }

  stats(identity: string): TrackStats[] {
    return [...this.#publications.values()].flatMap((publication) => publication.stats(identity));
  }

  close(): void {
    for (const publication of this.#publications.values()) publication.close();
    this.#publications.clear();
  }

  #announce(publication: Publication): void {
    if (!this.#session) return;
    const value = publication.announce(++this.#lastNumber);
    this.#session.send({ case: 'publishTrack', value }, (failure) => this.#fail(publication, failure));
  }

  #fail(publication: Publication, error: unknown): void {
    if (this.#publications.get(publication.key) !== publication) return;
    this.remove(publication.key);
    this.#emit({ kind: 'publishFailed', key: publication.key, error: errorState(error) });
  }

  #checkGrant(source: PublishRequest['source']): void {
    if (this.#session?.permissions().publish.includes(source)) return;
    throw new Failure('forbidden', `You are not allowed to share your ${source} in this meeting.`);
  }

  #byNumber(number: number): Publication | undefined {
    for (const publication of this.#publications.values()) if (publication.number === number) return publication;
    return undefined;
  }

  #codecs(preference: readonly VideoCodec[] | undefined): VideoCodec[] {
    return chooseCodecs(this.#support.encode, this.#remotes, preference);
  }
}
