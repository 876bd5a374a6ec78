import { ClockMap } from '../clock-map.js';
import { FramePacer } from '../frame-pacer.js';
import { LoadController } from '../load-control.js';
import { RateController } from '../rate-control.js';
import type { EncodedVideo, LinkLoad, Rotation, VideoCodec, VideoLayer, VideoSenderStats } from '../types.js';
import { LayerEncoder } from './layer-encoder.js';

const minLayerBitrate = 60_000;
const repeatMs = 1_000;
/** Below this many bits per pixel a smaller picture looks better. */
const minBitsPerPixel = 0.02;
/** Encoder failures of one codec, without a frame between them, before the next codec is tried. */
const maxFailures = 2;

export interface VideoSenderOptions {
  readonly kind: 'camera' | 'screen';
  /** From smallest to largest. See `planLayers`. */
  readonly layers: readonly VideoLayer[];
  /** Best first; only codecs that encode here. */
  readonly codecs: readonly VideoCodec[];
  /** Codecs to encode in two temporal layers: `CodecSupport.temporalLayers`. */
  readonly temporalLayers: readonly VideoCodec[];
  /** An object is ready to be sealed and sent. */
  onFrame(frame: EncodedVideo): void;
  /** The codec in use changed, at first or because an encoder failed. */
  onCodec?(codec: VideoCodec): void;
  /** No codec is left; the sender has stopped. */
  onFailed(error: Error): void;
}

/** Encodes one video track in the engine worker. */
export class VideoSender {
  readonly #encoders = new Map<number, LayerEncoder>();
  readonly #pacers: ReadonlyMap<number, FramePacer>;
  readonly #clock = new ClockMap();
  readonly #load = new LoadController();
  readonly #rate: RateController;
  readonly #timer: ReturnType<typeof setInterval>;
  #codecs: readonly VideoCodec[];
  /** Their encoders failed here. */
  readonly #broken = new Set<VideoCodec>();
  #wanted: readonly VideoLayer[] = [];
  #group = 0;
  #failures = 0;
  #dropped = 0;
  #offered = 0;
  #refused = 0;
  #lastTimestamp = 0;
  #lastPushMs = 0;
  /** A still screen delivers no frames: the last one is kept for keyframes and repetition. */
  #still: VideoFrame | undefined;
  #muted = false;
  #closed = false;

  constructor(private readonly options: VideoSenderOptions) {
    this.#codecs = options.codecs;
    this.#pacers = new Map(options.layers.map((layer) => [layer.id, new FramePacer(layer.maxFps)]));
    this.#rate = new RateController(this.#limits(options.layers));
    this.#timer = setInterval(() => this.#everySecond(), repeatMs);
    if (this.#codecs[0]) options.onCodec?.(this.#codecs[0]);
  }

  /** Takes ownership of the frame. */
  push(frame: VideoFrame): void {
    if (this.#closed || this.#muted) {
      frame.close();
      return;
    }
    const nowMs = performance.now();
    const captured = Math.round(this.#clock.map(frame.timestamp, nowMs * 1_000));
    const stamped = new VideoFrame(frame, { timestamp: Math.max(captured, this.#lastTimestamp + 1) });
    const rotation = rotationOf(frame);
    frame.close();
    this.#lastPushMs = nowMs;
    this.#encode(stamped, rotation);
    if (this.options.kind === 'screen') {
      this.#still?.close();
      this.#still = stamped;
    } else {
      stamped.close();
    }
  }

  /** Layers somebody watches (LayersWanted); initially none. A layer that is taken up starts with a keyframe. */
  setWanted(layers: readonly number[]): void {
    this.#wanted = this.options.layers.filter((layer) => layers.includes(layer.id));
    for (const [id, encoder] of this.#encoders) {
      if (layers.includes(id)) continue;
      encoder.close();
      this.#encoders.delete(id);
    }
    this.#rate.setLimits(this.#limits(this.#wanted.length > 0 ? this.#wanted : this.options.layers));
    this.#repeat();
  }

  /** Replaces the list of codecs; encoding goes on from the next frame with the first that has not failed before. */
  setCodecs(codecs: readonly VideoCodec[]): void {
    const before = this.#codecs[0];
    const sound = codecs.filter((codec) => !this.#broken.has(codec));
    // If all have failed, they may as well be tried again.
    this.#codecs = sound.length > 0 ? sound : codecs;
    this.#failures = 0;
    const [codec] = this.#codecs;
    if (codec === before) return;
    this.#closeEncoders();
    if (codec) this.options.onCodec?.(codec);
    this.#repeat();
  }

  /** Of one layer, or of all. */
  requestKeyframe(layer?: number): void {
    for (const [id, encoder] of this.#encoders) {
      if (layer === undefined || layer === id) encoder.requestKeyframe();
    }
    this.#repeat();
  }

  /** While muted, frames are dropped and no last picture is kept. Unmuted, sending starts with a keyframe. */
  setMuted(muted: boolean): void {
    if (muted === this.#muted) return;
    this.#muted = muted;
    this.#still?.close();
    this.#still = undefined;
    if (!muted) this.requestKeyframe();
  }

  /** Call two to five times a second. */
  adapt(link: LinkLoad): void {
    this.#rate.update(link, performance.now());
  }

  stats(): VideoSenderStats {
    const now = performance.now();
    return {
      codec: this.#codecs[0],
      layers: [...this.#encoders.values()].map((encoder) => encoder.stats(now)),
      dropped: this.#dropped,
    };
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#timer);
    this.#closeEncoders();
    this.#still?.close();
    this.#still = undefined;
  }

  #encode(frame: VideoFrame, rotation: Rotation): void {
    this.#lastTimestamp = frame.timestamp;
    if (this.#rate.stuck) {
      this.#dropped++;
      return;
    }
    const bitrates = this.#share();
    for (const layer of this.#wanted) {
      const pacer = this.#pacers.get(layer.id)!;
      if (!pacer.wants(frame.timestamp)) continue;
      const duration = Math.round(1_000_000 / layer.maxFps);
      const bitrate = bitrates.get(layer.id)!;
      this.#offered++;
      try {
        const encoder = this.#encoder(layer);
        if (!encoder) return;
        const scale = Math.min(this.#load.scale, scaleFor(layer, bitrate));
        if (encoder.encode(frame, { bitrate, scale, rotation, duration })) {
          pacer.pass(frame.timestamp);
        } else {
          this.#refused++;
          this.#dropped++;
        }
      } catch (error) {
        this.#failed(layer.id, error as Error);
      }
    }
  }

  #encoder(layer: VideoLayer): LayerEncoder | undefined {
    const existing = this.#encoders.get(layer.id);
    if (existing) return existing;
    const codec = this.#codecs[0];
    if (!codec) return undefined;
    const encoder: LayerEncoder = new LayerEncoder({
      layer,
      codec,
      kind: this.options.kind,
      temporalLayers: this.options.kind === 'camera' && this.options.temporalLayers.includes(codec),
      nextGroup: () => this.#group++,
      onFrame: (frame) => {
        this.#failures = 0;
        this.options.onFrame(frame);
      },
      onError: (error) => {
        if (this.#encoders.get(layer.id) === encoder) this.#failed(layer.id, error);
      },
    });
    this.#encoders.set(layer.id, encoder);
    return encoder;
  }

  #failed(layer: number, error: Error): void {
    this.#encoders.get(layer)?.close();
    this.#encoders.delete(layer);
    if (++this.#failures < maxFailures) return;
    this.#failures = 0;
    this.#closeEncoders();
    const [broken, ...others] = this.#codecs;
    if (broken) this.#broken.add(broken);
    this.#codecs = others;
    const [next] = others;
    if (next) {
      this.options.onCodec?.(next);
      return;
    }
    this.close();
    this.options.onFailed(error);
  }

  #closeEncoders(): void {
    for (const encoder of this.#encoders.values()) encoder.close();
    this.#encoders.clear();
  }

  /** Small layers first: they are what is left when the uplink is slow. */
  #share(): Map<number, number> {
    const shares = new Map<number, number>();
    let left = this.#rate.target;
    this.#wanted.forEach((layer, index) => {
      const last = index === this.#wanted.length - 1;
      const share = Math.min(layer.maxBitrate, Math.max(minLayerBitrate, last ? left : left / 2));
      shares.set(layer.id, Math.round(share));
      left -= share;
    });
    return shares;
  }

  #limits(layers: readonly VideoLayer[]): { min: number; max: number } {
    return {
      min: minLayerBitrate * layers.length,
      max: layers.reduce((sum, layer) => sum + layer.maxBitrate, 0),
    };
  }

  #everySecond(): void {
    this.#load.update(this.#offered, this.#refused);
    this.#offered = 0;
    this.#refused = 0;
    if (performance.now() - this.#lastPushMs >= repeatMs) this.#repeat();
  }

  #repeat(): void {
    if (!this.#still || this.#closed) return;
    const age = Math.round(performance.now() * 1_000);
    const frame = new VideoFrame(this.#still, { timestamp: Math.max(age, this.#lastTimestamp + 1) });
    this.#encode(frame, rotationOf(this.#still));
    frame.close();
  }
}

function scaleFor(layer: VideoLayer, bitrate: number): number {
  const bitsPerPixel = bitrate / (layer.width * layer.height * layer.maxFps);
  if (bitsPerPixel >= minBitsPerPixel) return 1;
  return bitsPerPixel >= minBitsPerPixel / 2.5 ? 0.75 : 0.5;
}

function rotationOf(frame: VideoFrame): Rotation {
  return (frame as VideoFrame & { readonly rotation?: Rotation }).rotation ?? 0;
}
