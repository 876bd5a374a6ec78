import { ClockMap } from '../clock-map.js';
import { levelOf, VoiceDetector } from '../level.js';
import { Meter } from '../meter.js';
import { SteadyClock } from '../steady-clock.js';
import type { AudioSenderStats, CaptureBlock, EncodedAudio } from '../types.js';

const sampleRate = 48_000;
const frameUs = 20_000;
const framesPerGroup = 50;
/** Frames whose capture data is kept until the encoder answers. */
const pendingFrames = 64;
/** Opus says with so few bytes that nothing changed (RFC 6716 §2.1.9). */
const emptyBytes = 3;
/** After so many frames of silence, one in so many is sent: the other side shall know that the path is alive. */
const silentInterval = 50;
const silentLevel = 75;
const maxFailures = 3;

export interface AudioSenderOptions {
  /** Of `AudioCapture.port`; the sender closes it. */
  readonly port: MessagePort;
  readonly channels: 1 | 2;
  /** bit/s. Default 32_000 mono, 64_000 stereo. */
  readonly bitrate?: number;
  onFrame(frame: EncodedAudio): void;
  onFailed(error: Error): void;
}

interface Captured {
  readonly timestampUs: number;
  readonly startMs: number;
  readonly level: number;
  readonly voice: boolean;
}

/** Encodes one audio track to Opus in the engine worker. Muting is done at the capture, which then sends nothing. */
export class AudioSender {
  /** Short: an audio context that stalls under load loses time for good. */
  readonly #clock = new ClockMap(400_000);
  readonly #steady = new SteadyClock();
  readonly #voice = new VoiceDetector();
  readonly #bytes = new Meter();
  readonly #encodeMs = new Meter();
  readonly #captured = new Array<Captured | undefined>(pendingFrames).fill(undefined);
  #encoder: AudioEncoder | undefined;
  #failures = 0;
  #next = 0;
  #group = 0;
  #object = 0;
  #silent = 0;
  #redundancy = false;
  #previous: { timestampUs: number; payload: Uint8Array } | undefined;

  constructor(private readonly options: AudioSenderOptions) {
    options.port.onmessage = ({ data }: MessageEvent<CaptureBlock>) => this.#push(data);
  }

  /** Repeats each frame in the next record; for subscribers that lose objects. */
  setRedundancy(on: boolean): void {
    this.#redundancy = on;
  }

  stats(): AudioSenderStats {
    const now = performance.now();
    return {
      bitrate: Math.round(this.#bytes.sumRate(now) * 8),
      fps: this.#bytes.rate(now),
      encodeMs: this.#encodeMs.median(now),
    };
  }

  close(): void {
    this.options.port.onmessage = null;
    this.options.port.close();
    if (this.#encoder && this.#encoder.state !== 'closed') this.#encoder.close();
    this.#encoder = undefined;
  }

  #push(block: CaptureBlock): void {
    const nowMs = performance.now();
    const encoder = (this.#encoder ??= this.#open());
    if (!encoder || encoder.encodeQueueSize > pendingFrames / 2) return;
    const index = this.#next++;
    const level = levelOf(block.channels[0]!);
    this.#captured[index % pendingFrames] = {
      timestampUs: Math.round(this.#steady.stamp(this.#captureUs(block, nowMs * 1e3), frameUs)),
      startMs: nowMs,
      level,
      voice: this.#voice.add(level),
    };
    const frames = block.channels[0]!.length;
    // An even time line of its own: encoders shift and round timestamps, the index is what comes back.
    const data = new AudioData({
      format: 'f32-planar',
      sampleRate,
      numberOfFrames: frames,
      numberOfChannels: this.options.channels,
      timestamp: index * frameUs,
      data: planar(block.channels, this.options.channels),
    });
    try {
      encoder.encode(data);
    } catch (error) {
      this.#failed(encoder, error as Error);
    } finally {
      data.close();
    }
  }

  /** When the block's first sample was captured. It left when its last one was, and that is the time the fastest blocks tell. */
  #captureUs({ time }: CaptureBlock, nowUs: number): number {
    return this.#clock.map(time * 1e6 + frameUs, nowUs) - frameUs;
  }

  #open(): AudioEncoder | undefined {
    const encoder: AudioEncoder = new AudioEncoder({
      output: (chunk) => this.#output(chunk),
      error: (error) => this.#failed(encoder, error),
    });
    const { channels, bitrate = 32_000 * channels } = this.options;
    const base = { codec: 'opus', sampleRate, numberOfChannels: channels, bitrate };
    try {
      try {
        // Firefox refuses what it does not know.
        encoder.configure({ ...base, opus: opusOptions(channels) });
      } catch {
        encoder.configure(base);
      }
      return encoder;
    } catch (error) {
      this.#failed(encoder, error as Error);
      return undefined;
    }
  }

  #failed(encoder: AudioEncoder, error: Error): void {
    if (this.#encoder !== undefined && encoder !== this.#encoder) return;
    if (encoder.state !== 'closed') encoder.close();
    this.#encoder = undefined;
    if (++this.#failures < maxFailures) return;
    this.close();
    this.options.onFailed(error);
  }

  #output(chunk: EncodedAudioChunk): void {
    const index = Math.round(chunk.timestamp / frameUs);
    const captured = this.#captured[index % pendingFrames];
    if (!captured || index >= this.#next) return;
    this.#captured[index % pendingFrames] = undefined;
    this.#failures = 0;
    const nowMs = performance.now();
    this.#encodeMs.add(nowMs - captured.startMs, nowMs);

    const quiet = chunk.byteLength <= emptyBytes || captured.level >= silentLevel;
    this.#silent = quiet ? this.#silent + 1 : 0;
    if (this.#silent > silentInterval && this.#silent % silentInterval !== 0) return;

    const payload = new Uint8Array(chunk.byteLength);
    chunk.copyTo(payload);
    const previous = this.#previous;
    const deltaUs = previous ? captured.timestampUs - previous.timestampUs : 0;
    const redundancy =
      this.#redundancy && previous && deltaUs > 0 && deltaUs < 2 * frameUs
        ? { redundancy: { deltaUs, payload: previous.payload } }
        : {};
    this.#previous = { timestampUs: captured.timestampUs, payload };
    this.#bytes.add(payload.byteLength, nowMs);
    const object = this.#object;
    const last = object === framesPerGroup - 1;
    const group = this.#group;
    this.#object = last ? 0 : object + 1;
    if (last) this.#group++;
    this.options.onFrame({
      keyframe: object === 0,
      discardable: false,
      temporalId: 0,
      group,
      object,
      last,
      level: captured.level,
      voice: captured.voice,
      record: { codec: 'opus', timestampUs: captured.timestampUs, durationUs: frameUs, ...redundancy, payload },
    });
  }
}

/**
 * `application` is newer than the DOM types. Without `usedtx`: after frames that Chromium's encoder left out for it, all later timestamps
 * are too early. Silence is recognised here instead.
 */
function opusOptions(channels: 1 | 2): OpusEncoderConfig {
  const application = channels === 1 ? 'voip' : 'audio';
  return { format: 'opus', frameDuration: frameUs, application } as OpusEncoderConfig;
}

function planar(channels: readonly Float32Array<ArrayBuffer>[], count: number): Float32Array<ArrayBuffer> {
  if (count === 1) return channels[0]!;
  const frames = channels[0]!.length;
  const data = new Float32Array(frames * count);
  for (let channel = 0; channel < count; channel++) data.set(channels[channel] ?? channels[0]!, channel * frames);
  return data;
}
