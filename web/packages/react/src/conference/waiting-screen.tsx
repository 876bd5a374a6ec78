import { DoorClosed } from 'lucide-react';
import type { ReactNode } from 'react';
import { useStrings } from '../strings/index.js';

/** While a host has not let one in yet. Nobody sees or hears anything of each other. */
export function WaitingScreen(p: { onLeave: () => void; children?: ReactNode }): ReactNode {
  const t = useStrings();
  return (
    <main className="confab-page confab-ended" data-phase="waiting">
      <DoorClosed size={44} className="confab-muted" aria-hidden />
      <h1 role="status">{t.waiting.title}</h1>
      <p className="confab-muted">{t.waiting.hint}</p>
      {p.children}
      <button className="confab-button" onClick={p.onLeave} data-action="leave">
        {t.waiting.leave}
      </button>
    </main>
  );
}
