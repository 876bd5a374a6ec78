import { describe, expect, it } from 'vitest';
import { planLayers } from './layers.js';

const plan = { kind: 'camera', width: 1280, height: 720, fps: 30, maxBitrate: 1_500_000, simulcast: true } as const;

describe('planLayers', () => {
  it('adds a small layer below a camera of 360 lines or more', () => {
    expect(planLayers(plan)).toEqual([
      { id: 0, width: 320, height: 180, maxFps: 30, maxBitrate: expect.closeTo(163_000, -4) as number },
      { id: 1, width: 1280, height: 720, maxFps: 30, maxBitrate: 1_500_000 },
    ]);
    expect(planLayers({ ...plan, width: 640, height: 360 })).toHaveLength(2);
    expect(planLayers({ ...plan, width: 480, height: 270 })).toHaveLength(1);
  });

  it('has one layer for screens and weak machines', () => {
    expect(planLayers({ ...plan, kind: 'screen', width: 2560, height: 1440, maxBitrate: 2_500_000 })).toEqual([
      { id: 0, width: 2560, height: 1440, maxFps: 30, maxBitrate: 2_500_000 },
    ]);
    expect(planLayers({ ...plan, simulcast: false })).toHaveLength(1);
  });

  it('keeps a portrait picture portrait, with even sizes', () => {
    const [small, full] = planLayers({ ...plan, width: 721, height: 1281 });
    expect(full).toMatchObject({ width: 722, height: 1282 });
    expect(small!.width).toBe(180);
    expect(small!.height % 2).toBe(0);
    expect(small!.height).toBeGreaterThan(300);
  });
});
