import type { ParticipantSnapshot } from '@confab/client';
import { EllipsisVertical } from 'lucide-react';
import { useEffect, useId, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';
import { usePersonActions } from './person-actions.js';
import { usePressOutside } from '../hooks/use-press-outside.js';
import { displayName } from '../parts/display-name.js';
import { fill, useStrings } from '../strings/index.js';

/** What can be done about one participant; nothing where nothing can. */
export function PersonMenu({ participant }: { participant: ParticipantSnapshot }): ReactNode {
  const t = useStrings();
  const actions = usePersonActions(participant);
  const [open, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const opener = useRef<HTMLButtonElement>(null);
  const id = useId();
  useEffect(() => {
    if (open) itemsOf(box.current)[0]?.focus();
  }, [open]);
  usePressOutside(box, open, () => setOpen(false));

  // Before anything else takes the focus, which is to come back to here.
  const close = (): void => {
    setOpen(false);
    opener.current?.focus();
  };
  const key = (event: KeyboardEvent): void => {
    if (!open) return;
    if (event.key === 'Escape') {
      event.stopPropagation();
      return close();
    }
    if (event.key === 'Tab') return setOpen(false);
    const to = target(event.key, box.current);
    if (!to) return;
    event.preventDefault();
    to.focus();
  };
  if (actions.length === 0) return null;
  return (
    <div className="confab-menu" ref={box} onKeyDown={key}>
      <button
        ref={opener}
        className="confab-icon-button"
        aria-haspopup="menu"
        aria-expanded={open}
        aria-controls={id}
        aria-label={fill(t.host.menu, { name: displayName(t, participant) })}
        data-action="person-menu"
        onClick={() => setOpen(!open)}
      >
        <EllipsisVertical size={18} aria-hidden />
      </button>
      <div id={id} role="menu" className="confab-menu-items" hidden={!open}>
        {actions.map(({ name, label, act }) => (
          <button
            key={name}
            role="menuitem"
            tabIndex={-1}
            data-action={name}
            onClick={() => {
              close();
              act();
            }}
          >
            {label}
          </button>
        ))}
      </div>
    </div>
  );
}

function itemsOf(box: HTMLElement | null): HTMLElement[] {
  return [...(box?.querySelectorAll<HTMLElement>('[role=menuitem]') ?? [])];
}

/** Where a key leads in the menu (WAI-ARIA menu button pattern). */
function target(key: string, box: HTMLElement | null): HTMLElement | undefined {
  const items = itemsOf(box);
  const at = items.indexOf((box?.getRootNode() as Document | ShadowRoot).activeElement as HTMLElement);
  switch (key) {
    case 'ArrowDown':
      return items[(at + 1) % items.length];
    case 'ArrowUp':
      return items.at(at < 1 ? -1 : at - 1);
    case 'Home':
      return items[0];
    case 'End':
      return items.at(-1);
  }
}
