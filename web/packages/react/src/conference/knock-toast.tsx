import { useEffect, useState, type ReactNode } from 'react';
import { useHandler } from '../hooks/use-handler.js';
import { useModeration, useWaiting } from '../hooks/use-moderation.js';
import { attempt } from '../parts/attempt.js';
import { displayName } from '../parts/display-name.js';
import { fill, useStrings } from '../strings/index.js';
import { knock } from './knock.js';

/** Names are known a moment after somebody came, and several may come at once. */
const gatherMs = 1200;

/** For hosts: that somebody waits, until nobody does or the list of them is open. It makes itself heard when there are more. */
export function KnockToast({ listed, onPeople }: { listed: boolean; onPeople?: () => void }): ReactNode {
  const t = useStrings();
  const waiting = useWaiting();
  const { admit } = useModeration();
  const [announced, setAnnounced] = useState<ReadonlySet<string>>(() => new Set());
  const isNew = waiting.some(({ id }) => !announced.has(id));
  const announce = useHandler(() => {
    knock();
    setAnnounced(new Set(waiting.map(({ id }) => id)));
  });
  useEffect(() => {
    if (!isNew) return;
    const timer = setTimeout(announce, gatherMs);
    return () => clearTimeout(timer);
  }, [isNew, announced, announce]);

  const [first, ...more] = waiting.filter(({ id }) => announced.has(id));
  if (!first || listed) return null;
  const name = displayName(t, first);
  return (
    <li part="toast" className="confab-toast">
      <span>{fill(more.length === 0 ? t.toast.waiting : t.toast.waitingMany, { name, n: more.length })}</span>
      {more.length === 0 && (
        <button
          className="confab-button confab-primary confab-small"
          aria-label={`${t.host.admitShort}: ${name}`}
          data-action="admit-knock"
          onClick={() => attempt(admit(first.id))}
        >
          {t.host.admitShort}
        </button>
      )}
      {onPeople && (
        <button className="confab-button confab-small" data-action="show-waiting" onClick={onPeople}>
          {t.toast.show}
        </button>
      )}
    </li>
  );
}
