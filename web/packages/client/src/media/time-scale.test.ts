import { describe, expect, it } from 'vitest';
import { findPeriod, lengthen, scaleInput, shorten } from './time-scale.js';

const voice = (hertz: number, length: number): Float32Array =>
  Float32Array.from({ length }, (_, i) => {
    const x = (i * 2 * Math.PI * hertz) / 48_000;
    return 0.4 * Math.sin(x) + 0.2 * Math.sin(2 * x + 1) + 0.1 * Math.sin(5 * x + 2);
  });

const steepest = (x: Float32Array): number => {
  let max = 0;
  for (let i = 1; i < x.length; i++) max = Math.max(max, Math.abs(x[i]! - x[i - 1]!));
  return max;
};

describe('time scaling', () => {
  it.each([80, 120, 210, 395])('finds the period of a voice of %i Hz, or a multiple', (hertz) => {
    const { samples, likeness } = findPeriod(voice(hertz, scaleInput));
    const periods = (samples * hertz) / 48_000;
    expect(Math.abs(periods - Math.round(periods))).toBeLessThan(0.03);
    expect(likeness).toBeGreaterThan(0.95);
  });

  it('says how little noise repeats itself', () => {
    let seed = 7;
    const noise = Float32Array.from({ length: scaleInput }, () => {
      seed = (seed * 16_807) % 2_147_483_647;
      return seed / 1_073_741_824 - 1;
    });
    expect(findPeriod(noise).likeness).toBeLessThan(0.5);
    expect(findPeriod(new Float32Array(scaleInput)).likeness).toBe(1);
  });

  it.each([
    ['shorten', shorten, -1],
    ['lengthen', lengthen, 1],
  ] as const)('%s by one period, and the edges stay what they were', (_name, change, sign) => {
    const input = voice(180, scaleInput);
    const output = new Float32Array(2 * scaleInput);
    const { samples } = findPeriod(input);
    const written = change(input, samples, output);
    expect(written).toBe(scaleInput + sign * samples);
    expect(output[0]).toBeCloseTo(input[0]!, 2);
    expect(output[written - 1]).toBe(input[scaleInput - 1]);
    expect(steepest(output.subarray(0, written))).toBeLessThan(steepest(input) * 1.3);
  });
});
