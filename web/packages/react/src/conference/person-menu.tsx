import type { ParticipantSnapshot } from '@confab/client';
import { EllipsisVertical } from 'lucide-react';
import { useEffect, useId, useRef, useState, type ReactNode } from 'react';
import { useModeration } from '../hooks/use-moderation.js';
import { usePressOutside } from '../hooks/use-press-outside.js';
import { displayName } from '../parts/display-name.js';
import { fill, useStrings } from '../strings/index.js';
import { track } from './stage.js';

/** For hosts: what can be done about one participant. Nobody can turn another's microphone or camera on. */
export function PersonMenu({ participant: p }: { participant: ParticipantSnapshot }): ReactNode {
  const t = useStrings();
  const host = useModeration();
  const [open, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const id = useId();
  useEffect(() => {
    if (open) box.current?.querySelector<HTMLElement>('[role=menuitem]')?.focus();
  }, [open]);
  usePressOutside(box, open, () => setOpen(false));

  const microphone = track(p, 'microphone');
  const { identity } = p;
  const items: [string, string, boolean, () => Promise<void>][] = [
    ['mute', t.host.mute, microphone !== undefined && !microphone.muted, () => host.mute(identity)],
    ['stop-camera', t.host.stopCamera, track(p, 'camera') !== undefined, () => host.stop(identity, 'camera')],
    ['stop-screen', t.host.stopScreen, track(p, 'screen') !== undefined, () => host.stop(identity, 'screen')],
    ['lower-hand', t.host.lowerHand, p.handMs > 0, () => host.lowerHand(identity)],
    [
      'host',
      p.permissions.admin ? t.host.dismiss : t.host.appoint,
      true,
      () => host.setPermissions(identity, { admin: !p.permissions.admin }),
    ],
    ['remove', t.host.remove, true, () => host.remove(identity)],
    ['block', t.host.block, true, () => host.remove(identity, { block: true })],
  ];
  return (
    <div
      className="confab-menu"
      ref={box}
      onKeyDown={(e) => {
        if (e.key === 'Escape') {
          e.stopPropagation();
          setOpen(false);
          box.current?.querySelector('button')?.focus();
        } else if (e.key === 'ArrowDown' || e.key === 'ArrowUp') {
          e.preventDefault();
          moveFocus(box.current, e.key === 'ArrowDown' ? 1 : -1);
        }
      }}
    >
      <button
        className="confab-icon-button"
        aria-haspopup="menu"
        aria-expanded={open}
        aria-controls={id}
        aria-label={fill(t.host.menu, { name: displayName(t, p) })}
        data-action="person-menu"
        onClick={() => setOpen(!open)}
      >
        <EllipsisVertical size={18} aria-hidden />
      </button>
      <div id={id} role="menu" className="confab-menu-items" hidden={!open}>
        {items
          .filter(([, , applies]) => applies)
          .map(([name, label, , act]) => (
            <button
              key={name}
              role="menuitem"
              tabIndex={-1}
              data-action={name}
              onClick={() => {
                setOpen(false);
                void act();
              }}
            >
              {label}
            </button>
          ))}
      </div>
    </div>
  );
}

function moveFocus(box: HTMLElement | null, by: 1 | -1): void {
  const items = [...(box?.querySelectorAll<HTMLElement>('[role=menuitem]') ?? [])];
  const at = items.indexOf((box?.getRootNode() as Document | ShadowRoot).activeElement as HTMLElement);
  items[(at + by + items.length) % items.length]?.focus();
}
