import { useConnectionState, useRoom, useRoomState } from '@confab/react';
import { useEffect, useRef, useState, type ReactNode } from 'react';
import { useStrings } from '../strings/index.js';
import { useChat } from './chat-log.js';
import { ControlBar } from './control-bar.js';
import { EncryptionBadge } from './encryption-badge.js';
import { SidePanel, type PanelName } from './side-panel.js';
import { Stage, type Layout } from './stage.js';
import { Toasts } from './toasts.js';
import { useIdle } from './use-idle.js';
import { useShortcuts } from './use-shortcuts.js';

/** The call itself: stage, controls, one side panel. */
export function Call({ link, onLeave }: { link: string; onLeave: () => void }): ReactNode {
  const t = useStrings();
  const room = useRoom();
  const state = useConnectionState();
  const [panel, setPanel] = useState<PanelName>();
  const [layout, setLayout] = useState<Layout>('grid');
  const chat = useChat(panel === 'chat');
  const opener = useRef<Element | null>(null);
  const canPlay = useRoomState((s) => s.canPlayAudio);
  const idle = useIdle(4000) && !panel;

  const openPanel = (name: PanelName | undefined): void => {
    if (name && !panel) opener.current = document.activeElement;
    setPanel(name);
    if (!name && opener.current instanceof HTMLElement) opener.current.focus();
  };
  const toggle = (name: PanelName): void => openPanel(panel === name ? undefined : name);
  const talking = useShortcuts({
    chat: () => toggle('chat'),
    people: () => toggle('people'),
    close: () => openPanel(undefined),
  });

  useEffect(() => {
    const leave = (): void => void room.disconnect();
    addEventListener('pagehide', leave);
    return () => removeEventListener('pagehide', leave);
  }, [room]);

  return (
    <div className="call" data-idle={idle} data-panel={panel ?? 'none'} data-state={state}>
      <main className="call-main">
        <h1 className="visually-hidden">{t.call.stage}</h1>
        <Stage layout={layout} link={link} />
        <EncryptionBadge />
        {!canPlay && (
          <button className="button primary play-sound" onClick={() => void room.startAudio()}>
            {t.call.playSound}
          </button>
        )}
        {talking && (
          <p className="push-to-talk" role="status">
            {t.controls.pushToTalk}
          </p>
        )}
        <Toasts />
      </main>
      <ControlBar
        panel={panel}
        unread={chat.unread}
        layout={layout}
        onPanel={toggle}
        onLayout={() => setLayout(layout === 'grid' ? 'speaker' : 'grid')}
        onLeave={onLeave}
      />
      {panel && <SidePanel name={panel} link={link} chat={chat} onClose={() => openPanel(undefined)} />}
    </div>
  );
}
