import { describe, expect, it } from 'vitest';
import { EarlyObjects } from './early-objects.js';

const bytes = (n: number): Uint8Array => Uint8Array.of(n);

describe('EarlyObjects', () => {
  it('gives the objects of an alias in their order, once', () => {
    const early = new EarlyObjects();
    early.keep(1, bytes(1), bytes(11), 0);
    early.keep(2, bytes(2), bytes(12), 1);
    early.keep(1, bytes(3), bytes(13), 2);
    expect(early.take(1, 3).map(({ payload }) => payload[0])).toEqual([11, 13]);
    expect(early.take(1, 3)).toEqual([]);
    expect(early.take(2, 3)).toHaveLength(1);
  });

  it('keeps none for longer than 500 ms', () => {
    const early = new EarlyObjects();
    early.keep(1, bytes(1), bytes(11), 0);
    early.keep(1, bytes(2), bytes(12), 200);
    expect(early.take(1, 500).map(({ payload }) => payload[0])).toEqual([12]);
  });

  it('does not grow without end', () => {
    const early = new EarlyObjects();
    for (let i = 0; i < 10_000; i++) early.keep(1, bytes(1), bytes(1), 0);
    expect(early.take(1, 0).length).toBeLessThanOrEqual(256);
  });
});
