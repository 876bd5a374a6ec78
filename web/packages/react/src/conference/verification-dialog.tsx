import type { VerificationEmoji } from '@confab/client';
import { LoaderCircle, ShieldAlert, ShieldCheck, X } from 'lucide-react';
import { useEffect, useId, useLayoutEffect, useRef, useState, type ReactNode } from 'react';
import { useRoomState } from '../hooks/use-room-state.js';
import { useVerification } from '../hooks/use-verification.js';
import { attempt } from '../parts/attempt.js';
import { displayName } from '../parts/display-name.js';
import { fill, useStrings } from '../strings/index.js';

/** Two people compare seven emoji, from the question to what came of it. Closed before that, it can be opened again. */
export function VerificationDialog(p: { identity: string; onClose: () => void; onLeave: () => void }): ReactNode {
  const t = useStrings();
  const participant = useRoomState((s) => s.remotes.find(({ identity }) => identity === p.identity));
  // Of one who has left, what it was called.
  const [name] = useState(() => displayName(t, participant ?? { name: '', identity: p.identity }));
  const { state, emoji, finish, cancel } = useVerification(p.identity);
  const [failed, setFailed] = useState(false);
  const titleId = useId();
  const box = useRef<HTMLDialogElement>(null);
  const title = useRef<HTMLHeadingElement>(null);

  // Before it is taken out of the page, so that the focus goes back to where it was.
  useLayoutEffect(() => {
    const dialog = box.current;
    dialog?.showModal();
    return () => dialog?.close();
  }, []);
  // The buttons of one step are gone in the next.
  useEffect(() => title.current?.focus(), [state]);

  const close = (): void => {
    if (state === 'asked') attempt(cancel());
    p.onClose();
  };
  const decide = (same: boolean): void => void finish(same).catch(() => setFailed(true));
  const step = participant ? state : 'gone';
  return (
    <dialog
      ref={box}
      className="confab-dialog"
      data-step={step}
      aria-labelledby={titleId}
      onCancel={(e) => {
        e.preventDefault();
        close();
      }}
      onClose={() => {
        if (!box.current?.open) close();
      }}
    >
      <header>
        <h2 id={titleId} ref={title} tabIndex={-1}>
          {fill(t.verification.with, { name })}
        </h2>
        <button className="confab-icon-button" aria-label={t.verification.close} onClick={close}>
          <X aria-hidden />
        </button>
      </header>
      <div role="status" className="confab-dialog-status">
        {(step === 'asked' || step === 'agreed') && <LoaderCircle className="confab-spin" aria-hidden />}
        {step === 'matched' && <ShieldCheck className="confab-verified" aria-hidden />}
        {step === 'differed' && <ShieldAlert className="confab-alarm" aria-hidden />}
        <Said step={step} name={name} />
      </div>
      {step === 'shown' && <Emoji emoji={emoji} />}
      {failed && (
        <p className="confab-problem" role="alert">
          {t.verification.failed}
        </p>
      )}
      <div className="confab-row confab-dialog-buttons">
        {step === 'shown' && (
          <>
            <button className="confab-button confab-primary" data-action="same" onClick={() => decide(true)}>
              {t.verification.same}
            </button>
            <button className="confab-button" data-action="differ" onClick={() => decide(false)}>
              {t.verification.differ}
            </button>
          </>
        )}
        {step === 'differed' && (
          <button className="confab-button confab-danger" data-action="leave-warned" onClick={p.onLeave}>
            {t.alerts.leave}
          </button>
        )}
        {step === 'matched' && (
          <button className="confab-button confab-primary" data-action="verified" onClick={close}>
            {t.verification.done}
          </button>
        )}
        {(step === 'asked' || step === 'agreed') && (
          <button className="confab-button" data-action="verification-cancel" onClick={close}>
            {t.verification.cancel}
          </button>
        )}
      </div>
    </dialog>
  );
}

function Said({ step, name }: { step: string; name: string }): ReactNode {
  const t = useStrings();
  switch (step) {
    case 'asked':
      return <p>{fill(t.verification.asked, { name })}</p>;
    case 'shown':
      return <p>{t.verification.shown}</p>;
    case 'matched':
      return (
        <p>
          <strong>{fill(t.verification.matched, { name })}</strong> {t.verification.matchedHint}
        </p>
      );
    case 'differed':
      return (
        <p>
          <strong>{fill(t.alerts.differedTitle, { name })}.</strong> {t.alerts.differedText} {t.alerts.differedTodo}
        </p>
      );
    case 'gone':
      return <p>{fill(t.verification.gone, { name })}</p>;
    default:
      return <p>{t.verification.agreed}</p>;
  }
}

/** In the order in which they are to be read. */
function Emoji({ emoji }: { emoji: readonly VerificationEmoji[] }): ReactNode {
  const t = useStrings();
  const names: Readonly<Record<string, string>> = t.emoji;
  return (
    <ol className="confab-emoji" aria-label={t.verification.emoji}>
      {emoji.map(({ picture, name }, i) => (
        <li key={i}>
          <span aria-hidden>{picture}</span>
          {names[name] ?? name}
        </li>
      ))}
    </ol>
  );
}
