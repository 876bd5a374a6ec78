/** A page of equally large tiles. */
export interface Grid {
  readonly columns: number;
  readonly rows: number;
  /** Of one tile, in CSS pixels. */
  readonly tileWidth: number;
  readonly tileHeight: number;
}

/** Shapes a tile may take, width through height: a wide picture in the tallest loses a quarter, and no face. */
const tallest = 4 / 3;
const widest = 16 / 9;

/**
 * The columns and rows that give `count` tiles the largest area in a window. Tiles are between 4:3 and 16:9, as it suits the window.
 *
 * @param gap Between tiles, in CSS pixels.
 */
export function gridFor(count: number, width: number, height: number, gap = 8): Grid {
  let best: Grid = { columns: 1, rows: Math.max(1, count), tileWidth: 0, tileHeight: 0 };
  for (let columns = 1; columns <= Math.max(1, count); columns++) {
    const rows = Math.ceil(count / columns);
    const roomX = Math.max(0, (width - gap * (columns - 1)) / columns);
    const roomY = Math.max(0, (height - gap * (rows - 1)) / rows);
    const tileWidth = Math.floor(Math.min(roomX, roomY * widest));
    const tileHeight = Math.floor(Math.min(roomY, roomX / tallest));
    if (tileWidth * tileHeight > best.tileWidth * best.tileHeight) best = { columns, rows, tileWidth, tileHeight };
  }
  return best;
}

/** How many tiles a page holds at most, so that none is narrower than `smallest` CSS pixels; at least one. */
export function tilesPerPage(width: number, height: number, most = 49, smallest = 150): number {
  for (let count = most; count > 1; count--) {
    if (gridFor(count, width, height).tileWidth >= smallest) return count;
  }
  return 1;
}
