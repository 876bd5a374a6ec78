import { useConnectionState } from '../hooks/use-connection-state.js';
import { useRoomState } from '../hooks/use-room-state.js';
import { useRoom } from '../room-context.js';
import { useRef, useState, type ReactNode } from 'react';
import { useStrings } from '../strings/index.js';
import { useChat } from './chat-log.js';
import { allControls, ControlBar, type ControlName } from './control-bar.js';
import { EncryptionBadge } from './encryption-badge.js';
import { ReactionsShown, useReactions } from './reactions.js';
import { SidePanel, type PanelName } from './side-panel.js';
import { Stage, type Layout } from './stage.js';
import { Toasts } from './toasts.js';
import { useIdle } from './use-idle.js';
import { useShortcuts } from './use-shortcuts.js';
import { VerificationProvider } from './verification.js';

export interface VideoConferenceProps {
  /** The invitation that people can copy. Without one nothing is said of invitations. */
  readonly link?: string;
  /** Called when the person leaves, in place of disconnecting the room. */
  readonly onLeave?: () => void;
  /** How the stage begins; the person can change it. Default: grid. */
  readonly layout?: Layout;
  /** Which controls there are; all of them without it. Their order is always the same. */
  readonly controls?: readonly ControlName[];
  /** Own buttons before the controls, and after them before the button to leave. */
  readonly toolbarStart?: ReactNode;
  readonly toolbarEnd?: ReactNode;
  /** What is shown beside oneself while nobody else is there, in place of the invitation. */
  readonly empty?: ReactNode;
}

/** A whole call screen for the room of the nearest provider: stage, controls, one side panel. */
export function VideoConference(p: VideoConferenceProps): ReactNode {
  const { link, controls = allControls } = p;
  const t = useStrings();
  const room = useRoom();
  const state = useConnectionState();
  const [panel, setPanel] = useState<PanelName>();
  const [layout, setLayout] = useState<Layout>(p.layout ?? 'grid');
  const chat = useChat(panel === 'chat');
  const opener = useRef<Element | null>(null);
  const frame = useRef<HTMLDivElement>(null);
  const canPlay = useRoomState((s) => s.canPlayAudio);
  const reactions = useReactions();
  const idle = useIdle(4000) && !panel;

  const openPanel = (name: PanelName | undefined): void => {
    if (name && !panel) opener.current = (frame.current!.getRootNode() as Document | ShadowRoot).activeElement;
    setPanel(name);
    if (!name && opener.current instanceof HTMLElement) opener.current.focus();
  };
  const toggle = (name: PanelName): void => openPanel(panel === name ? undefined : name);
  const raise = (): Promise<void> => {
    const me = room.localParticipant;
    return me.setHandRaised(me.handRaisedAt === undefined).catch(() => {});
  };
  const talking = useShortcuts({
    chat: () => controls.includes('chat') && toggle('chat'),
    people: () => controls.includes('people') && toggle('people'),
    hand: () => controls.includes('hand') && void raise(),
    close: () => openPanel(undefined),
  });

  const leave = p.onLeave ?? ((): void => void room.disconnect());

  return (
    <VerificationProvider onLeave={leave}>
      <div ref={frame} className="confab-call" data-idle={idle} data-panel={panel ?? 'none'} data-state={state}>
        <main className="confab-call-main">
          <h1 className="confab-visually-hidden">{t.call.stage}</h1>
          <Stage layout={layout} link={link} empty={p.empty} />
          <EncryptionBadge onLeave={leave} />
          {!canPlay && (
            <button className="confab-button confab-primary confab-play-sound" onClick={() => void room.startAudio()}>
              {t.call.playSound}
            </button>
          )}
          {talking && (
            <p className="confab-push-to-talk" role="status">
              {t.controls.pushToTalk}
            </p>
          )}
          <ReactionsShown reactions={reactions.shown} />
          <Toasts
            listed={panel === 'people'}
            {...(controls.includes('people') && { onPeople: () => openPanel('people') })}
          />
        </main>
        <ControlBar
          controls={controls}
          start={p.toolbarStart}
          end={p.toolbarEnd}
          panel={panel}
          unread={chat.unread}
          layout={layout}
          onPanel={toggle}
          onReact={reactions.react}
          onLayout={() => setLayout(layout === 'grid' ? 'speaker' : 'grid')}
          onLeave={leave}
        />
        {panel && <SidePanel name={panel} link={link} chat={chat} onClose={() => openPanel(undefined)} />}
      </div>
    </VerificationProvider>
  );
}
