import { X } from 'lucide-react';
import { useEffect, useId, useRef, type ReactNode } from 'react';
import { useStrings } from '../strings/index.js';
import type { Chat } from './chat-log.js';
import { ChatPanel } from './chat-panel.js';
import { PeoplePanel } from './people-panel.js';
import { SettingsPanel } from './settings-panel.js';

export type PanelName = 'chat' | 'people' | 'settings';

/** The one panel beside the stage. It takes the focus when it opens; the call gives it back when it closes. */
export function SidePanel(p: {
  name: PanelName;
  link: string | undefined;
  chat: Chat;
  onClose: () => void;
}): ReactNode {
  const t = useStrings();
  const titles: Record<PanelName, string> = {
    chat: t.chat.title,
    people: t.people.title,
    settings: t.settings.title,
  };
  const titleId = useId();
  const panel = useRef<HTMLElement>(null);
  useEffect(() => {
    const first = panel.current?.querySelector<HTMLElement>('[data-first]') ?? panel.current;
    first?.focus();
  }, [p.name]);
  return (
    <aside
      ref={panel}
      part="panel"
      className="confab-side-panel"
      aria-labelledby={titleId}
      tabIndex={-1}
      data-panel={p.name}
    >
      <header>
        <h2 id={titleId}>{titles[p.name]}</h2>
        <button className="confab-icon-button" aria-label={t.settings.close} onClick={p.onClose}>
          <X aria-hidden />
        </button>
      </header>
      {p.name === 'chat' && <ChatPanel chat={p.chat} />}
      {p.name === 'people' && <PeoplePanel link={p.link} />}
      {p.name === 'settings' && <SettingsPanel />}
    </aside>
  );
}
