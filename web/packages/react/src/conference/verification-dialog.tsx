import type { Verification, VerificationEmoji } from '@confab/client';
import { LoaderCircle, ShieldAlert, ShieldCheck, X } from 'lucide-react';
import { useEffect, useId, useLayoutEffect, useRef, useState, type ReactNode } from 'react';
import { useRoomState } from '../hooks/use-room-state.js';
import { useVerification } from '../hooks/use-verification.js';
import { attempt } from '../parts/attempt.js';
import { displayName } from '../parts/display-name.js';
import { fill, useStrings } from '../strings/index.js';
import { fruitless } from './fruitless.js';

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

  const breakOff = (): void => {
    attempt(cancel());
    p.onClose();
  };
  const close = state === 'asked' || fruitless.has(state) ? breakOff : p.onClose;
  const decide = (same: boolean): void => void finish(same).catch(() => setFailed(true));
  const step = participant ? state : 'gone';
  const words = t.verification;
  const button = (action: string, label: string, onClick: () => void, look = ''): ReactNode => (
    <button key={action} className={`confab-button ${look}`} data-action={action} onClick={onClick}>
      {label}
    </button>
  );
  const buttons = (): ReactNode => {
    const giveUp = button('verification-cancel', words.cancel, breakOff);
    switch (step) {
      case 'asked':
      case 'agreed':
        return giveUp;
      case 'shown':
        return [
          button('same', words.same, () => decide(true), primary),
          button('differ', words.differ, () => decide(false)),
          giveUp,
        ];
      case 'matched':
        return button('verified', words.done, close, primary);
      case 'differed':
        return button('leave-warned', t.alerts.leave, p.onLeave, 'confab-danger');
      // Of who asks, the toast behind it has the buttons.
      default:
        return button('verification-close', words.close, close, primary);
    }
  };
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
          {fill(words.with, { name })}
        </h2>
        <button className="confab-icon-button" aria-label={words.close} onClick={close}>
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
          {words.failed}
        </p>
      )}
      <div className="confab-row confab-dialog-buttons">{buttons()}</div>
    </dialog>
  );
}

const primary = 'confab-primary';

function Said({ step, name }: { step: Verification['state'] | 'gone'; name: string }): ReactNode {
  const t = useStrings();
  if (step === 'matched') {
    return (
      <p>
        <strong>{fill(t.verification.matched, { name })}</strong> {t.verification.matchedHint}
      </p>
    );
  }
  if (step === 'differed') {
    return (
      <p>
        <strong>{fill(t.alerts.differedTitle, { name })}.</strong> {t.alerts.differedText} {t.alerts.differedTodo}
      </p>
    );
  }
  return <p>{fill(t.verification[step === 'none' ? 'agreed' : step], { name })}</p>;
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
