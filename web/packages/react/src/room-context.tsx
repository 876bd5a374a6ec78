import type { Room } from '@confab/client';
import { createContext, useContext, type ReactNode } from 'react';

const RoomContext = createContext<Room | undefined>(undefined);

/** Gives the room to the hooks and components below it. It neither connects nor disconnects the room. */
export function RoomProvider({ room, children }: { room: Room; children: ReactNode }): ReactNode {
  return <RoomContext.Provider value={room}>{children}</RoomContext.Provider>;
}

/** The room of the nearest {@link RoomProvider}. Throws outside of one. */
export function useRoom(): Room {
  const room = useContext(RoomContext);
  if (!room) throw new Error('useRoom: put <RoomProvider room={…}> around this component');
  return room;
}
