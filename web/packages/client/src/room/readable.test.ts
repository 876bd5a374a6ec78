import { describe, expect, it, vi } from 'vitest';
import { Computed } from './readable.js';

describe('Computed', () => {
  it('computes when asked and not again until it is stale', () => {
    const compute = vi.fn(() => ({}));
    const value = new Computed(compute);
    expect(value.get()).toBe(value.get());
    expect(compute).toHaveBeenCalledTimes(1);
    value.invalidate();
    value.get();
    expect(compute).toHaveBeenCalledTimes(2);
  });

  it('tells subscribers once of many changes in one turn', async () => {
    let n = 0;
    const value = new Computed(() => n);
    const told = vi.fn();
    value.subscribe(told);
    n = 1;
    value.invalidate();
    n = 2;
    value.invalidate();
    expect(told).not.toHaveBeenCalled();
    await Promise.resolve();
    expect(told).toHaveBeenCalledTimes(1);
    expect(value.get()).toBe(2);
  });

  it('tells subscribers of a change that somebody has read before they were told', async () => {
    let n = 0;
    const value = new Computed(() => n);
    const told = vi.fn();
    value.subscribe(told);
    n = 1;
    value.invalidate();
    value.get();
    await Promise.resolve();
    expect(told).toHaveBeenCalledTimes(1);
  });

  it('does not tell of a computation that gave the same object', async () => {
    const same = {};
    const value = new Computed(() => same);
    const told = vi.fn();
    value.subscribe(told);
    value.invalidate();
    await Promise.resolve();
    expect(told).not.toHaveBeenCalled();
  });

  it('tells nobody who has unsubscribed', async () => {
    let n = 0;
    const value = new Computed(() => n++);
    const told = vi.fn();
    value.subscribe(told)();
    value.invalidate();
    await Promise.resolve();
    expect(told).not.toHaveBeenCalled();
  });
});
