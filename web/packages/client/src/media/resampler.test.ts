import { describe, expect, it } from 'vitest';
import { Resampler } from './resampler.js';

describe('Resampler', () => {
  it.each([
    [44_100, 440],
    [16_000, 1_000],
    [96_000, 3_000],
  ])('keeps a tone from %i Hz over any blocks', (rate, hertz) => {
    const resampler = new Resampler(rate, 48_000, 128);
    const output = new Float32Array(60_000);
    let written = 0;
    for (let at = 0; at < rate / 2; at += 128) {
      const block = Float32Array.from({ length: 128 }, (_, i) => Math.sin(((at + i) * 2 * Math.PI * hertz) / rate));
      written += resampler.push(block, output, written);
    }
    expect(Math.abs(written - 24_000)).toBeLessThan(500);
    // A sampled sine obeys x[n+1] = 2 cos(ω) x[n] − x[n−1].
    const factor = 2 * Math.cos((2 * Math.PI * hertz) / 48_000);
    let worst = 0;
    for (let i = 1_000; i < written - 1; i++) {
      worst = Math.max(worst, Math.abs(output[i + 1]! - factor * output[i]! + output[i - 1]!));
    }
    expect(worst).toBeLessThan(0.01);
  });
});
