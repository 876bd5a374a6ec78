import type { RoomEvents } from '@confab/client';
import { useEffect } from 'react';
import { useRoom } from '../room-context.js';
import { useHandler } from './use-handler.js';

/** Calls the newest `listener` for every event of the type while the component is mounted. */
export function useRoomEvent<K extends keyof RoomEvents>(type: K, listener: (event: RoomEvents[K]) => void): void {
  const room = useRoom();
  const onEvent = useHandler(listener);
  useEffect(() => room.on(type, (event) => onEvent(event)), [room, type, onEvent]);
}
