import { useRef, useState, type ReactNode } from 'react';
import { gridFor, tilesPerPage } from './grid.js';
import { useSize } from './use-size.js';

export interface GridLayoutProps<T> {
  readonly items: readonly T[];
  readonly keyOf: (item: T) => string;
  readonly children: (item: T) => ReactNode;
  readonly className?: string;
  /** Largest number of tiles on a page. */
  readonly most?: number;
  /** Shown under a grid of several pages. */
  readonly pager?: (page: number, pages: number, turn: (page: number) => void) => ReactNode;
}

const gap = 8;

/**
 * Equally large tiles that use the whole area, paged when there are too many. Tiles keep their key and so their
 * video when others come and go. Tiles of other pages are not mounted, so nothing is subscribed to for them.
 */
export function GridLayout<T>({ items, keyOf, children, className, most = 49, pager }: GridLayoutProps<T>): ReactNode {
  const area = useRef<HTMLDivElement>(null);
  const { width, height } = useSize(area);
  const [wanted, setPage] = useState(0);
  const perPage = tilesPerPage(width, height, most);
  const pages = Math.max(1, Math.ceil(items.length / perPage));
  const page = Math.min(wanted, pages - 1);
  const shown = items.slice(page * perPage, (page + 1) * perPage);
  const grid = gridFor(shown.length, width, height, gap);
  const rowOf = (i: number): number => Math.floor(i / grid.columns);
  return (
    <>
      <div ref={area} className={className} style={{ position: 'relative' }}>
        {width > 0 &&
          shown.map((item, i) => {
            const row = rowOf(i);
            const inRow = Math.min(grid.columns, shown.length - row * grid.columns);
            const rowWidth = inRow * grid.tileWidth + (inRow - 1) * gap;
            const left = (width - rowWidth) / 2 + (i % grid.columns) * (grid.tileWidth + gap);
            const top =
              (height - grid.rows * grid.tileHeight - (grid.rows - 1) * gap) / 2 + row * (grid.tileHeight + gap);
            return (
              <div
                key={keyOf(item)}
                style={{ position: 'absolute', left, top, width: grid.tileWidth, height: grid.tileHeight }}
              >
                {children(item)}
              </div>
            );
          })}
      </div>
      {pages > 1 && pager?.(page, pages, setPage)}
    </>
  );
}
