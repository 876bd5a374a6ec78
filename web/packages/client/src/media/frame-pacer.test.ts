import { describe, expect, it } from 'vitest';
import { FramePacer } from './frame-pacer.js';

function passed(pacer: FramePacer, fps: number, seconds: number, startUs = 0, jitterUs = 0): number {
  let count = 0;
  for (let i = 0; i < fps * seconds; i++) {
    const at = startUs + (i * 1_000_000) / fps + (i % 3) * jitterUs;
    if (!pacer.wants(at)) continue;
    pacer.pass(at);
    count++;
  }
  return count;
}

describe('FramePacer', () => {
  it.each([
    [30, 20],
    [30, 15],
    [60, 24],
    [24, 10],
  ])('makes %i frames a second %i', (from, to) => {
    const count = passed(new FramePacer(to), from, 10);
    expect(Math.abs(count - to * 10)).toBeLessThanOrEqual(1);
  });

  it('passes everything of a source that is slow enough, even or not', () => {
    expect(passed(new FramePacer(30), 30, 10, 0, 9_000)).toBe(300);
    expect(passed(new FramePacer(30), 7, 10)).toBe(70);
  });

  it('goes on when the source changes to one with an earlier clock', () => {
    const pacer = new FramePacer(20);
    passed(pacer, 20, 10, 1e9);
    expect(passed(pacer, 20, 2)).toBe(40);
  });

  it('does not make up for a pause', () => {
    const pacer = new FramePacer(10);
    passed(pacer, 30, 1);
    expect(passed(pacer, 30, 1, 60_000_000)).toBeLessThanOrEqual(11);
  });

  it('keeps wanting until a frame was used', () => {
    const pacer = new FramePacer(10);
    expect(pacer.wants(0)).toBe(true);
    expect(pacer.wants(10)).toBe(true);
    pacer.pass(10);
    expect(pacer.wants(20)).toBe(false);
  });
});
