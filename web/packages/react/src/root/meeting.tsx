import { linkKeys, Room, RoomError, type KeyProvider, type TokenSource } from '@confab/client';
import { useEffect, useRef, useState, type ReactNode } from 'react';
import { CallEnded } from '../conference/call-ended.js';
import { WaitingScreen } from '../conference/waiting-screen.js';
import { VideoConference, type VideoConferenceProps } from '../conference/video-conference.js';
import { useHandler } from '../hooks/use-handler.js';
import { cameraOptions, setPreferences, usePreferences } from '../preferences/preferences.js';
import { PreJoin } from '../prejoin/pre-join.js';
import { RoomProvider } from '../room-context.js';

/** Where in a meeting a person is. */
export type MeetingPhase = 'prejoin' | 'joining' | 'waiting' | 'call' | 'ended';

export interface MeetingProps extends Omit<VideoConferenceProps, 'onLeave'> {
  /** The meeting's link, or the address of a node when the token names the room. */
  readonly url: string;
  /** Without them, those of the link. */
  readonly keys?: KeyProvider;
  /** A join token, or what fetches one. Without one, an open node is joined as a guest. */
  readonly token?: TokenSource;
  /** The name to begin with, in place of the one that was used last on this device. */
  readonly name?: string;
  /** Enters at once, without the screen that shows oneself. */
  readonly autoJoin?: boolean;
  /** Enters with the microphone or camera off, whatever was chosen last. */
  readonly startMuted?: boolean;
  readonly startCameraOff?: boolean;
  /** Beside what is asked before joining, and what is told at the end. */
  readonly beforeJoin?: ReactNode;
  readonly afterEnd?: ReactNode;
  /** What is shown while a host has not let one in yet: how long it may take, whom one will meet. */
  readonly whileWaiting?: ReactNode;
  /** Called with the room before it is connected. */
  readonly onRoom?: (room: Room) => void;
  readonly onJoined?: (room: Room) => void;
  /** The call is over, or joining failed: `reason` is that of the room's event `disconnected`, or the code of the error. */
  readonly onEnded?: (reason: string, error: Error | undefined) => void;
  readonly onPhase?: (phase: MeetingPhase) => void;
  /** Without it there is no button to a start page. */
  readonly onHome?: () => void;
}

type Phase =
  | { readonly at: 'prejoin' | 'joining' | 'waiting' }
  | { readonly at: 'call'; readonly room: Room }
  | { readonly at: 'ended'; readonly reason: string; readonly error: Error | undefined };

/** A whole meeting from its link: name and devices, the call, the end. */
export function Meeting(p: MeetingProps): ReactNode {
  const [phase, setPhase] = useState<Phase>({ at: p.autoJoin ? 'joining' : 'prejoin' });
  const preferences = usePreferences();
  const current = useRef<Room | undefined>(undefined);
  const entered = useHandler((at: MeetingPhase) => p.onPhase?.(at));
  useEffect(() => entered(phase.at), [phase.at, entered]);

  const end = (reason: string, error: Error | undefined): void => {
    current.current = undefined;
    setPhase({ at: 'ended', reason, error });
    p.onEnded?.(reason, error);
  };
  const join = useHandler(async (): Promise<void> => {
    setPhase({ at: 'joining' });
    const { name, camera, microphone, microphoneId, speakerId } = { ...preferences, ...(p.name && { name: p.name }) };
    let room: Room | undefined;
    try {
      room = new Room({
        keys: p.keys ?? linkKeys(p.url),
        audio: microphoneId ? { deviceId: microphoneId } : {},
        video: cameraOptions(preferences),
      });
      current.current = room;
      p.onRoom?.(room);
      await room.localParticipant.setName(name);
      // The component is gone, or was mounted anew.
      if (current.current !== room) return;
      room.on('disconnected', ({ reason, error }) => {
        if (current.current !== room) return;
        end(reason, error);
      });
      room.on('connectionStateChanged', ({ state }) => {
        if (state === 'waiting') setPhase({ at: 'waiting' });
      });
      await room.connect(p.url, p.token ?? '');
      p.onJoined?.(room);
      setPhase({ at: 'call', room });
      void room.startAudio();
      if (speakerId) void room.switchActiveDevice('audiooutput', speakerId).catch(() => {});
      // A device that fails leaves the call as it is: the toggle says why when it is pressed.
      if (microphone && !p.startMuted) void room.localParticipant.setMicrophoneEnabled(true).catch(() => {});
      if (camera && !p.startCameraOff) void room.localParticipant.setCameraEnabled(true).catch(() => {});
    } catch (cause) {
      // Another took its place: the component was mounted anew.
      if (current.current !== room) return;
      const error = cause instanceof Error ? cause : new Error(String(cause));
      end(error instanceof RoomError ? error.code : 'failed', error);
    }
  });

  const begin = useHandler(() => {
    if (p.name) setPreferences({ name: p.name });
    if (p.startMuted) setPreferences({ microphone: false });
    if (p.startCameraOff) setPreferences({ camera: false });
    if (p.autoJoin) void join();
  });
  useEffect(() => {
    begin();
    return () => {
      void current.current?.disconnect();
      current.current = undefined;
    };
  }, [begin]);

  switch (phase.at) {
    case 'prejoin':
    case 'joining':
      return (
        <PreJoin
          link={p.url}
          {...(p.keys && { keys: p.keys })}
          joining={phase.at === 'joining'}
          onJoin={() => void join()}
        >
          {p.beforeJoin}
        </PreJoin>
      );
    case 'waiting':
      return <WaitingScreen onLeave={() => void current.current?.disconnect()}>{p.whileWaiting}</WaitingScreen>;
    case 'call':
      return (
        <RoomProvider room={phase.room}>
          <VideoConference {...p} onLeave={() => void phase.room.disconnect()} />
        </RoomProvider>
      );
    case 'ended':
      return (
        <CallEnded
          reason={phase.reason}
          error={phase.error}
          onRejoin={() => setPhase({ at: 'prejoin' })}
          {...(p.onHome && { onHome: p.onHome })}
        >
          {p.afterEnd}
        </CallEnded>
      );
  }
}
