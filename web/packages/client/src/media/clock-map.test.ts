import { describe, expect, it } from 'vitest';
import { ClockMap } from './clock-map.js';

describe('ClockMap', () => {
  it('maps by the fastest arrival, never into the future', () => {
    const map = new ClockMap();
    expect(map.map(0, 107_000)).toBe(107_000);
    expect(map.map(20_000, 122_000)).toBe(122_000);
    for (let i = 2; i < 100; i++) {
      const now = 100_000 + i * 20_000 + (i % 7) * 3_000;
      const mapped = map.map(i * 20_000, now);
      expect(mapped).toBeLessThanOrEqual(now);
      if (i >= 7) expect(mapped).toBe(100_000 + i * 20_000);
    }
  });

  it('follows drift of the source', () => {
    const map = new ClockMap();
    let last = 0;
    for (let i = 0; i < 6_000; i++) last = map.map(i * 20_000 * 0.9999, i * 20_000) - i * 20_000;
    // 100 ppm over at most 4 s.
    expect(Math.abs(last)).toBeLessThanOrEqual(400);
  });

  it('follows a source that stalled, within seconds', () => {
    const map = new ClockMap();
    for (let i = 0; i < 100; i++) map.map(i * 20_000, i * 20_000 + 5_000);
    let mapped = 0;
    for (let i = 100; i < 310; i++) mapped = map.map(i * 20_000, i * 20_000 + 85_000) - i * 20_000;
    expect(mapped).toBe(85_000);
  });

  it('starts anew after a jump in either direction', () => {
    const map = new ClockMap();
    map.map(0, 50_000);
    expect(map.map(90_000_000, 60_000)).toBe(60_000);
    expect(map.map(5, 80_000)).toBe(80_000);
  });
});
