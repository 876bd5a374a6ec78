import { describe, expect, it } from 'vitest';
import { ActiveSpeakers } from './speakers.js';

const SILENT = 127;
const LOUD = 20;
const TICK = 100;

/** Levels of one identity, one every tick; returns what was told, with the tick. */
function hear(levels: readonly number[], identity = 'ann'): [number, readonly string[]][] {
  const speakers = new ActiveSpeakers();
  const told: [number, readonly string[]][] = [];
  levels.forEach((level, tick) => {
    const update = speakers.update(new Map([[identity, level]]), tick * TICK);
    if (update) told.push([tick, update]);
  });
  return told;
}

function times<T>(n: number, value: T): T[] {
  return Array.from({ length: n }, () => value);
}

describe('ActiveSpeakers', () => {
  it('takes a voice that lasts for a speaker', () => {
    expect(hear([SILENT, ...times(5, LOUD)])).toEqual([[3, ['ann']]]);
  });

  it('does not take a cough for one', () => {
    expect(hear([SILENT, LOUD, LOUD, ...times(20, SILENT)])).toEqual([]);
  });

  it('bears pauses between words, and ends after a long one', () => {
    const speech = [...times(5, LOUD), ...times(6, SILENT), ...times(5, LOUD)];
    expect(hear([...speech, ...times(12, SILENT)])).toEqual([
      [2, ['ann']],
      [25, []],
    ]);
  });

  it('forgets who can no longer be heard', () => {
    const speakers = new ActiveSpeakers();
    for (let tick = 0; tick < 5; tick++) speakers.update(new Map([['ann', LOUD]]), tick * TICK);
    expect(speakers.speakers).toEqual(['ann']);
    expect(speakers.update(new Map(), 500)).toEqual([]);
  });

  it('lists the louder first, and does not tell again when only the loudness changes', () => {
    const speakers = new ActiveSpeakers();
    const told = [];
    for (let tick = 0; tick < 5; tick++) {
      const levels = new Map(Object.entries({ ann: 40, bob: 10 }));
      told.push(speakers.update(levels, tick * TICK));
    }
    for (let tick = 5; tick < 10; tick++) {
      const levels = new Map(Object.entries({ ann: 10, bob: 40 }));
      told.push(speakers.update(levels, tick * TICK));
    }
    expect(told.filter((update) => update !== undefined)).toEqual([['bob', 'ann']]);
  });
});
