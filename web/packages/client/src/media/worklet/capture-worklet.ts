/// <reference path="./scope.d.ts" />
import { Resampler } from '../resampler.js';
import type { CaptureBlock } from '../types.js';
import type { CaptureControl, ReleasedPort } from './protocol.js';

const outputRate = 48_000;
const blockFrames = 960;
const quantum = 128;
const nothing = new Float32Array(quantum);

/** Cuts its input into 20 ms blocks at 48 kHz and posts them to the port it was given. */
class CaptureProcessor extends AudioWorkletProcessor {
  readonly #resamplers: readonly Resampler[] | undefined;
  readonly #count: number;
  #blocks: Float32Array<ArrayBuffer>[];
  #filled = 0;
  #output: MessagePort | undefined;
  #muted = false;
  #stopped = false;

  constructor(options: AudioWorkletNodeOptions) {
    super(options);
    this.#count = (options.processorOptions as { channels: number }).channels;
    this.#blocks = this.#allocate();
    if (sampleRate !== outputRate) {
      this.#resamplers = this.#blocks.map(() => new Resampler(sampleRate, outputRate, quantum));
    }
    this.port.onmessage = ({ data }: MessageEvent<CaptureControl>) => this.#control(data);
  }

  process(inputs: Float32Array<ArrayBuffer>[][]): boolean {
    const input = inputs[0];
    if (this.#muted || !this.#output || !input) return !this.#stopped;
    let written = 0;
    for (let channel = 0; channel < this.#count; channel++) {
      // A source that is silent, or not there yet, may have no channels: time goes on all the same.
      written = this.#append(channel, input[channel] ?? input[0] ?? nothing);
    }
    this.#filled += written;
    if (this.#filled >= blockFrames) this.#post();
    return !this.#stopped;
  }

  #control(message: CaptureControl): void {
    switch (message.kind) {
      case 'output':
        this.#output = message.port;
        break;
      case 'mute':
        this.#muted = message.muted;
        this.#filled = 0;
        break;
      case 'release':
        this.#release();
        break;
      case 'stop':
        this.#stopped = true;
        this.#output?.close();
        this.#output = undefined;
    }
  }

  #release(): void {
    if (!this.#output) return;
    const released: ReleasedPort = { port: this.#output };
    this.#output = undefined;
    this.port.postMessage(released, [released.port]);
  }

  #append(channel: number, samples: Float32Array): number {
    const block = this.#blocks[channel]!;
    if (this.#resamplers) return this.#resamplers[channel]!.push(samples, block, this.#filled);
    block.set(samples, this.#filled);
    return samples.length;
  }

  #post(): void {
    const full = this.#blocks;
    this.#blocks = this.#allocate();
    this.#filled -= blockFrames;
    const channels = full.map((samples, channel) => {
      this.#blocks[channel]!.set(samples.subarray(blockFrames, blockFrames + this.#filled));
      return samples.slice(0, blockFrames);
    });
    const time = currentTime - (blockFrames + this.#filled) / outputRate;
    const message: CaptureBlock = { time, channels };
    this.#output!.postMessage(
      message,
      channels.map((samples) => samples.buffer),
    );
  }

  /** Room for a block and what a quantum, resampled from 8 kHz or more, can exceed it by. */
  #allocate(): Float32Array<ArrayBuffer>[] {
    return Array.from({ length: this.#count }, () => new Float32Array(blockFrames + 7 * quantum));
  }
}

registerProcessor('confab-capture', CaptureProcessor);
