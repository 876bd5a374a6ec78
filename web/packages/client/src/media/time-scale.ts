/**
 * Changing how long sound lasts without changing its pitch: whole pitch periods are taken out or put in where two of them are alike
 * (WSOLA, Verhelst and Roelands 1993). All at 48 kHz; channels share the period found in the first.
 */

/** Samples that `shorten` and `lengthen` look at: two of the longest periods. */
export const scaleInput = 1_440;
const minPeriod = 120;
const maxPeriod = 720;
const coarse = 8;

export interface Period {
  readonly samples: number;
  /** How alike consecutive periods are, −1…1; 1 for silence. */
  readonly likeness: number;
}

/** The period, 2.5 to 15 ms, with which `x` repeats itself after `start`. Needs `scaleInput` samples from there. */
export function findPeriod(x: Float32Array, start = 0): Period {
  let best = minPeriod;
  let bestLikeness = -Infinity;
  for (let period = minPeriod; period <= maxPeriod; period += coarse) {
    const likeness = correlate(x, start, period, coarse);
    if (likeness > bestLikeness) {
      bestLikeness = likeness;
      best = period;
    }
  }
  const from = Math.max(minPeriod, best - coarse + 1);
  const to = Math.min(maxPeriod, best + coarse - 1);
  bestLikeness = -Infinity;
  for (let period = from; period <= to; period++) {
    const likeness = correlate(x, start, period, 3);
    if (likeness > bestLikeness) {
      bestLikeness = likeness;
      best = period;
    }
  }
  return { samples: best, likeness: bestLikeness };
}

/** Takes one period out of the `scaleInput` samples at the start of `input`; returns how many were written to `output`. */
export function shorten(input: Float32Array, period: number, output: Float32Array): number {
  crossfade(input, 0, input, period, output, 0, period);
  output.set(input.subarray(2 * period, scaleInput), period);
  return scaleInput - period;
}

/** Puts one period into the `scaleInput` samples at the start of `input`; returns how many were written to `output`. */
export function lengthen(input: Float32Array, period: number, output: Float32Array): number {
  output.set(input.subarray(0, period), 0);
  crossfade(input, period, input, 0, output, period, period);
  output.set(input.subarray(period, scaleInput), 2 * period);
  return scaleInput + period;
}

/** Fades from `a` to `b` over `length` samples. */
export function crossfade(
  a: Float32Array,
  aStart: number,
  b: Float32Array,
  bStart: number,
  output: Float32Array,
  offset: number,
  length: number,
): void {
  for (let i = 0; i < length; i++) {
    const weight = (i + 1) / (length + 1);
    output[offset + i] = a[aStart + i]! * (1 - weight) + b[bStart + i]! * weight;
  }
}

function correlate(x: Float32Array, start: number, period: number, stride: number): number {
  let dot = 0;
  let first = 0;
  let second = 0;
  const end = start + maxPeriod;
  for (let i = start; i < end; i += stride) {
    const a = x[i]!;
    const b = x[i + period]!;
    dot += a * b;
    first += a * a;
    second += b * b;
  }
  const energy = Math.sqrt(first * second);
  return energy < 1e-6 ? 1 : dot / energy;
}
