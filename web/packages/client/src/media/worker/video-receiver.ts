import type { AvSync } from '../av-sync.js';
import { codecString } from '../codec-config.js';
import { JitterEstimator } from '../jitter.js';
import { Meter } from '../meter.js';
import type { DecoderConfig, FrameHeader, FrameRecord, Rotation, VideoCodec, VideoReceiverStats } from '../types.js';
import { VideoOrder, type VideoFrameIn } from '../video-order.js';

const maxJitterMs = 200;
const minJitterMs = 10;
/** However a sender stamps its frames, none is held longer. */
const maxHoldMs = 1_000;
const lateDiscardableMs = 40;
/** Frames that wait for the decoder, and frames it has not given back: some hold a few. */
const maxQueue = 4;
const maxDecoding = 16;
const hungMs = 3_000;
const keyframeIntervalMs = 1_000;
/** Objects come and none can be decoded, for whatever reason. */
const stuckMs = 2_000;
/** Failures of one configuration, without a frame between them, before it counts as unsupported. */
const maxFailures = 3;

export interface VideoReceiverOptions {
  /** Shared with the audio that belongs to this video. */
  readonly sync?: AvSync;
  /** The frame is the callee's, to be transferred to the main thread or closed. Its timestamp is the capture time. */
  onFrame(frame: VideoFrame, rotation: Rotation): void;
  /** Decoding can't go on without a keyframe. Called at most once a second, until one arrives. */
  onKeyframeNeeded(): void;
  /** The codec can't be decoded here. Frames are dropped until another comes. */
  onUnsupported?(codec: string): void;
}

interface Decoding {
  readonly timestampUs: number;
  readonly startMs: number;
  readonly rotation: Rotation;
}

/** Puts the objects of one subscribed video track in order, times and decodes them. */
export class VideoReceiver {
  readonly #order = new VideoOrder();
  /** Less than for sound, which has a gap where a block is late: a late frame is shown late. */
  readonly #jitter = new JitterEstimator({ quantile: 0.9, memory: 150 });
  readonly #frames = new Meter();
  readonly #bytes = new Meter();
  readonly #bufferMs = new Meter();
  readonly #decodeMs = new Meter();
  readonly #decoding: Decoding[] = [];
  #decoder: VideoDecoder | undefined;
  #configured: DecoderConfig | undefined;
  #unsupported = false;
  #codec: VideoCodec | undefined;
  #width = 0;
  #height = 0;
  #keyframes = 0;
  #failures = 0;
  #errors = 0;
  #arrivedMs = -Infinity;
  #takenMs = -Infinity;
  #askedMs = -Infinity;
  #usualDecodeMs = 5;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #closed = false;

  constructor(private readonly options: VideoReceiverOptions) {
    this.#schedule(keyframeIntervalMs);
  }

  /** An opened object. */
  push(header: FrameHeader, record: FrameRecord): void {
    if (this.#closed || record.codec === 'opus') return;
    const now = performance.now();
    this.#arrivedMs = now;
    this.#bytes.add(record.payload.byteLength, now);
    this.#jitter.add(record.timestampUs / 1_000, now);
    this.#order.push(header, record, now);
    this.#pump();
  }

  /** An object that arrived but could not be opened. */
  lost(header: FrameHeader): void {
    this.#arrivedMs = performance.now();
    this.#order.lose(header);
    this.#pump();
  }

  stats(): VideoReceiverStats {
    const now = performance.now();
    return {
      codec: this.#codec,
      width: this.#width,
      height: this.#height,
      fps: this.#frames.rate(now),
      bitrate: Math.round(this.#bytes.sumRate(now) * 8),
      bufferMs: this.#bufferMs.median(now),
      decodeMs: this.#decodeMs.median(now),
      jitterMs: this.#jitter.jitterMs,
      avOffsetMs: this.options.sync?.differenceMs(now),
      received: this.#order.received,
      lost: this.#order.lost,
      keyframes: this.#keyframes,
      errors: this.#errors,
    };
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#closeDecoder();
  }

  /** Decodes what is due, and comes back when the next frame is. */
  #pump(): void {
    if (this.#closed) return;
    for (;;) {
      const now = performance.now();
      const frame = this.#order.peek(now);
      if (!frame) {
        if (this.#order.broken || now - this.#takenMs > stuckMs) this.#askForKeyframe(now);
        this.#schedule(this.#order.length > 0 ? 20 : keyframeIntervalMs);
        return;
      }
      const offset = this.#offset(now);
      const newer = this.#order.newerKeyframe();
      if (newer && newer !== frame && newer.record.timestampUs / 1_000 + offset <= now) {
        this.#order.skipTo(newer);
        continue;
      }
      const due = frame.record.timestampUs / 1_000 + offset;
      const wait = Math.min(due - this.#usualDecodeMs, frame.arrivedMs + maxHoldMs) - now;
      if (wait > 1) {
        this.#schedule(wait);
        return;
      }
      if ((this.#decoder?.decodeQueueSize ?? 0) >= maxQueue || this.#decoding.length >= maxDecoding) {
        const oldest = this.#decoding[0];
        if (oldest && now - oldest.startMs > hungMs) this.#failed();
        // The decoder's next output pumps again.
        else this.#schedule(maxHoldMs);
        return;
      }
      this.#order.take(frame);
      this.#takenMs = now;
      if (frame.header.discardable && now - due > lateDiscardableMs) continue;
      this.#bufferMs.add(now - frame.arrivedMs, now);
      this.#decode(frame, now);
    }
  }

  /** Local minus capture time at which a frame shall be shown. */
  #offset(now: number): number {
    const jitter = Math.min(maxJitterMs, Math.max(minJitterMs, this.#jitter.jitterMs));
    const own = (this.#jitter.baseMs ?? 0) + jitter + this.#usualDecodeMs;
    return this.options.sync?.videoOffset(own, now) ?? own;
  }

  #decode({ header, record }: VideoFrameIn, now: number): void {
    try {
      if (header.keyframe) this.#configure(record);
      const decoder = this.#decoder;
      if (!decoder) return;
      this.#decoding.push({ timestampUs: record.timestampUs, startMs: now, rotation: record.rotation ?? 0 });
      decoder.decode(
        new EncodedVideoChunk({
          type: header.keyframe ? 'key' : 'delta',
          timestamp: record.timestampUs,
          duration: record.durationUs,
          data: record.payload,
        }),
      );
      if (header.keyframe) this.#keyframes++;
    } catch {
      this.#failed();
    }
  }

  #configure(record: FrameRecord): void {
    this.#codec = record.codec as VideoCodec;
    const config = record.config ?? {
      codec: codecString(this.#codec, record.width ?? 1_920, record.height ?? 1_080),
      description: new Uint8Array(0),
    };
    if (!this.#configured || !same(this.#configured, config)) {
      // The record's bytes are views of a whole object.
      this.#configured = { codec: config.codec, description: config.description.slice() };
      this.#unsupported = false;
      this.#failures = 0;
      this.#closeDecoder();
    }
    if (!this.#decoder && !this.#unsupported) this.#open(this.#configured);
  }

  #open(config: DecoderConfig): void {
    const decoder: VideoDecoder = new VideoDecoder({
      output: (frame) => this.#output(frame),
      error: () => {
        if (decoder === this.#decoder) this.#failed();
      },
    });
    this.#decoder = decoder;
    decoder.configure({
      codec: config.codec,
      optimizeForLatency: true,
      ...(config.description.byteLength > 0 ? { description: config.description } : {}),
    });
  }

  #closeDecoder(): void {
    if (this.#decoder && this.#decoder.state !== 'closed') this.#decoder.close();
    this.#decoder = undefined;
    this.#decoding.length = 0;
  }

  #failed(): void {
    this.#errors++;
    this.#closeDecoder();
    this.#order.reset();
    if (++this.#failures === maxFailures) {
      this.#unsupported = true;
      this.options.onUnsupported?.(this.#configured!.codec);
    }
    this.#schedule(1);
  }

  #output(frame: VideoFrame): void {
    if (this.#closed) {
      frame.close();
      return;
    }
    while (this.#decoding.length > 1 && this.#decoding[0]!.timestampUs < frame.timestamp) this.#decoding.shift();
    const decoding = this.#decoding.shift();
    const now = performance.now();
    this.#failures = 0;
    if (decoding) {
      const took = now - decoding.startMs;
      this.#decodeMs.add(took, now);
      this.#usualDecodeMs += (Math.min(took, 50) - this.#usualDecodeMs) / 16;
    }
    this.#frames.add(1, now);
    this.#width = frame.displayWidth;
    this.#height = frame.displayHeight;
    this.options.sync?.videoShown(frame.timestamp / 1_000, now);
    this.options.onFrame(frame, decoding?.rotation ?? 0);
    this.#pump();
  }

  #askForKeyframe(now: number): void {
    // A muted track sends nothing, and will start with a keyframe unasked.
    const flowing = now - this.#arrivedMs < 2 * keyframeIntervalMs;
    if (!flowing || this.#unsupported || now - this.#askedMs < keyframeIntervalMs) return;
    this.#askedMs = now;
    this.options.onKeyframeNeeded();
  }

  #schedule(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#pump(), ms);
  }
}

function same(a: DecoderConfig, b: DecoderConfig): boolean {
  return (
    a.codec === b.codec &&
    a.description.byteLength === b.description.byteLength &&
    a.description.every((byte, i) => byte === b.description[i])
  );
}
