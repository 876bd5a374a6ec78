import { encoderConfig } from '../codec-config.js';
import { evenSize } from '../layers.js';
import { Meter } from '../meter.js';
import type { DecoderConfig, EncodedVideo, Rotation, VideoCodec, VideoLayer, VideoLayerStats } from '../types.js';

/** Frames an encoder may hold: two let it work in parallel, more is delay. */
const maxQueue = 2;

export interface LayerEncoderOptions {
  readonly layer: VideoLayer;
  readonly codec: VideoCodec;
  readonly kind: 'camera' | 'screen';
  readonly temporalLayers: boolean;
  /** Group numbers of all layers of a track come from one counter (spec/wire.md §3.3). */
  nextGroup(): number;
  onFrame(frame: EncodedVideo): void;
  onError(error: Error): void;
}

interface Pending {
  readonly timestamp: number;
  readonly startMs: number;
  readonly width: number;
  readonly height: number;
  readonly rotation: Rotation;
  readonly duration: number;
}

/** One VideoEncoder and the numbering of what it makes. Closed for good after an error. */
export class LayerEncoder {
  readonly #encoder: VideoEncoder;
  readonly #pending: Pending[] = [];
  readonly #bytes = new Meter();
  readonly #encodeMs = new Meter();
  #width = 0;
  #height = 0;
  #bitrate = 0;
  #group = -1;
  #object = 0;
  #keyframes = 0;
  #config: DecoderConfig | undefined;
  #keyframeWanted = true;

  constructor(private readonly options: LayerEncoderOptions) {
    this.#encoder = new VideoEncoder({
      output: (chunk, metadata) => this.#output(chunk, metadata),
      error: (error) => options.onError(error),
    });
  }

  get layer(): VideoLayer {
    return this.options.layer;
  }

  requestKeyframe(): void {
    this.#keyframeWanted = true;
  }

  /** False if the encoder is behind. Does not take ownership. Throws if the configuration is refused at once. */
  encode(frame: VideoFrame, o: { bitrate: number; scale: number; rotation: Rotation; duration: number }): boolean {
    if (this.#encoder.encodeQueueSize >= maxQueue) return false;
    this.#configure(frame, o.bitrate, o.scale);
    this.#pending.push({
      timestamp: frame.timestamp,
      startMs: performance.now(),
      width: this.#width,
      height: this.#height,
      rotation: o.rotation,
      duration: o.duration,
    });
    this.#encoder.encode(frame, { keyFrame: this.#keyframeWanted });
    this.#keyframeWanted = false;
    return true;
  }

  stats(nowMs: number): VideoLayerStats {
    return {
      layer: this.layer.id,
      width: this.#width,
      height: this.#height,
      fps: this.#bytes.rate(nowMs),
      bitrate: Math.round(this.#bytes.sumRate(nowMs) * 8),
      targetBitrate: this.#bitrate,
      keyframes: this.#keyframes,
      encodeMs: this.#encodeMs.median(nowMs),
    };
  }

  close(): void {
    if (this.#encoder.state !== 'closed') this.#encoder.close();
  }

  #configure(frame: VideoFrame, bitrate: number, scale: number): void {
    const { layer, codec, kind, temporalLayers } = this.options;
    const fit = Math.min(1, layer.width / frame.displayWidth, layer.height / frame.displayHeight) * scale;
    const turned = Math.min(1, layer.width / frame.displayHeight, layer.height / frame.displayWidth) * scale;
    const factor = Math.max(fit, turned);
    const { width, height } = evenSize(frame.displayWidth * factor, frame.displayHeight * factor);
    const sameSize = width === this.#width && height === this.#height;
    // Firefox makes a keyframe of every change: few are worth it, less of them upwards.
    const sameRate = bitrate < this.#bitrate * 1.25 && bitrate > this.#bitrate * 0.85;
    if (sameSize && sameRate) return;
    if (!sameSize) this.#keyframeWanted = true;
    this.#width = width;
    this.#height = height;
    this.#bitrate = bitrate;
    this.#encoder.configure(
      encoderConfig(codec, {
        width,
        height,
        bitrate,
        framerate: layer.maxFps,
        screen: kind === 'screen',
        temporalLayers,
      }),
    );
  }

  #output(chunk: EncodedVideoChunk, metadata: EncodedVideoChunkMetadata | undefined): void {
    // Encoders may swallow frames, so those before this one will not come any more.
    while (this.#pending.length > 1 && this.#pending[0]!.timestamp < chunk.timestamp) this.#pending.shift();
    const pending = this.#pending.shift();
    if (!pending) return;
    const { codec } = this.options;
    if (metadata?.decoderConfig) this.#config = decoderConfig(codec, metadata.decoderConfig);
    const keyframe = chunk.type === 'key';
    if (keyframe) {
      this.#group = this.options.nextGroup();
      this.#object = 0;
      this.#keyframes++;
    }
    if (this.#group < 0) {
      this.#keyframeWanted = true;
      return;
    }
    const payload = new Uint8Array(chunk.byteLength);
    chunk.copyTo(payload);
    const temporalId = keyframe ? 0 : (metadata?.svc?.temporalLayerId ?? 0);
    const now = performance.now();
    const encodeMs = now - pending.startMs;
    this.#bytes.add(payload.byteLength, now);
    this.#encodeMs.add(encodeMs, now);
    this.options.onFrame({
      layer: this.layer.id,
      keyframe,
      temporalId,
      discardable: temporalId > 0,
      group: this.#group,
      object: this.#object++,
      encodeMs,
      record: {
        codec,
        timestampUs: pending.timestamp,
        durationUs: pending.duration,
        width: pending.width,
        height: pending.height,
        rotation: pending.rotation,
        ...(keyframe && this.#config ? { config: this.#config } : {}),
        payload,
      },
    });
  }
}

const noDescription = new Uint8Array(0);

function decoderConfig(codec: VideoCodec, config: VideoDecoderConfig): DecoderConfig {
  // VP8 and VP9 carry everything in the bitstream; WebKit's description of them is of no use to others.
  if (!config.description || codec === 'vp8' || codec === 'vp9')
    return { codec: config.codec, description: noDescription };
  const source = config.description;
  const bytes = ArrayBuffer.isView(source)
    ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
    : new Uint8Array(source);
  return { codec: config.codec, description: bytes.slice() };
}
