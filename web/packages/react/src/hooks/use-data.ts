import type { DataReceived } from '@confab/client';
import { useCallback } from 'react';
import { useRoom } from '../room-context.js';
import { useRoomEvent } from './use-room-event.js';

export interface DataChannel {
  /** Sends to everyone, or to the identities in `to`; end-to-end encrypted. */
  send(data: string | Uint8Array, o?: { to?: readonly string[]; reliable?: boolean }): Promise<void>;
}

/** Sends and receives data messages of one topic. */
export function useData(topic: string, onMessage: (message: DataReceived) => void): DataChannel {
  const room = useRoom();
  useRoomEvent('dataReceived', (message) => {
    if (message.topic === topic) onMessage(message);
  });
  const send = useCallback<DataChannel['send']>(
    (data, o = {}) => room.localParticipant.publishData(data, { ...o, topic }),
    [room, topic],
  );
  return { send };
}
