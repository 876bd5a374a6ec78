import { sameItems, useRoomState } from '../hooks/use-room-state.js';
import { GridLayout } from '../layout/grid-layout.js';
import type { ParticipantSnapshot, TrackSnapshot } from '@confab/client';
import { ChevronLeft, ChevronRight } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import { displayName } from '../parts/display-name.js';
import { fill, useStrings } from '../strings/index.js';
import { Alone } from './alone.js';
import { ParticipantTile } from './participant-tile.js';

export type Layout = 'grid' | 'speaker';

interface Shown {
  readonly participant: ParticipantSnapshot;
  readonly screen: boolean;
}

const keyOf = ({ participant, screen }: Shown): string => `${participant.identity}/${screen ? 'screen' : 'camera'}`;

/** Who is seen, and how large. A shared screen takes the stage; the others stand beside it. */
export function Stage(p: { layout: Layout; link: string | undefined; empty: ReactNode }): ReactNode {
  const { layout } = p;
  const t = useStrings();
  const local = useRoomState((s) => s.local);
  const remotes = useRoomState((s) => s.remotes.filter((p) => p.encryption !== 'refused'), sameItems);
  const speakers = useRoomState((s) => s.activeSpeakers);
  const [pinned, setPinned] = useState<string>();

  const cameras = remotes.map((participant): Shown => ({ participant, screen: false }));
  const screens = [...remotes, local]
    .filter((one) => track(one, 'screen'))
    .map((participant): Shown => ({ participant, screen: true }));
  const everything = [...screens, ...cameras];
  const featured =
    everything.find((shown) => keyOf(shown) === pinned) ??
    screens[0] ??
    (layout === 'speaker' ? (cameras.find((c) => speakers.includes(c.participant.identity)) ?? cameras[0]) : undefined);
  const beside = featured ? everything.filter((shown) => keyOf(shown) !== keyOf(featured)) : everything;

  const tile = (shown: Shown): ReactNode => (
    <ParticipantTile
      participant={shown.participant}
      screen={shown.screen}
      pinned={keyOf(shown) === pinned}
      onPin={() => setPinned(keyOf(shown) === pinned ? undefined : keyOf(shown))}
    />
  );
  const pager = (page: number, pages: number, turn: (page: number) => void): ReactNode => (
    <nav className="confab-pager">
      <button
        className="confab-icon-button"
        aria-label={t.call.previousPage}
        disabled={page === 0}
        onClick={() => turn(page - 1)}
      >
        <ChevronLeft aria-hidden />
      </button>
      <span>{fill(t.call.page, { page: page + 1, pages })}</span>
      <button
        className="confab-icon-button"
        aria-label={t.call.nextPage}
        disabled={page === pages - 1}
        onClick={() => turn(page + 1)}
      >
        <ChevronRight aria-hidden />
      </button>
    </nav>
  );

  return (
    <>
      {everything.length === 0 ? (
        <Alone local={local} link={p.link}>
          {p.empty}
        </Alone>
      ) : featured ? (
        <div part="stage" className="confab-stage confab-featured" data-strip={beside.length > 0}>
          {featured.screen ? (
            <div className="confab-stage-main">{tile(featured)}</div>
          ) : (
            <GridLayout items={[featured]} keyOf={keyOf} className="confab-stage-main">
              {tile}
            </GridLayout>
          )}
          {beside.length > 0 && (
            <GridLayout items={beside} keyOf={keyOf} className="confab-stage-strip" most={12} pager={pager}>
              {tile}
            </GridLayout>
          )}
        </div>
      ) : (
        <div part="stage" className="confab-stage">
          <GridLayout items={beside} keyOf={keyOf} className="confab-stage-grid" pager={pager}>
            {tile}
          </GridLayout>
        </div>
      )}
      {everything.length > 0 && (
        <div className="confab-self-view">
          <ParticipantTile participant={local} screen={false} small />
        </div>
      )}
      <p className="confab-visually-hidden" role="status">
        {screens[0] &&
          (screens[0].participant.isLocal
            ? t.call.youPresent
            : fill(t.call.presenting, { name: displayName(t, screens[0].participant) }))}
      </p>
    </>
  );
}

export function track(p: ParticipantSnapshot, source: TrackSnapshot['source']): TrackSnapshot | undefined {
  return p.tracks.find((candidate) => candidate.source === source);
}
