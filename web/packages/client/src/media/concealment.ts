import { findPeriod, scaleInput } from './time-scale.js';

const fadeSamples = 4_800;

/** Invents sound when none is there: goes on with the last pitch period, fading to silence within 100 ms. */
export class Concealment {
  readonly #history: Float32Array[];
  #period = 0;
  #position = 0;
  #active = false;

  constructor(channels: number) {
    this.#history = Array.from({ length: channels }, () => new Float32Array(scaleInput));
  }

  /** What was played; 30 ms of it are kept. */
  remember(channel: number, samples: Float32Array, length: number): void {
    const history = this.#history[channel]!;
    const kept = Math.min(length, scaleInput);
    history.copyWithin(0, kept);
    history.set(samples.subarray(length - kept, length), scaleInput - kept);
  }

  /** Writes `length` samples of each channel, continuing where the last call ended. */
  next(outputs: readonly Float32Array[], length: number): void {
    if (!this.#active) {
      this.#active = true;
      this.#position = 0;
      this.#period = findPeriod(this.#history[0]!).samples;
    }
    const audible = Math.min(length, Math.max(0, fadeSamples - this.#position));
    for (let channel = 0; channel < this.#history.length; channel++) {
      const history = this.#history[channel]!;
      const output = outputs[channel]!;
      for (let i = 0; i < audible; i++) {
        const at = this.#position + i;
        output[i] = (1 - at / fadeSamples) * history[scaleInput - this.#period + (at % this.#period)]!;
      }
      output.fill(0, audible, length);
    }
    this.#position += length;
  }

  /** Real sound goes on. */
  end(): void {
    this.#active = false;
  }
}
