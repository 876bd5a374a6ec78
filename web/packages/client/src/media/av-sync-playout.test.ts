import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { AvSync } from './av-sync.js';
import { PlayoutBuffer } from './playout-buffer.js';
import type { FrameHeader, FrameRecord, PlayoutMessage, PlayoutReport } from './types.js';
import { AudioReceiver } from './worker/audio-receiver.js';
import { VideoReceiver } from './worker/video-receiver.js';

const rate = 48_000;
/** Three render quanta, which are a whole number of milliseconds. */
const renderSamples = 3 * 128;
const renderMs = 8;
const videoMs = 33;
const audioMs = 20;
/** By then both paces are found. */
const settledMs = 6_000;

/** A decoder that gives back after some time what it was given, as far as receivers look at it. */
function decoderOf(outputMs: number, decoded: (timestamp: number) => object) {
  return class {
    state = 'configured';
    decodeQueueSize = 0;
    constructor(private readonly init: { output(data: object): void }) {}
    configure(): void {}
    close(): void {
      this.state = 'closed';
    }
    decode({ timestamp }: { timestamp: number }): void {
      setTimeout(() => this.init.output(decoded(timestamp)), outputMs);
    }
  };
}

class Chunk {
  readonly timestamp: number;
  constructor(init: { timestamp: number }) {
    this.timestamp = init.timestamp;
  }
}

beforeEach(() => {
  vi.useFakeTimers();
  const samples = (audioMs * rate) / 1_000;
  vi.stubGlobal('EncodedVideoChunk', Chunk);
  vi.stubGlobal('EncodedAudioChunk', Chunk);
  vi.stubGlobal(
    'VideoDecoder',
    decoderOf(4, (timestamp) => ({ timestamp, displayWidth: 320, displayHeight: 180, close() {} })),
  );
  vi.stubGlobal(
    'AudioDecoder',
    decoderOf(1, (timestamp) => ({ timestamp, numberOfFrames: samples, numberOfChannels: 1, copyTo() {}, close() {} })),
  );
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

/** The playout worklet's clockwork: a context that began at some time, and a loudspeaker behind it. */
class Loudspeaker {
  readonly #buffer = new PlayoutBuffer(1);
  readonly #output = [new Float32Array(renderSamples)];
  readonly #startMs = performance.now();
  #reportAt = 0;
  onmessage: ((event: MessageEvent<PlayoutReport>) => void) | null = null;

  #lostMs = 0;

  constructor(private readonly latencyMs: number) {}

  get #nowMs(): number {
    return performance.now() - this.#startMs - this.#lostMs;
  }

  /** Nothing was rendered for so long. */
  lose(ms: number): void {
    this.#lostMs += ms;
  }

  postMessage(message: PlayoutMessage): void {
    if (message.kind === 'pcm') this.#buffer.push(message, this.#nowMs);
    else this.#buffer.setMinimum(message.ms);
  }

  close(): void {}

  /** Renders; returns when what is heard now was captured. */
  render(): number | undefined {
    this.#buffer.pull(this.#output, this.#nowMs);
    const heard = this.#buffer.heardUs;
    if (this.#nowMs >= this.#reportAt) {
      this.#reportAt = this.#nowMs + 100;
      this.onmessage?.({ data: this.#report(heard) } as MessageEvent<PlayoutReport>);
    }
    return heard === undefined ? undefined : heard / 1_000 - this.latencyMs;
  }

  #report(timestamp: number | undefined): PlayoutReport {
    const now = this.#nowMs / 1_000;
    const { targetMs, jitterMs, concealedMs } = this.#buffer;
    const bufferMs = this.#buffer.bufferMs(this.#nowMs);
    return { timestamp, now, time: now + this.latencyMs / 1_000, bufferMs, targetMs, jitterMs, concealedMs, level: 0 };
  }
}

const header = (group: number, object: number): FrameHeader => ({
  keyframe: object === 0,
  discardable: false,
  temporalId: 0,
  group,
  object,
});

/** The same numbers from 0 to 1 every time. */
function random(): () => number {
  let state = 1;
  return () => (state = (state * 16_807) % 2_147_483_647) / 2_147_483_647;
}

interface Path {
  readonly videoMs: number;
  readonly videoJitterMs: number;
  readonly audioMs: number;
  readonly audioJitterMs: number;
  readonly loudspeakerMs: number;
}

/** Calls `send` every `ms` with a number and the time, and what it returns after the delay that a path takes. */
function stream(ms: number, delayMs: () => number, send: (i: number, capturedMs: number) => () => void): () => void {
  let i = 0;
  const timer = setInterval(() => setTimeout(send(i++, performance.now()), delayMs()), ms);
  return () => clearInterval(timer);
}

/**
 * A camera and its microphone, whose clock is an hour off, for a while: how much later than its sound each frame is shown,
 * in ms. In the middle the audio context stands still for `stallMs`, which it loses; what was shown before it goes on is left out.
 */
function watch(path: Path, stallMs = 0): number[] {
  const senderUs = 3_600_000_000;
  const sync = new AvSync();
  const loudspeaker = new Loudspeaker(path.loudspeakerMs);
  let audibleMs: number | undefined;
  const late: number[] = [];
  const video = new VideoReceiver({
    sync,
    onFrame: (frame) => {
      if (audibleMs !== undefined) late.push(audibleMs - frame.timestamp / 1_000);
    },
    onKeyframeNeeded() {},
  });
  const port = loudspeaker as unknown as MessagePort;
  const audio = new AudioReceiver({ port, channels: 1, sync, onFailed() {} });
  const chance = random();
  const payload = new Uint8Array(10);
  const record = (codec: FrameRecord['codec'], capturedMs: number, ms: number): FrameRecord => ({
    codec,
    timestampUs: Math.round(capturedMs * 1_000) + senderUs,
    durationUs: ms * 1_000,
    payload,
  });
  const ends = [
    stream(
      videoMs,
      () => path.videoMs + chance() * path.videoJitterMs,
      (i, now) => {
        const frame = record('vp8', now, videoMs);
        return () => video.push(header(Math.floor(i / 300), i % 300), frame);
      },
    ),
    // A frame of sound leaves when its last sample was captured.
    stream(
      audioMs,
      () => path.audioMs + chance() * path.audioJitterMs,
      (i, now) => {
        const frame = record('opus', now - audioMs, audioMs);
        return () => audio.push(header(Math.floor(i / 50), i % 50), frame);
      },
    ),
  ];
  const render = (): void => void (audibleMs = loudspeaker.render());
  let rendering = setInterval(render, renderMs);
  vi.advanceTimersByTime(settledMs);
  clearInterval(rendering);
  vi.advanceTimersByTime(stallMs);
  loudspeaker.lose(stallMs);
  late.length = 0;
  rendering = setInterval(render, renderMs);
  vi.advanceTimersByTime(settledMs);
  clearInterval(rendering);
  for (const end of ends) end();
  video.close();
  audio.close();
  return late;
}

it.each<[string, Path]>([
  ['a good path', { videoMs: 20, videoJitterMs: 5, audioMs: 20, audioJitterMs: 5, loudspeakerMs: 40 }],
  ['sound that jitters', { videoMs: 20, videoJitterMs: 5, audioMs: 20, audioJitterMs: 90, loudspeakerMs: 40 }],
  ['a picture that comes late', { videoMs: 220, videoJitterMs: 30, audioMs: 20, audioJitterMs: 5, loudspeakerMs: 20 }],
  ['a wireless loudspeaker', { videoMs: 20, videoJitterMs: 5, audioMs: 20, audioJitterMs: 5, loudspeakerMs: 250 }],
])('a frame is shown within 45 ms of when its sound is heard: %s', (_name, path) => {
  const late = watch(path);
  expect(late.length).toBeGreaterThan(150);
  const together = late.filter((ms) => Math.abs(ms) <= 45);
  expect(together.length / late.length).toBeGreaterThan(0.98);
});

it('they are together again half a second after the sound output has lost time', () => {
  const path: Path = { videoMs: 20, videoJitterMs: 5, audioMs: 20, audioJitterMs: 5, loudspeakerMs: 40 };
  const late = watch(path, 300).slice(Math.ceil(500 / videoMs));
  expect(late.length).toBeGreaterThan(150);
  for (const ms of late) expect(Math.abs(ms)).toBeLessThanOrEqual(45);
});
