import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { CaptureBlock } from '../types.js';
import { AudioSender } from './audio-sender.js';

/** Encodes at once, as far as the sender looks at it. */
class Encoder {
  state = 'configured';
  encodeQueueSize = 0;
  constructor(private readonly init: { output(chunk: object): void }) {}
  configure(): void {}
  close(): void {
    this.state = 'closed';
  }
  encode({ timestamp }: { timestamp: number }): void {
    this.init.output({ timestamp, byteLength: 40, copyTo() {} });
  }
}

class Data {
  readonly timestamp: number;
  constructor(init: { timestamp: number }) {
    this.timestamp = init.timestamp;
  }
  close(): void {}
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('AudioEncoder', Encoder);
  vi.stubGlobal('AudioData', Data);
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

it('stamps sound with the time of its first sample, though a block leaves with its last', () => {
  const port = { onmessage: null as ((event: MessageEvent<CaptureBlock>) => void) | null, close() {} };
  const stamps: number[] = [];
  const sender = new AudioSender({
    port: port as unknown as MessagePort,
    channels: 1,
    onFrame: ({ record }) => stamps.push(record.timestampUs / 1_000),
    onFailed(error) {
      throw error;
    },
  });
  const contextStartMs = 500;
  const captured: number[] = [];
  for (let i = 0; i < 100; i++) {
    const firstSampleMs = 1_000 + i * 20;
    captured.push(firstSampleMs);
    // Every third block is held up on its way from the audio thread.
    vi.advanceTimersByTime(firstSampleMs + 20 + (i % 3 === 2 ? 9 : 0) - performance.now());
    const block: CaptureBlock = {
      time: (firstSampleMs - contextStartMs) / 1_000,
      channels: [new Float32Array(960).fill(0.1)],
    };
    port.onmessage?.({ data: block } as MessageEvent<CaptureBlock>);
  }
  sender.close();
  expect(stamps).toHaveLength(100);
  for (const [i, stamp] of stamps.entries()) expect(Math.abs(stamp - captured[i]!)).toBeLessThanOrEqual(1);
});
