const taps = 16;
const phases = 128;

/**
 * Converts a stream of samples from one rate to another by a windowed-sinc filter. Keeps state between calls, so that consecutive blocks
 * join without a click. One per channel.
 */
export class Resampler {
  readonly #step: number;
  readonly #kernel: Float32Array;
  readonly #history: Float32Array;
  #filled = taps;
  #position = 0;

  /** `maxBlock` bounds the samples of one call. */
  constructor(from: number, to: number, maxBlock: number) {
    this.#step = from / to;
    this.#kernel = kernel(Math.min(1, to / from));
    this.#history = new Float32Array(taps + maxBlock + taps);
  }

  /** Writes the output from `offset` on and returns the number of samples written. */
  push(input: Float32Array, output: Float32Array, offset: number): number {
    const history = this.#history;
    history.set(input, this.#filled);
    this.#filled += input.length;
    let written = 0;
    while (this.#position + taps <= this.#filled) {
      const whole = Math.floor(this.#position);
      const phase = Math.round((this.#position - whole) * phases) * taps;
      let sum = 0;
      for (let tap = 0; tap < taps; tap++) sum += history[whole + tap]! * this.#kernel[phase + tap]!;
      output[offset + written++] = sum;
      this.#position += this.#step;
    }
    const consumed = Math.min(Math.floor(this.#position), this.#filled);
    history.copyWithin(0, consumed, this.#filled);
    this.#filled -= consumed;
    this.#position -= consumed;
    return written;
  }
}

function kernel(cutoff: number): Float32Array {
  const table = new Float32Array((phases + 1) * taps);
  for (let phase = 0; phase <= phases; phase++) {
    let sum = 0;
    for (let tap = 0; tap < taps; tap++) {
      const x = tap - (taps / 2 - 1) - phase / phases;
      const window = 0.5 + 0.5 * Math.cos((Math.PI * x) / (taps / 2));
      const value = Math.abs(x) >= taps / 2 ? 0 : cutoff * sinc(cutoff * x) * window;
      table[phase * taps + tap] = value;
      sum += value;
    }
    for (let tap = 0; tap < taps; tap++) table[phase * taps + tap]! /= sum;
  }
  return table;
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}
