import { expect, test } from 'vitest';
import { ReplayWindow } from './replay.js';

test('every counter is accepted once', () => {
  const window = new ReplayWindow();
  for (const counter of [0, 5, 3, 1, 4, 2, 1000]) expect(window.accept(counter)).toBe(true);
  for (const counter of [0, 1, 2, 3, 4, 5, 1000]) expect(window.accept(counter)).toBe(false);
  expect(window.fresh(999)).toBe(true);
});

test('1024 counters back are remembered, older ones refused', () => {
  const window = new ReplayWindow();
  window.accept(1024);
  expect(window.fresh(1)).toBe(true);
  expect(window.fresh(0)).toBe(false);
});

test('a jump forgets what falls out of the window and nothing else', () => {
  const window = new ReplayWindow();
  for (let counter = 0; counter < 1024; counter++) window.accept(counter);
  expect(window.accept(1500)).toBe(true);
  const fresh = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => window.fresh(from + i));
  expect(new Set(fresh(477, 1024))).toEqual(new Set([false]));
  expect(new Set(fresh(1024, 1500))).toEqual(new Set([true]));
  expect(window.accept(2 ** 40)).toBe(true);
  expect(window.fresh(2 ** 40 - 1023)).toBe(true);
  expect(window.accept(2 ** 40)).toBe(false);
});

test('agrees with a set over a random walk', () => {
  const window = new ReplayWindow();
  const seen = new Set<number>();
  const wrong: number[] = [];
  let highest = -1;
  let state = 1;
  for (let i = 0; i < 20_000; i++) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    const counter = Math.max(0, highest + 40 - ((state >>> 8) % 1200));
    const want = !seen.has(counter) && counter > highest - 1024;
    if (window.accept(counter) !== want) wrong.push(counter);
    if (want) {
      seen.add(counter);
      highest = Math.max(highest, counter);
    }
  }
  expect(wrong).toEqual([]);
});
