/** A page of equally large tiles. */
export interface Grid {
  readonly columns: number;
  readonly rows: number;
  /** Of one tile, in CSS pixels. */
  readonly tileWidth: number;
  readonly tileHeight: number;
}

/**
 * The columns and rows that give `count` tiles of the aspect ratio the largest area in a window.
 *
 * @param gap Between tiles, in CSS pixels.
 * @param aspect Width through height of a tile.
 */
export function gridFor(count: number, width: number, height: number, gap = 8, aspect = 16 / 9): Grid {
  let best: Grid = { columns: 1, rows: Math.max(1, count), tileWidth: 0, tileHeight: 0 };
  for (let columns = 1; columns <= Math.max(1, count); columns++) {
    const rows = Math.ceil(count / columns);
    const roomX = (width - gap * (columns - 1)) / columns;
    const roomY = (height - gap * (rows - 1)) / rows;
    const tileWidth = Math.floor(Math.max(0, Math.min(roomX, roomY * aspect)));
    if (tileWidth > best.tileWidth) best = { columns, rows, tileWidth, tileHeight: Math.floor(tileWidth / aspect) };
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
