import { RotateCw } from 'lucide-react';
import type { ReactNode } from 'react';
import { endedText } from '../strings/ended-text.js';
import { useStrings } from '../strings/index.js';

export interface CallEndedProps {
  /** That of the room's `disconnected` event, or the code of the error with which connecting failed. */
  readonly reason: string;
  readonly error: Error | undefined;
  /** Without it there is no button to join again. */
  readonly onRejoin?: () => void;
  /** Without it there is no button to the start page. */
  readonly onHome?: () => void;
  /** Shown below. */
  readonly children?: ReactNode;
}

/** What happened, and what to do next. */
export function CallEnded(p: CallEndedProps): ReactNode {
  const t = useStrings();
  const good = p.reason === 'client' || p.reason === 'aborted' || p.reason === 'ended';
  return (
    <main className="confab-page confab-ended">
      <h1>{good && p.reason !== 'ended' ? t.ended.left : endedText(t, p.reason)}</h1>
      {!good && p.error && (
        <details className="confab-technical">
          <summary>{t.ended.technical}</summary>
          <code>{`${p.reason}: ${p.error.message}`}</code>
        </details>
      )}
      <div className="confab-row">
        {p.onRejoin && (
          <button className="confab-button confab-primary" onClick={p.onRejoin}>
            <RotateCw size={18} aria-hidden />
            {t.ended.rejoin}
          </button>
        )}
        {p.onHome && (
          <button className="confab-button" onClick={p.onHome}>
            {t.ended.home}
          </button>
        )}
      </div>
      {p.children}
    </main>
  );
}
