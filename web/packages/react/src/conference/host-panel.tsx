import { useState, type ReactNode } from 'react';
import { useModeration, useRoomSettings } from '../hooks/use-moderation.js';
import { attempt } from '../parts/attempt.js';
import { useStrings } from '../strings/index.js';

/** For hosts: what concerns the whole room. */
export function HostPanel(): ReactNode {
  const t = useStrings();
  const settings = useRoomSettings();
  const { setWaitingRoom, setLocked, muteAll, lowerHand, end } = useModeration();
  const [ending, setEnding] = useState(false);
  return (
    <section className="confab-host-panel" aria-label={t.host.title}>
      <h3>{t.host.title}</h3>
      <label className="confab-check">
        <input
          type="checkbox"
          data-action="waiting-room"
          checked={settings.waitingRoom}
          onChange={(e) => attempt(setWaitingRoom(e.target.checked))}
        />
        {t.host.waitingRoom}
      </label>
      <label className="confab-check">
        <input
          type="checkbox"
          data-action="lock"
          checked={settings.locked}
          onChange={(e) => attempt(setLocked(e.target.checked))}
        />
        {t.host.lock}
      </label>
      <div className="confab-row">
        <button className="confab-button confab-small" data-action="mute-all" onClick={() => attempt(muteAll())}>
          {t.host.muteAll}
        </button>
        <button className="confab-button confab-small" data-action="lower-all" onClick={() => attempt(lowerHand())}>
          {t.host.lowerAll}
        </button>
        {ending ? (
          <span className="confab-row" role="alert">
            {t.host.endSure}
            <button
              className="confab-button confab-small confab-danger"
              data-action="end"
              onClick={() => attempt(end())}
            >
              {t.host.end}
            </button>
            <button className="confab-button confab-small" onClick={() => setEnding(false)}>
              {t.host.cancel}
            </button>
          </span>
        ) : (
          <button className="confab-button confab-small" data-action="end-ask" onClick={() => setEnding(true)}>
            {t.host.endAll}
          </button>
        )}
      </div>
    </section>
  );
}
