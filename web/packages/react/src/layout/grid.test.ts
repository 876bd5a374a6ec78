import { describe, expect, it } from 'vitest';
import { gridFor, tilesPerPage } from './grid.js';

describe('gridFor', () => {
  it.each([
    { count: 1, width: 1280, height: 720, columns: 1, rows: 1 },
    { count: 2, width: 1280, height: 720, columns: 2, rows: 1 },
    { count: 4, width: 1280, height: 720, columns: 2, rows: 2 },
    { count: 9, width: 1280, height: 720, columns: 3, rows: 3 },
    { count: 2, width: 390, height: 700, columns: 1, rows: 2 },
    { count: 49, width: 1280, height: 720, columns: 7, rows: 7 },
  ])('$count tiles in $width×$height: $columns×$rows', ({ count, width, height, columns, rows }) => {
    expect(gridFor(count, width, height)).toMatchObject({ columns, rows });
  });

  it.each([
    { width: 1280, height: 720, ratio: 16 / 9 },
    { width: 2000, height: 600, ratio: 16 / 9 },
    { width: 1100, height: 720, ratio: 1100 / 720 },
    { width: 390, height: 700, ratio: 4 / 3 },
  ])('a tile in $width×$height takes the nearest shape from 4:3 to 16:9', ({ width, height, ratio }) => {
    const g = gridFor(1, width, height);
    expect(g.tileWidth / g.tileHeight).toBeCloseTo(ratio, 1);
  });

  it('never overflows the window', () => {
    for (let count = 1; count <= 49; count++) {
      for (const [width, height] of [
        [390, 844],
        [844, 390],
        [1280, 800],
        [3440, 1440],
      ] as const) {
        const g = gridFor(count, width, height);
        expect(g.columns * g.rows).toBeGreaterThanOrEqual(count);
        expect(g.columns * g.tileWidth + (g.columns - 1) * 8).toBeLessThanOrEqual(width);
        expect(g.rows * g.tileHeight + (g.rows - 1) * 8).toBeLessThanOrEqual(height);
      }
    }
  });

  it('gives nothing negative in a window too small for its gaps', () => {
    expect(gridFor(20, 10, 10)).toMatchObject({ tileWidth: 0, tileHeight: 0 });
  });
});

describe('tilesPerPage', () => {
  it('fills a desktop with 49 and keeps phone tiles recognisable', () => {
    expect(tilesPerPage(1280, 720)).toBe(49);
    const phone = tilesPerPage(390, 700);
    expect(phone).toBeLessThan(20);
    expect(gridFor(phone, 390, 700).tileWidth).toBeGreaterThanOrEqual(150);
  });
});
