import { AudioOrder, type AudioFrame } from '../audio-order.js';
import type { AvSync } from '../av-sync.js';
import { ClockMap } from '../clock-map.js';
import { Meter } from '../meter.js';
import type { AudioReceiverStats, FrameHeader, FrameRecord, PlayoutMessage, PlayoutReport } from '../types.js';

const sampleRate = 48_000;
/** Frames in the decoder: more means that it hangs. */
const maxQueue = 50;
const maxFailures = 5;

export interface AudioReceiverOptions {
  /** From `AudioPlayout.add`; the receiver closes it. */
  readonly port: MessagePort;
  readonly channels: 1 | 2;
  /** Shared with the video that belongs to this audio. */
  readonly sync?: AvSync;
  /** Opus can't be decoded here; the receiver has stopped. */
  onFailed(error: Error): void;
}

/** Puts the objects of one subscribed audio track in order, decodes them and hands the sound to the playout worklet. */
export class AudioReceiver {
  readonly #order = new AudioOrder();
  /** Of the audio context. Short: one that stalls under load loses time for good. */
  readonly #clock = new ClockMap(400_000);
  readonly #bytes = new Meter();
  readonly #decodeMs = new Meter();
  readonly #pending: (AudioFrame & { readonly startMs: number })[] = [];
  #decoder: AudioDecoder | undefined;
  #failures = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #report: PlayoutReport | undefined;
  #minimumMs = 0;
  #closed = false;

  constructor(private readonly options: AudioReceiverOptions) {
    options.port.onmessage = ({ data }: MessageEvent<PlayoutReport>) => this.#reported(data);
  }

  /** An opened object. */
  push(header: FrameHeader, record: FrameRecord): void {
    if (this.#closed || record.codec !== 'opus') return;
    const now = performance.now();
    this.#bytes.add(record.payload.byteLength + (record.redundancy?.payload.byteLength ?? 0), now);
    this.#decode(this.#order.push(header, record, now));
    this.#schedule(now);
  }

  stats(): AudioReceiverStats {
    const now = performance.now();
    const report = this.#report;
    return {
      bitrate: Math.round(this.#bytes.sumRate(now) * 8),
      fps: this.#bytes.rate(now),
      bufferMs: report?.bufferMs ?? 0,
      targetMs: report?.targetMs ?? 0,
      jitterMs: report?.jitterMs ?? 0,
      decodeMs: this.#decodeMs.median(now),
      received: this.#order.received,
      lost: this.#order.lost,
      recovered: this.#order.recovered,
      concealedMs: report?.concealedMs ?? 0,
      level: report?.level ?? 127,
    };
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.options.port.onmessage = null;
    this.options.port.close();
    if (this.#decoder && this.#decoder.state !== 'closed') this.#decoder.close();
    this.#decoder = undefined;
  }

  #schedule(now: number): void {
    clearTimeout(this.#timer);
    const next = this.#order.nextMs;
    if (next === undefined) return;
    this.#timer = setTimeout(
      () => {
        const time = performance.now();
        this.#decode(this.#order.poll(time));
        this.#schedule(time);
      },
      Math.max(1, next - now),
    );
  }

  #decode(frames: readonly AudioFrame[]): void {
    for (const frame of frames) {
      const decoder = (this.#decoder ??= this.#open());
      if (!decoder || this.#pending.length >= maxQueue) return;
      this.#pending.push({ ...frame, startMs: performance.now() });
      try {
        decoder.decode(new EncodedAudioChunk({ type: 'key', timestamp: frame.timestampUs, data: frame.payload }));
      } catch (error) {
        this.#failed(decoder, error as Error);
      }
    }
  }

  #open(): AudioDecoder | undefined {
    this.#pending.length = 0;
    const decoder: AudioDecoder = new AudioDecoder({
      output: (data) => this.#output(data),
      error: (error) => this.#failed(decoder, error),
    });
    try {
      decoder.configure({ codec: 'opus', sampleRate, numberOfChannels: this.options.channels });
      return decoder;
    } catch (error) {
      this.#failed(decoder, error as Error);
      return undefined;
    }
  }

  #failed(decoder: AudioDecoder, error: Error): void {
    if (this.#decoder !== undefined && decoder !== this.#decoder) return;
    if (decoder.state !== 'closed') decoder.close();
    this.#decoder = undefined;
    if (++this.#failures < maxFailures) return;
    this.close();
    this.options.onFailed(error);
  }

  #output(data: AudioData): void {
    try {
      // Decoders may swallow a frame, and round timestamps.
      while (this.#pending.length > 1 && this.#pending[0]!.timestampUs < data.timestamp - 10_000) this.#pending.shift();
      const frame = this.#pending.shift();
      if (this.#closed || !frame) return;
      this.#failures = 0;
      const now = performance.now();
      this.#decodeMs.add(now - frame.startMs, now);
      const channels: Float32Array<ArrayBuffer>[] = [];
      for (let channel = 0; channel < Math.min(data.numberOfChannels, this.options.channels); channel++) {
        const samples = new Float32Array(data.numberOfFrames);
        data.copyTo(samples, { planeIndex: channel, format: 'f32-planar' });
        channels.push(samples);
      }
      this.#send(
        { kind: 'pcm', timestamp: frame.timestampUs, afterPause: frame.afterPause, channels },
        channels.map((samples) => samples.buffer),
      );
    } finally {
      data.close();
    }
  }

  #reported(report: PlayoutReport): void {
    this.#report = report;
    const { sync } = this.options;
    if (!sync || report.timestamp === undefined) return;
    const now = performance.now();
    const reportedMs = this.#clock.map(report.now * 1e6, now * 1e3) / 1e3;
    const heardMs = reportedMs + (report.time - report.now) * 1e3;
    sync.audioHeard(report.timestamp / 1e3, heardMs, report.bufferMs, now);
    const minimum = Math.round(sync.audioMinimumMs(now));
    if (Math.abs(minimum - this.#minimumMs) < 5) return;
    this.#minimumMs = minimum;
    this.#send({ kind: 'minimum-delay', ms: minimum }, []);
  }

  #send(message: PlayoutMessage, transfer: Transferable[]): void {
    this.options.port.postMessage(message, transfer);
  }
}
