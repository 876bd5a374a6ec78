import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { VideoSender } from './video-sender.js';

/** Encodes at once, as far as the sender looks at it, unless it is given VP9, which it takes and fails. */
class Encoder {
  state = 'configured';
  encodeQueueSize = 0;
  #codec = '';
  constructor(private readonly init: { output(chunk: object): void; error(error: Error): void }) {}
  configure({ codec }: { codec: string }): void {
    this.#codec = codec;
  }
  close(): void {
    this.state = 'closed';
  }
  encode({ timestamp }: { timestamp: number }): void {
    if (this.#codec.startsWith('vp09')) this.init.error(new Error('no hardware'));
    else this.init.output({ timestamp, type: 'key', byteLength: 40, copyTo() {} });
  }
}

class Frame {
  readonly displayWidth = 320;
  readonly displayHeight = 180;
  readonly timestamp: number;
  constructor(_source: unknown, init: { timestamp: number }) {
    this.timestamp = init.timestamp;
  }
  close(): void {}
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('navigator', { userAgent: '' });
  vi.stubGlobal('VideoEncoder', Encoder);
  vi.stubGlobal('VideoFrame', Frame);
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

it('does not go back to a codec whose encoder failed when somebody joins', () => {
  const used: string[] = [];
  const sender = new VideoSender({
    kind: 'camera',
    layers: [{ id: 0, width: 320, height: 180, maxFps: 30, maxBitrate: 300_000 }],
    codecs: ['vp9', 'vp8'],
    temporalLayers: [],
    onFrame: ({ record }) => used.push(record.codec),
    onFailed(error) {
      throw error;
    },
  });
  sender.setWanted([0]);
  const capture = (frames: number): void => {
    for (let i = 0; i < frames; i++) {
      vi.advanceTimersByTime(33);
      sender.push(
        new VideoFrame(new Frame(undefined, { timestamp: 0 }) as never, { timestamp: performance.now() * 1_000 }),
      );
    }
  };
  capture(10);
  expect(used.length).toBeGreaterThan(3);
  const before = used.length;
  sender.setCodecs(['vp9', 'vp8']);
  capture(10);
  expect(used.length - before).toBe(10);
  expect(new Set(used)).toEqual(new Set(['vp8']));
  sender.close();
});
