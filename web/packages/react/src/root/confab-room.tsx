import { Room, type CaptureOptions, type RoomOptions, type TokenSource } from '@confab/client';
import { useEffect, useState, type ReactNode } from 'react';
import { useHandler } from '../hooks/use-handler.js';
import { RoomProvider } from '../room-context.js';

export interface ConfabRoomProps {
  /** Address of a node, or a meeting link. Another one leaves the room and enters anew. */
  readonly url: string | URL;
  /** A join token, or what fetches one; `''` joins an open node as a guest. The newest is asked when one is needed. */
  readonly token: TokenSource;
  /** How the room is made. Read when it is: later changes have no effect. */
  readonly options: RoomOptions;
  /** The name the others see, encrypted end to end. */
  readonly name?: string;
  /** `false` makes the room and does not connect yet. Default `true`; back to `false` disconnects. */
  readonly connect?: boolean;
  /** Publish the microphone once connected. A device that fails is no error of the room: toggles say why. */
  readonly audio?: boolean;
  /** Publish the camera once connected, with how to capture. */
  readonly video?: boolean | CaptureOptions;
  readonly onConnected?: (room: Room) => void;
  /** `reason` as in the room's event `disconnected`. */
  readonly onDisconnected?: (reason: string, error: Error | undefined) => void;
  /** Connecting failed, with a RoomError as a rule. */
  readonly onError?: (error: Error) => void;
  readonly children?: ReactNode;
}

/**
 * Makes a room, connects it while it is mounted, and gives it to the hooks and components below. Nothing is rendered
 * before the room exists, which is after the first effect, so rendering on a server and Strict Mode are safe.
 */
export function ConfabRoom(p: ConfabRoomProps): ReactNode {
  const { url, connect = true } = p;
  const [room, setRoom] = useState<Room>();
  const token = useHandler((o: { signal: AbortSignal }) => (typeof p.token === 'string' ? p.token : p.token(o)));
  const make = useHandler(() => new Room(p.options));
  const name = useHandler((made: Room) => (p.name === undefined ? undefined : made.localParticipant.setName(p.name)));
  const connected = useHandler((made: Room) => {
    p.onConnected?.(made);
    const me = made.localParticipant;
    if (p.audio) void me.setMicrophoneEnabled(true).catch(() => {});
    if (p.video) void me.setCameraEnabled(true, p.video === true ? undefined : p.video).catch(() => {});
  });
  const disconnected = useHandler((reason: string, error: Error | undefined) => p.onDisconnected?.(reason, error));
  const failed = useHandler((error: Error) => p.onError?.(error));
  const address = String(url);

  useEffect(() => {
    const made = make();
    const ended = new AbortController();
    setRoom(made);
    const enter = async (): Promise<void> => {
      await name(made);
      made.on('disconnected', (e) => disconnected(e.reason, e.error), { signal: ended.signal });
      await made.connect(address, async (o) => token(o), { signal: ended.signal });
      connected(made);
    };
    if (connect) {
      enter().catch((cause: unknown) => {
        if (!ended.signal.aborted) failed(cause instanceof Error ? cause : new Error(String(cause)));
      });
    }
    return () => {
      ended.abort();
      void made.disconnect();
    };
  }, [address, connect, make, name, token, connected, disconnected, failed]);

  return room && <RoomProvider room={room}>{p.children}</RoomProvider>;
}
