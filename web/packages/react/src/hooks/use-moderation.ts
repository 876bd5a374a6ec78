import type { Moderation, ParticipantSnapshot, RoomSettings, WaitingParticipant } from '@confab/client';
import { useRoom } from '../room-context.js';
import { sameItems, useRoomState } from './use-room-state.js';

/** Whether this participant is a host, and what hosts do. The methods reject for others. */
export function useModeration(): Moderation & { readonly isHost: boolean } {
  const { moderation } = useRoom();
  const isHost = useRoomState((s) => s.local.permissions.admin);
  return { ...moderation, isHost };
}

/** Those who wait to be admitted, longest first; empty for one who is no host. */
export function useWaiting(): readonly WaitingParticipant[] {
  return useRoomState((s) => s.waiting);
}

/** Waiting room and lock. */
export function useRoomSettings(): RoomSettings {
  return useRoomState((s) => s.settings);
}

/** Everyone whose hand is raised, in the order of raising. */
export function useHands(): readonly ParticipantSnapshot[] {
  return useRoomState(
    (s) => [s.local, ...s.remotes].filter((p) => p.handMs > 0).sort((a, b) => a.handMs - b.handMs),
    sameItems,
  );
}
