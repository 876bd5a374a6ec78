import { slotOf } from '../e2ee/kid.js';
import { planLayers } from '../media/layers.js';
import type {
  EncodedAudio,
  EncodedVideo,
  FrameHeader,
  FrameRecord,
  LinkLoad,
  VideoCodec,
  VideoLayer,
} from '../media/types.js';
import { AudioSender } from '../media/worker/audio-sender.js';
import { VideoSender } from '../media/worker/video-sender.js';
import type { Source, TrackStats } from '../room/types.js';
import { LayerSchema, PublishTrackSchema, type PublishTrack } from '../wire/gen/confab/v1/control_pb.js';
import { create } from '../wire/protobuf/create.js';
import type { PublishRequest } from './protocol.js';
import { isAudio, sframeSource, toWireSource } from './sources.js';

/** Bits of an alias below the track's number: a track has at most eight layers. */
const LAYER_BITS = 3;

/** The track and layer an alias of this client stands for. */
export function layerOf(alias: number): { number: number; layer: number } {
  return { number: alias >> LAYER_BITS, layer: alias & ((1 << LAYER_BITS) - 1) };
}

const DEFAULT_BITRATE = { camera: 1_500_000, screen: 2_500_000 };

/** Higher leaves first among the video of this participant. */
const PRIORITY = { base: 2, screen: 1, rest: 0 };

/** An encoded frame on its way to being sealed. */
export interface OutgoingFrame {
  readonly alias: number;
  /** SFrame slot: source × 8 + layer. */
  readonly slot: number;
  readonly kind: 'audio' | 'video';
  readonly header: FrameHeader & { readonly last: boolean; readonly level?: number };
  readonly record: FrameRecord;
  readonly priority: number;
}

export interface PublicationHandlers {
  frame(frame: OutgoingFrame): void;
  /** Nothing more comes of this track. */
  failed(error: Error): void;
}

export interface VideoCodecs {
  /** What to encode with, best first. */
  readonly codecs: readonly VideoCodec[];
  /** Those that encode in temporal layers here. */
  readonly temporalLayers: readonly VideoCodec[];
}

/** A local track: its encoders, and what the node has been told of it. It outlives the sessions it is published in. */
export class Publication {
  readonly key: number;
  readonly source: Source;
  #muted = false;
  /** In the present session; 0 while it is not published in one. */
  number = 0;
  readonly #handlers: PublicationHandlers;
  readonly #layers: readonly VideoLayer[];
  readonly #preference: readonly VideoCodec[] | undefined;
  readonly #video: VideoSender | undefined;
  readonly #audio: AudioSender | undefined;
  #level = 127;
  #audible = true;

  /** @param codecs for video. */
  constructor(request: PublishRequest, codecs: VideoCodecs, handlers: PublicationHandlers) {
    const { key, source, muted, options, port } = request;
    this.key = key;
    this.source = source;
    this.#handlers = handlers;
    this.#preference = options.videoCodecs;
    const onFailed = (error: Error): void => handlers.failed(error);
    if (isAudio(source)) {
      this.#layers = [];
      this.#audio = new AudioSender({
        port: port!,
        channels: source === 'screen-audio' ? 2 : 1,
        ...(options.audioBitrate !== undefined && { bitrate: options.audioBitrate }),
        onFrame: (frame) => this.#sendAudio(frame),
        onFailed,
      });
      this.setMuted(muted);
      return;
    }
    const kind = source === 'screen' ? 'screen' : 'camera';
    this.#layers = planLayers({
      kind,
      width: request.width,
      height: request.height,
      fps: request.frameRate,
      maxBitrate: (kind === 'screen' ? options.maxScreenBitrate : options.maxVideoBitrate) ?? DEFAULT_BITRATE[kind],
      simulcast: navigator.hardwareConcurrency >= 4,
    });
    this.#video = new VideoSender({
      kind,
      layers: this.#layers,
      ...codecs,
      onFrame: (frame) => this.#sendVideo(frame),
      onFailed,
    });
    this.setMuted(muted);
  }

  get muted(): boolean {
    return this.#muted;
  }

  /** Muted, a screen is not repeated either. */
  setMuted(muted: boolean): void {
    this.#muted = muted;
    this.#video?.setMuted(muted);
  }

  /** The codecs the page prefers for this track, if it said. */
  get preference(): readonly VideoCodec[] | undefined {
    return this.#preference;
  }

  get isVideo(): boolean {
    return this.#video !== undefined;
  }

  /** Loudness of what is captured, −dBov; silent when muted. */
  get level(): number {
    return this.muted ? 127 : this.#level;
  }

  /** What tells the node of this track under a number of the present session. */
  announce(number: number): PublishTrack {
    this.number = number;
    const layers = this.#audio ? [{ id: 0, width: 0, height: 0, maxFps: 0, maxBitrate: 0 }] : this.#layers;
    return create(PublishTrackSchema, {
      number,
      source: toWireSource(this.source),
      muted: this.muted,
      layers: layers.map(({ id, width, height, maxFps, maxBitrate }) =>
        create(LayerSchema, { id, width, height, maxFps, maxBitrate, alias: BigInt(this.#alias(id)) }),
      ),
    });
  }

  /** The session it was published in is over. */
  withdraw(): void {
    this.number = 0;
    this.#video?.setWanted([]);
    this.#audible = true;
  }

  /** Takes ownership of a captured frame. */
  push(frame: VideoFrame): void {
    if (this.#video) this.#video.push(frame);
    else frame.close();
  }

  setWanted(layers: readonly number[]): void {
    this.#video?.setWanted(layers);
    this.#audible = layers.length > 0;
  }

  requestKeyframe(layer?: number): void {
    this.#video?.requestKeyframe(layer);
  }

  setCodecs(codecs: readonly VideoCodec[]): void {
    this.#video?.setCodecs(codecs);
  }

  /** Subscribers lose sound: send each frame twice. */
  setRedundancy(on: boolean): void {
    this.#audio?.setRedundancy(on);
  }

  adapt(load: LinkLoad): void {
    this.#video?.adapt(load);
  }

  stats(identity: string): TrackStats[] {
    const common = { source: this.source, identity, direction: 'send', lost: 0, bufferMs: 0, decodeMs: 0 } as const;
    if (this.#audio) {
      const { bitrate, fps, encodeMs } = this.#audio.stats();
      return [{ ...common, codec: 'opus', bitrate, framesPerSecond: fps, width: 0, height: 0, keyframes: 0, encodeMs }];
    }
    const { codec = '', layers = [] } = this.#video?.stats() ?? {};
    // Nobody watches.
    if (layers.length === 0) {
      return [{ ...common, codec, bitrate: 0, framesPerSecond: 0, width: 0, height: 0, keyframes: 0, encodeMs: 0 }];
    }
    return layers.map(({ bitrate, fps, width, height, keyframes, encodeMs }) => ({
      ...common,
      codec,
      bitrate,
      framesPerSecond: fps,
      width,
      height,
      keyframes,
      encodeMs,
    }));
  }

  close(): void {
    this.#video?.close();
    this.#audio?.close();
  }

  #sendVideo(frame: EncodedVideo): void {
    if (this.number === 0) return;
    const { layer, record, keyframe, discardable, temporalId, group, object } = frame;
    const base = layer === this.#layers[0]?.id;
    this.#handlers.frame({
      alias: this.#alias(layer),
      slot: this.#slot(layer),
      kind: 'video',
      header: { keyframe, discardable, temporalId, group, object, last: false },
      record,
      priority: this.source === 'screen' ? PRIORITY.screen : base ? PRIORITY.base : PRIORITY.rest,
    });
  }

  #sendAudio(frame: EncodedAudio): void {
    const { record, level, voice, last, keyframe, discardable, temporalId, group, object } = frame;
    this.#level = level;
    if (this.number === 0 || !this.#audible || this.muted) return;
    this.#handlers.frame({
      alias: this.#alias(0),
      slot: this.#slot(0),
      kind: 'audio',
      header: { keyframe, discardable, temporalId, group, object, last, level: (voice ? 0x80 : 0) | level },
      record,
      priority: 0,
    });
  }

  #alias(layer: number): number {
    return (this.number << LAYER_BITS) | layer;
  }

  #slot(layer: number): number {
    return slotOf(sframeSource(this.source), layer);
  }
}
