import type { ParticipantSnapshot } from '@confab/client';
import { sameItems, useRoomState } from './use-room-state.js';

/** Everyone, oneself first. */
export function useParticipants(): readonly ParticipantSnapshot[] {
  return useRoomState((s) => [s.local, ...s.remotes], sameItems);
}

/** The others, in the order they joined. */
export function useRemoteParticipants(): readonly ParticipantSnapshot[] {
  return useRoomState((s) => s.remotes);
}

export function useLocalParticipant(): ParticipantSnapshot {
  return useRoomState((s) => s.local);
}
