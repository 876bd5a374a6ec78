import { describe, expect, it } from 'vitest';
import { LoadController } from './load-control.js';

function seconds(load: LoadController, count: number, refused: number): void {
  for (let i = 0; i < count; i++) load.update(20, refused);
}

describe('LoadController', () => {
  it('ignores a short hiccup', () => {
    const load = new LoadController();
    seconds(load, 2, 15);
    seconds(load, 1, 0);
    seconds(load, 2, 15);
    expect(load.scale).toBe(1);
  });

  it('scales down step by step while the encoder can not follow, to a limit', () => {
    const load = new LoadController();
    seconds(load, 3, 10);
    expect(load.scale).toBe(0.75);
    seconds(load, 100, 10);
    expect(load.scale).toBe(0.375);
  });

  it('tries again, later each time it fails', () => {
    const load = new LoadController();
    const upAfter = (): number => {
      for (let s = 1; s < 1_000; s++) {
        load.update(20, 0);
        if (load.scale === 1) return s;
      }
      return Infinity;
    };
    seconds(load, 3, 10);
    const first = upAfter();
    seconds(load, 3, 10);
    const second = upAfter();
    expect(first).toBeLessThan(60);
    expect(second).toBeGreaterThan(first);
    expect(second).toBeLessThanOrEqual(240);
  });

  it('learns nothing from a second without frames', () => {
    const load = new LoadController();
    seconds(load, 2, 10);
    load.update(0, 0);
    seconds(load, 1, 10);
    expect(load.scale).toBe(0.75);
  });
});
