import { sameButSpeaking } from '../hooks/same-but-speaking.js';
import { sameItems, useRoomState } from '../hooks/use-room-state.js';
import { GridLayout } from '../layout/grid-layout.js';
import type { ParticipantSnapshot, TrackSnapshot } from '@confab/client';
import { ChevronLeft, ChevronRight } from 'lucide-react';
import { memo, useState, type ReactNode } from 'react';
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
  const local = useRoomState((s) => s.local, sameButSpeaking);
  const remotes = useRoomState(
    (s) => s.remotes.filter((p) => p.encryption !== 'refused'),
    (a, b) => sameItems(a, b, sameButSpeaking),
  );
  const speaker = useRoomState((s) =>
    layout === 'speaker' ? s.remotes.find((p) => s.activeSpeakers.includes(p.identity))?.identity : undefined,
  );
  const [pinned, setPinned] = useState<string>();

  const cameras = remotes.map((participant): Shown => ({ participant, screen: false }));
  const screens = [...remotes, local]
    .filter((one) => track(one, 'screen'))
    .map((participant): Shown => ({ participant, screen: true }));
  const everything = [...screens, ...cameras];
  const featured =
    everything.find((shown) => keyOf(shown) === pinned) ??
    screens[0] ??
    (layout === 'speaker' ? (cameras.find((c) => c.participant.identity === speaker) ?? cameras[0]) : undefined);
  const beside = featured ? everything.filter((shown) => keyOf(shown) !== keyOf(featured)) : everything;

  const tile = (shown: Shown): ReactNode => <StageTile {...shown} pinned={keyOf(shown) === pinned} onPin={setPinned} />;
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
      {everything.length > 0 && <SelfView participant={local} />}
      <p className="confab-visually-hidden" role="status">
        {screens[0] &&
          (screens[0].participant.isLocal
            ? t.call.youPresent
            : fill(t.call.presenting, { name: displayName(t, screens[0].participant) }))}
      </p>
    </>
  );
}

interface StageTileProps extends Shown {
  readonly pinned: boolean;
  /** Takes the tile's key; undefined: nothing is pinned any more. */
  readonly onPin: (key: string | undefined) => void;
}

/** Renders again only when its own participant has changed. */
const StageTile = memo(function StageTile({ participant, screen, pinned, onPin }: StageTileProps) {
  const pin = (): void => onPin(pinned ? undefined : keyOf({ participant, screen }));
  return <ParticipantTile participant={participant} screen={screen} pinned={pinned} onPin={pin} />;
});

const SelfView = memo(function SelfView({ participant }: { participant: ParticipantSnapshot }) {
  return (
    <div className="confab-self-view">
      <ParticipantTile participant={participant} screen={false} small />
    </div>
  );
});

export function track(p: ParticipantSnapshot, source: TrackSnapshot['source']): TrackSnapshot | undefined {
  return p.tracks.find((candidate) => candidate.source === source);
}
