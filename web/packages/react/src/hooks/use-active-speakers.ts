import { useRoomState } from './use-room-state.js';

/** Identities of those who speak, loudest first. */
export function useActiveSpeakers(): readonly string[] {
  return useRoomState((s) => s.activeSpeakers);
}
