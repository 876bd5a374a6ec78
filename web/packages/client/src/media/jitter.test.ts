import { describe, expect, it } from 'vitest';
import { JitterEstimator } from './jitter.js';

describe('JitterEstimator', () => {
  const estimator = (): JitterEstimator => new JitterEstimator({ quantile: 0.95, memory: 200 });

  it('knows no base before the first frame', () => {
    expect(estimator().baseMs).toBeUndefined();
  });

  it('finds the base and no jitter on an even path', () => {
    const jitter = estimator();
    for (let i = 0; i < 300; i++) jitter.add(i * 20, i * 20 + 1_234);
    expect(jitter.baseMs).toBe(1_234);
    expect(jitter.jitterMs).toBe(0);
  });

  it('covers the asked share of frames, not the rest', () => {
    const jitter = estimator();
    for (let i = 0; i < 1_000; i++) jitter.add(i * 20, i * 20 + (i % 50 === 0 ? 300 : i % 10) * 1);
    expect(jitter.jitterMs).toBeGreaterThanOrEqual(5);
    expect(jitter.jitterMs).toBeLessThanOrEqual(15);
  });

  it('ignores a stall, which no buffer could have bridged', () => {
    const jitter = estimator();
    for (let i = 0; i < 200; i++) jitter.add(i * 20, i * 20);
    for (let i = 200; i < 225; i++) jitter.add(i * 20, 225 * 20 + 420);
    for (let i = 225; i < 250; i++) jitter.add(i * 20, i * 20);
    expect(jitter.jitterMs).toBe(0);
  });

  it('forgets a bad time', () => {
    const jitter = estimator();
    for (let i = 0; i < 200; i++) jitter.add(i * 20, i * 20 + (i % 2) * 150);
    expect(jitter.jitterMs).toBe(150);
    for (let i = 200; i < 1_400; i++) jitter.add(i * 20, i * 20);
    expect(jitter.jitterMs).toBe(0);
  });

  it('takes a path that became slower for good as the new base, without jitter', () => {
    const jitter = estimator();
    for (let i = 0; i < 200; i++) jitter.add(i * 20, i * 20 + 50);
    for (let i = 200; i < 1_300; i++) jitter.add(i * 20, i * 20 + 350);
    expect(jitter.baseMs).toBe(350);
    expect(jitter.jitterMs).toBe(0);
  });

  it('takes a faster path as the base at once, without jitter', () => {
    const jitter = estimator();
    for (let i = 0; i < 200; i++) jitter.add(i * 20, i * 20 + 103);
    for (let i = 200; i < 210; i++) jitter.add(i * 20, i * 20 + 50);
    expect(jitter.baseMs).toBe(50);
    expect(jitter.jitterMs).toBe(0);
  });

  it('learns that a fast frame was an exception', () => {
    const jitter = estimator();
    for (let i = 0; i < 200; i++) jitter.add(i * 20, i * 20 + (i === 100 ? 50 : 103));
    expect(jitter.baseMs).toBe(50);
    expect(Math.abs(jitter.jitterMs - 53)).toBeLessThanOrEqual(5);
  });

  it('starts anew when a clock jumps', () => {
    const jitter = estimator();
    for (let i = 0; i < 200; i++) jitter.add(i * 20, i * 20 + (i % 2) * 100);
    jitter.add(9_000_000, 5_000);
    expect(jitter.baseMs).toBe(5_000 - 9_000_000);
    expect(jitter.jitterMs).toBe(0);
  });
});
