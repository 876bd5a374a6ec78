import { RotateCw } from 'lucide-react';
import type { ReactNode } from 'react';
import { go } from './state/location.js';
import { useStrings, type Strings } from './strings/index.js';

/** What happened, and what to do next. */
export function Ended(p: { reason: string; error: Error | undefined; onRejoin: () => void }): ReactNode {
  const t = useStrings();
  const good = p.reason === 'client';
  return (
    <main className="page ended">
      <h1>{good ? t.ended.left : endedText(t, p.reason)}</h1>
      {!good && p.error && (
        <details className="technical">
          <summary>{t.ended.technical}</summary>
          <code>{`${p.reason}: ${p.error.message}`}</code>
        </details>
      )}
      <div className="row">
        <button className="button primary" onClick={p.onRejoin}>
          <RotateCw size={18} aria-hidden />
          {t.ended.rejoin}
        </button>
        <button className="button" onClick={() => go('/')}>
          {t.ended.home}
        </button>
      </div>
    </main>
  );
}

function endedText(t: Strings, reason: string): string {
  return reason in t.ended ? t.ended[reason as keyof Strings['ended']] : t.ended.failed;
}
