import { describe, expect, it } from 'vitest';
import { RateController } from './rate-control.js';

const limits = { min: 60_000, max: 1_000_000 };

/** Reports every 250 ms. */
function run(
  rate: RateController,
  from: number,
  to: number,
  link: (ms: number) => { backlogMs: number; droppedObjects?: number },
): void {
  for (let ms = from; ms < to; ms += 250) rate.update({ droppedObjects: 0, ...link(ms) }, ms);
}

describe('RateController', () => {
  it('rises to the maximum on a free link, and not over it', () => {
    const rate = new RateController(limits);
    expect(rate.target).toBe(600_000);
    run(rate, 0, 3_000, () => ({ backlogMs: 0 }));
    expect(rate.target).toBeLessThan(900_000);
    run(rate, 3_000, 20_000, () => ({ backlogMs: 0 }));
    expect(rate.target).toBe(1_000_000);
  });

  it('falls below what a slow link carries and stays near it', () => {
    const rate = new RateController(limits);
    const carries = 250_000;
    let backlogBits = 0;
    let sum = 0;
    for (let ms = 0; ms < 60_000; ms += 250) {
      backlogBits = Math.max(
        0,
        backlogBits + (rate.stuck ? 0 : (rate.target - carries) / 4) - (rate.stuck ? carries / 4 : 0),
      );
      rate.update({ backlogMs: (backlogBits / carries) * 1_000, droppedObjects: 0 }, ms);
      if (ms >= 30_000) sum += rate.target;
    }
    const average = sum / 120;
    expect(average).toBeGreaterThan(carries * 0.6);
    expect(average).toBeLessThan(carries * 1.2);
  });

  it('stops encoding while the link is stuck, and never goes below the minimum', () => {
    const rate = new RateController(limits);
    run(rate, 0, 30_000, () => ({ backlogMs: 5_000 }));
    expect(rate.stuck).toBe(true);
    expect(rate.target).toBe(limits.min);
    run(rate, 30_000, 30_500, () => ({ backlogMs: 0 }));
    expect(rate.stuck).toBe(false);
  });

  it('halves when objects were given up, once for one bad moment', () => {
    const rate = new RateController(limits);
    run(rate, 0, 1_000, (ms) => ({ backlogMs: 0, droppedObjects: ms / 250 }));
    expect(rate.target).toBeGreaterThan(290_000);
    expect(rate.target).toBeLessThan(340_000);
  });

  it('keeps within new limits', () => {
    const rate = new RateController(limits);
    rate.setLimits({ min: 60_000, max: 150_000 });
    expect(rate.target).toBe(150_000);
  });
});
