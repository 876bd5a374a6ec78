import { useWaiting } from '../hooks/use-moderation.js';
import { useRoomState } from '../hooks/use-room-state.js';
import { useTrackToggle } from '../hooks/use-track-toggle.js';
import {
  Ellipsis,
  Hand,
  LayoutGrid,
  MessageSquare,
  Mic,
  MicOff,
  PhoneOff,
  ScreenShare,
  ScreenShareOff,
  Settings,
  UserSquare,
  Users,
  Video,
  VideoOff,
} from 'lucide-react';
import { useState, type ReactNode } from 'react';
import { attempt } from '../parts/attempt.js';
import { deviceProblem } from '../parts/device-problem.js';
import { fill, useStrings } from '../strings/index.js';
import { useRoom } from '../room-context.js';
import { ReactionPicker } from './reactions.js';
import type { PanelName } from './side-panel.js';
import type { Layout } from './stage.js';

/** What the control bar can hold. */
export type ControlName =
  'microphone' | 'camera' | 'screen' | 'hand' | 'reactions' | 'layout' | 'chat' | 'people' | 'settings' | 'leave';

export const allControls: readonly ControlName[] = [
  'microphone',
  'camera',
  'screen',
  'chat',
  'people',
  'hand',
  'reactions',
  'layout',
  'settings',
  'leave',
];

/** What one does most, always in the same place and order. */
export function ControlBar(p: {
  controls: readonly ControlName[];
  panel: PanelName | undefined;
  unread: number;
  layout: Layout;
  start: ReactNode;
  end: ReactNode;
  onPanel: (name: PanelName) => void;
  onLayout: () => void;
  onReact: (emoji: string) => void;
  onLeave: () => void;
}): ReactNode {
  const t = useStrings();
  const microphone = useTrackToggle('microphone');
  const camera = useTrackToggle('camera');
  const screen = useTrackToggle('screen');
  const room = useRoom();
  const [more, setMore] = useState(false);
  const raised = useRoomState((s) => s.local.handMs > 0);
  const waiting = useWaiting().length;
  const has = (name: ControlName): boolean => p.controls.includes(name);
  const canShare = has('screen') && 'getDisplayMedia' in (globalThis.navigator?.mediaDevices ?? {});
  const problem = microphone.error
    ? deviceProblem(t, microphone.error, t.device.microphone)
    : camera.error && deviceProblem(t, camera.error, t.device.camera);
  return (
    <div part="toolbar" className="confab-control-bar" role="toolbar" aria-label={t.controls.toolbar}>
      {problem && (
        <p className="confab-control-problem confab-problem" role="alert">
          {problem}
        </p>
      )}
      {p.start}
      {has('microphone') && (
        <Control
          {...microphone.buttonProps}
          label={microphone.enabled ? t.controls.micOff : t.controls.micOn}
          shortcut="D"
          off={!microphone.enabled}
          action="microphone"
        >
          {microphone.enabled ? <Mic aria-hidden /> : <MicOff aria-hidden />}
        </Control>
      )}
      {has('camera') && (
        <Control
          {...camera.buttonProps}
          label={camera.enabled ? t.controls.cameraOff : t.controls.cameraOn}
          shortcut="E"
          off={!camera.enabled}
          action="camera"
        >
          {camera.enabled ? <Video aria-hidden /> : <VideoOff aria-hidden />}
        </Control>
      )}
      {canShare && (
        <Control
          {...screen.buttonProps}
          label={screen.enabled ? t.controls.stopShare : t.controls.share}
          shortcut="S"
          action="screen"
        >
          {screen.enabled ? <ScreenShareOff aria-hidden /> : <ScreenShare aria-hidden />}
        </Control>
      )}
      {has('chat') && (
        <Control
          onClick={() => p.onPanel('chat')}
          aria-expanded={p.panel === 'chat'}
          label={p.unread > 0 ? `${t.controls.chat}, ${fill(t.controls.unread, { n: p.unread })}` : t.controls.chat}
          shortcut="C"
          action="chat"
        >
          <MessageSquare aria-hidden />
          {p.unread > 0 && <span className="confab-count">{p.unread > 99 ? '99+' : p.unread}</span>}
        </Control>
      )}
      {has('people') && (
        <Control
          onClick={() => p.onPanel('people')}
          aria-expanded={p.panel === 'people'}
          label={waiting > 0 ? `${t.controls.people}, ${fill(t.host.waitingCount, { n: waiting })}` : t.controls.people}
          shortcut="P"
          action="people"
        >
          <Users aria-hidden />
          {waiting > 0 && <span className="confab-count">{waiting > 99 ? '99+' : waiting}</span>}
        </Control>
      )}
      {/* In a narrow room these are behind one button. */}
      <div className="confab-more" data-open={more} onClick={() => setMore(false)}>
        {has('hand') && (
          <Control
            onClick={() => attempt(room.localParticipant.setHandRaised(!raised))}
            aria-pressed={raised}
            label={raised ? t.hands.lower : t.hands.raise}
            shortcut="H"
            action="hand"
          >
            <Hand aria-hidden />
          </Control>
        )}
        {has('reactions') && <ReactionPicker onReact={p.onReact} />}
        {has('layout') && (
          <Control onClick={p.onLayout} label={t.controls.layout} action="layout" secondary>
            {p.layout === 'grid' ? <UserSquare aria-hidden /> : <LayoutGrid aria-hidden />}
          </Control>
        )}
        {has('settings') && (
          <Control
            onClick={() => p.onPanel('settings')}
            aria-expanded={p.panel === 'settings'}
            label={t.controls.settings}
            action="settings"
            secondary
          >
            <Settings aria-hidden />
          </Control>
        )}
      </div>
      <button
        className="confab-control confab-more-button"
        data-action="more"
        aria-expanded={more}
        aria-label={t.controls.more}
        title={t.controls.more}
        onClick={() => setMore(!more)}
      >
        <Ellipsis aria-hidden />
      </button>
      {p.end}
      {has('leave') && (
        <Control onClick={p.onLeave} label={t.controls.leave} danger action="leave">
          <PhoneOff aria-hidden />
        </Control>
      )}
    </div>
  );
}

function Control(p: {
  label: string;
  action: string;
  onClick: () => void;
  children: ReactNode;
  shortcut?: string;
  off?: boolean;
  danger?: boolean;
  secondary?: boolean;
  disabled?: boolean;
  'aria-pressed'?: boolean;
  'aria-expanded'?: boolean;
}): ReactNode {
  return (
    <button
      part="button"
      className="confab-control"
      data-action={p.action}
      data-off={p.off ?? false}
      data-danger={p.danger ?? false}
      data-secondary={p.secondary ?? false}
      disabled={p.disabled}
      aria-pressed={p['aria-pressed']}
      aria-expanded={p['aria-expanded']}
      aria-label={p.label}
      aria-keyshortcuts={p.shortcut}
      title={p.shortcut ? `${p.label} (${p.shortcut})` : p.label}
      onClick={p.onClick}
    >
      {p.children}
    </button>
  );
}
