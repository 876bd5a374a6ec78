import { describe, expect, it } from 'vitest';
import { AvSync } from './av-sync.js';

/** Runs frames at 20 fps with audio reports at 10 Hz; audio obeys what it is told. Returns audio's offset minus video's in the end. */
function converge(o: { videoMs: number; audioPathMs: number; audioJitterMs: number }): number {
  const sync = new AvSync();
  let audioBuffer = o.audioJitterMs;
  let now = 0;
  for (let i = 0; i < 400; i++) {
    now += 50;
    const offset = sync.videoOffset(o.videoMs, now);
    sync.videoShown(now - offset, now);
    if (i % 2) continue;
    sync.audioHeard(now - o.audioPathMs - audioBuffer, now, audioBuffer, now);
    audioBuffer = Math.max(o.audioJitterMs, sync.audioMinimumMs(now));
  }
  return sync.differenceMs(now)!;
}

describe('AvSync', () => {
  it('leaves video alone without audio, and audio without video', () => {
    const sync = new AvSync();
    expect(sync.videoOffset(70, 0)).toBe(70);
    sync.audioHeard(0, 100, 40, 100);
    expect(new AvSync().audioMinimumMs(0)).toBe(0);
    expect(new AvSync().differenceMs(0)).toBeUndefined();
  });

  it.each([
    ['audio is buffered longer', { videoMs: 60, audioPathMs: 60, audioJitterMs: 150 }],
    ['video comes later', { videoMs: 300, audioPathMs: 40, audioJitterMs: 30 }],
    ['the loudspeaker is slow', { videoMs: 50, audioPathMs: 240, audioJitterMs: 20 }],
    ['they agree', { videoMs: 80, audioPathMs: 40, audioJitterMs: 40 }],
  ])('brings both within 25 ms when %s', (_name, paths) => {
    expect(Math.abs(converge(paths))).toBeLessThanOrEqual(25);
  });

  it('does not make good audio wait more than half a second for bad video', () => {
    const sync = new AvSync();
    sync.audioHeard(1_000, 1_060, 40, 1_060);
    sync.videoOffset(5_000, 1_060);
    expect(sync.audioMinimumMs(1_060)).toBe(500);
  });

  it('moves video in steps too small to see', () => {
    const sync = new AvSync();
    let last = sync.videoOffset(50, 0);
    sync.audioHeard(0, 200, 100, 200);
    for (let now = 200; now < 2_000; now += 50) {
      const offset = sync.videoOffset(50, now);
      expect(offset - last).toBeLessThanOrEqual(8);
      last = offset;
    }
    expect(last).toBe(180);
  });

  it('forgets audio that ended', () => {
    const sync = new AvSync();
    sync.audioHeard(0, 400, 100, 0);
    expect(sync.videoOffset(50, 9_000)).toBeGreaterThan(50);
    expect(sync.videoOffset(50, 60_000)).toBeLessThan(400);
    expect(sync.differenceMs(60_000)).toBeUndefined();
  });
});
