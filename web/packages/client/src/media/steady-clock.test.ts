import { describe, expect, it } from 'vitest';
import { SteadyClock } from './steady-clock.js';

describe('SteadyClock', () => {
  it('does not waver with its estimates', () => {
    const clock = new SteadyClock();
    let last = clock.stamp(0, 20_000);
    for (let i = 1; i < 200; i++) {
      const stamp = clock.stamp(i * 20_000 + ((i * 7) % 11) * 3_000, 20_000);
      expect(Math.abs(stamp - last - 20_000)).toBeLessThanOrEqual(500);
      last = stamp;
    }
  });

  it('makes up a lasting difference little by little', () => {
    const clock = new SteadyClock();
    clock.stamp(0, 20_000);
    let stamp = 0;
    for (let i = 1; i <= 100; i++) stamp = clock.stamp(i * 20_000 + 30_000, 20_000);
    expect(stamp).toBe(100 * 20_000 + 30_000);
  });

  it('takes a gap and a new beginning at once', () => {
    const clock = new SteadyClock();
    clock.stamp(0, 20_000);
    expect(clock.stamp(500_000, 20_000)).toBe(500_000);
    expect(clock.stamp(100, 20_000)).toBe(100);
  });
});
