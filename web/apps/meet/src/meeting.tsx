import { linkKeys, Room, RoomError } from '@confab/client';
import { RoomProvider } from '@confab/react';
import { useEffect, useRef, useState, type ReactNode } from 'react';
import { Call } from './call/call.js';
import { Ended } from './ended.js';
import { PreJoin } from './prejoin/prejoin.js';
import { cameraOptions, usePreferences } from './state/preferences.js';
import { rememberMeeting } from './state/recent.js';

type Phase =
  | { readonly at: 'prejoin'; readonly joining: boolean; readonly error?: Error }
  | { readonly at: 'call'; readonly room: Room }
  | { readonly at: 'ended'; readonly reason: string; readonly error: Error | undefined };

/** One meeting from its link: pre-join, call, end. */
export function Meeting({ room: roomName, link }: { room: string; link: string }): ReactNode {
  const [phase, setPhase] = useState<Phase>({ at: 'prejoin', joining: false });
  const preferences = usePreferences();
  const current = useRef<Room | undefined>(undefined);
  useEffect(() => () => void current.current?.disconnect(), []);

  const join = async (): Promise<void> => {
    setPhase({ at: 'prejoin', joining: true });
    const { name, camera, microphone, microphoneId, speakerId } = preferences;
    try {
      const room = new Room({
        keys: linkKeys(link),
        audio: microphoneId ? { deviceId: microphoneId } : {},
        video: cameraOptions(preferences),
      });
      current.current = room;
      Object.assign(globalThis, { confab: { room } });
      await room.localParticipant.setName(name);
      room.on('disconnected', ({ reason, error }) => {
        current.current = undefined;
        setPhase({ at: 'ended', reason, error });
      });
      await room.connect(link, '');
      rememberMeeting(link, roomName);
      setPhase({ at: 'call', room });
      void room.startAudio();
      if (speakerId) void room.switchActiveDevice('audiooutput', speakerId).catch(() => {});
      // A device that fails leaves the call as it is: the toggle says why when it is pressed.
      if (microphone) void room.localParticipant.setMicrophoneEnabled(true).catch(() => {});
      if (camera) void room.localParticipant.setCameraEnabled(true).catch(() => {});
    } catch (cause) {
      current.current = undefined;
      const error = cause instanceof Error ? cause : new Error(String(cause));
      setPhase({ at: 'ended', reason: error instanceof RoomError ? error.code : 'failed', error });
    }
  };

  switch (phase.at) {
    case 'prejoin':
      return <PreJoin link={link} joining={phase.joining} onJoin={() => void join()} />;
    case 'call':
      return (
        <RoomProvider room={phase.room}>
          <Call link={link} onLeave={() => void phase.room.disconnect()} />
        </RoomProvider>
      );
    case 'ended':
      return (
        <Ended reason={phase.reason} error={phase.error} onRejoin={() => setPhase({ at: 'prejoin', joining: false })} />
      );
  }
}
