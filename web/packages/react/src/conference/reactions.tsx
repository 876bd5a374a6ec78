import type { RemoteParticipant } from '@confab/client';
import { SmilePlus } from 'lucide-react';
import { useCallback, useEffect, useRef, useState, type ReactNode } from 'react';
import { useData } from '../hooks/use-data.js';
import { usePressOutside } from '../hooks/use-press-outside.js';
import { displayName } from '../parts/display-name.js';
import { fill, useStrings } from '../strings/index.js';

/** What can be sent; anything else that comes is not shown. */
const choices = ['👍', '👏', '❤️', '😂', '😮', '🎉'] as const;

const topic = 'reaction';
const showMs = 4000;
/** More at a time are not seen anyway. */
const most = 20;

export interface Reaction {
  readonly id: number;
  readonly emoji: string;
  readonly name: string;
}

/** Reactions of the last seconds, and how to send one. They are encrypted, and dropped for whom the path is too slow. */
export function useReactions(): { readonly shown: readonly Reaction[]; react(emoji: string): void } {
  const t = useStrings();
  const [shown, setShown] = useState<readonly Reaction[]>([]);
  const lastId = useRef(0);
  const timers = useRef(new Set<number>());
  useEffect(() => {
    const running = timers.current;
    return () => running.forEach((timer) => clearTimeout(timer));
  }, []);
  const show = useCallback((emoji: string, name: string) => {
    const id = ++lastId.current;
    setShown((old) => [...old.slice(1 - most), { id, emoji, name }]);
    const timer = window.setTimeout(() => {
      timers.current.delete(timer);
      setShown((old) => old.filter((reaction) => reaction.id !== id));
    }, showMs);
    timers.current.add(timer);
  }, []);
  const { send } = useData(topic, ({ text, participant }: { text: string; participant: RemoteParticipant }) => {
    if (choices.some((choice) => choice === text)) show(text, displayName(t, participant));
  });
  const react = (emoji: string): void => {
    show(emoji, t.call.you);
    void send(emoji, { reliable: false }).catch(() => {});
  };
  return { shown, react };
}

/** The reactions that rise over the stage; said to screen readers too. */
export function ReactionsShown({ reactions }: { reactions: readonly Reaction[] }): ReactNode {
  const t = useStrings();
  return (
    <ul className="confab-reactions" aria-live="polite" aria-label={t.reactions.title}>
      {reactions.map(({ id, emoji, name }) => (
        <li key={id} style={{ insetInlineStart: `${10 + ((id * 37) % 76)}%` }}>
          <span aria-hidden>{emoji}</span>
          <small aria-label={fill(t.reactions.from, { name, emoji })}>{name}</small>
        </li>
      ))}
    </ul>
  );
}

/** The button of the control bar that offers them. */
export function ReactionPicker({ onReact }: { onReact: (emoji: string) => void }): ReactNode {
  const t = useStrings();
  const [open, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  usePressOutside(box, open, () => setOpen(false));
  return (
    <div
      className="confab-picker"
      ref={box}
      onKeyDown={(e) => {
        if (e.key !== 'Escape' || !open) return;
        e.stopPropagation();
        setOpen(false);
      }}
    >
      {open && (
        <div className="confab-picker-choices" role="group" aria-label={t.reactions.title}>
          {choices.map((emoji) => (
            <button
              key={emoji}
              aria-label={fill(t.reactions.send, { emoji })}
              onClick={() => {
                setOpen(false);
                onReact(emoji);
              }}
            >
              {emoji}
            </button>
          ))}
        </div>
      )}
      <button
        className="confab-control"
        data-action="react"
        aria-expanded={open}
        aria-label={t.reactions.title}
        title={t.reactions.title}
        onClick={(e) => {
          // Choosing goes on in here.
          e.stopPropagation();
          setOpen(!open);
        }}
      >
        <SmilePlus aria-hidden />
      </button>
    </div>
  );
}
