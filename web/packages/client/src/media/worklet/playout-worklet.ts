/// <reference path="./scope.d.ts" />
import { levelOf } from '../level.js';
import { PlayoutBuffer } from '../playout-buffer.js';
import type { PlayoutMessage, PlayoutReport } from '../types.js';
import type { PlayoutControl } from './protocol.js';

const reportSeconds = 0.1;

/** Plays one remote track from a `PlayoutBuffer` that the engine worker fills through a port of its own. */
class PlayoutProcessor extends AudioWorkletProcessor {
  readonly #buffer: PlayoutBuffer;
  #input: MessagePort | undefined;
  #outputLatencyMs = 0;
  #reportAt = 0;
  #stopped = false;

  constructor(options: AudioWorkletNodeOptions) {
    super(options);
    this.#buffer = new PlayoutBuffer((options.processorOptions as { channels: 1 | 2 }).channels);
    this.port.onmessage = ({ data }: MessageEvent<PlayoutControl>) => this.#control(data);
  }

  process(_inputs: unknown, outputs: Float32Array<ArrayBuffer>[][]): boolean {
    const output = outputs[0]!;
    this.#buffer.pull(output, currentTime * 1_000);
    if (this.#input && currentTime >= this.#reportAt) this.#report(output[0]!);
    return !this.#stopped;
  }

  #control(message: PlayoutControl): void {
    switch (message.kind) {
      case 'input':
        this.#input = message.port;
        this.#input.onmessage = ({ data }: MessageEvent<PlayoutMessage>) => this.#receive(data);
        break;
      case 'output-latency':
        this.#outputLatencyMs = message.ms;
        break;
      case 'stop':
        this.#stopped = true;
        this.#input?.close();
        this.#input = undefined;
    }
  }

  #receive(message: PlayoutMessage): void {
    if (message.kind === 'pcm') this.#buffer.push(message, currentTime * 1_000);
    else this.#buffer.setMinimum(message.ms);
  }

  #report(output: Float32Array): void {
    this.#reportAt = currentTime + reportSeconds;
    const nowMs = currentTime * 1_000;
    const report: PlayoutReport = {
      timestamp: this.#buffer.heardUs,
      time: currentTime + this.#outputLatencyMs / 1_000,
      now: currentTime,
      bufferMs: this.#buffer.bufferMs(nowMs),
      targetMs: this.#buffer.targetMs,
      jitterMs: this.#buffer.jitterMs,
      concealedMs: this.#buffer.concealedMs,
      level: levelOf(output),
    };
    this.#input!.postMessage(report);
  }
}

registerProcessor('confab-playout', PlayoutProcessor);
