import { expect, test } from 'vitest';
import { clock, day, inWords, ordinal, range } from './time.js';

test('a clock', () => {
  expect([0, 9_999, 65_000, 3_599_999, 3_600_000, 36_125_000, -5].map(clock)).toEqual([
    '0:00',
    '0:09',
    '1:05',
    '59:59',
    '1:00:00',
    '10:02:05',
    '0:00',
  ]);
});

test('how long something took', () => {
  expect([3, 55, 100, 240].map(inWords)).toEqual(['less than a minute', 'a minute', '2 minutes', '4 minutes']);
});

test('a wait is never promised to be shorter than it may be', () => {
  expect(range(10, 50)).toBe('about a minute');
  expect(range(170, 185)).toBe('about 2 to 4 minutes');
  expect(range(120, 120)).toBe('about 2 minutes');
});

test('places in a line', () => {
  expect([1, 2, 3, 4, 11, 12, 13, 21, 102, 111].map(ordinal).join()).toBe(
    '1st,2nd,3rd,4th,11th,12th,13th,21st,102nd,111th',
  );
});

test('today has a time, other days a date', () => {
  const now = new Date(2026, 10, 25, 18, 0);
  expect(day(new Date(2026, 10, 25, 14, 5).toISOString(), now)).toBe('today, 14:05');
  expect(day(new Date(2026, 10, 3).toISOString(), now)).toBe('Nov 3');
});
