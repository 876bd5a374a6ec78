import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Liveness, type LivenessHandlers } from './liveness.js';

const limits = { activeMs: 1000, idleMs: 2000, suspectMs: 1500, interruptedMs: 3000, deadMs: 6000 };
let told: string[];
let pings: number[];
let liveness: Liveness;

beforeEach(() => {
  vi.useFakeTimers();
  told = [];
  pings = [];
  const tell =
    (what: string): (() => void) =>
    () =>
      void told.push(what);
  const handlers: LivenessHandlers = {
    ping: (sequence) => void pings.push(sequence),
    suspect: tell('suspect'),
    interrupted: tell('interrupted'),
    recovered: tell('recovered'),
    dead: () => {
      told.push('dead');
      liveness.stop();
    },
    tick: () => undefined,
  };
  liveness = new Liveness(limits, handlers);
});

afterEach(() => {
  liveness.stop();
  expect(vi.getTimerCount()).toBe(0);
  vi.restoreAllMocks();
  vi.useRealTimers();
});

/** Answers every ping for `ms`. */
function answer(ms: number): void {
  for (const end = performance.now() + ms; performance.now() < end; vi.advanceTimersByTime(50)) {
    liveness.heard();
    liveness.pong(pings.at(-1)!);
  }
}

it('pings as often as the node asks while nothing flows, and more often while media does', () => {
  answer(10_000);
  expect(pings).toHaveLength(1 + 5);
  for (let i = 0; i < 10; i++) {
    liveness.media();
    answer(1000);
  }
  expect(pings.length).toBeGreaterThanOrEqual(6 + 9);
  expect(told).toEqual([]);
});

it('tells of a silence step by step', () => {
  answer(1000);
  const from = performance.now();
  const at: Record<string, number> = {};
  while (told.at(-1) !== 'dead') {
    vi.advanceTimersByTime(50);
    for (const what of told) at[what] ??= performance.now() - from;
  }
  expect(told).toEqual(['suspect', 'interrupted', 'dead']);
  expect(at['suspect']).toBeLessThanOrEqual(2000 + 1500 + 250);
});

it('asks at once when media that flowed falls silent', () => {
  answer(1000);
  liveness.media();
  answer(100);
  const before = pings.length;
  vi.advanceTimersByTime(800);
  expect(pings.length).toBe(before + 1);
  vi.advanceTimersByTime(1500);
  expect(told).toEqual(['suspect']);
});

it('tells of a recovery once', () => {
  vi.advanceTimersByTime(2000);
  liveness.heard();
  liveness.heard();
  expect(told).toEqual(['suspect', 'recovered']);
});

it('gives up a connection that brings media but no Pong', () => {
  for (let i = 0; i < 140 && told.length === 0; i++) {
    liveness.heard();
    vi.advanceTimersByTime(50);
  }
  expect(told).toEqual(['dead']);
});

it('takes a sleep of the machine for no silence', () => {
  answer(1000);
  const awake = performance.now.bind(performance);
  vi.spyOn(performance, 'now').mockImplementation(() => awake() + 3_600_000);
  const before = pings.length;
  vi.advanceTimersByTime(250);
  expect(told).toEqual([]);
  expect(pings.length).toBe(before + 1);
  vi.advanceTimersByTime(1750);
  expect(told).toEqual(['suspect']);
});

it('measures the round trip', () => {
  vi.advanceTimersByTime(80);
  liveness.pong(pings[0]!);
  expect(liveness.rttMs).toBe(80);
});
