import type { EncryptionState } from '@confab/client';
import { useRoomState } from './use-room-state.js';

export function useEncryption(): EncryptionState {
  return useRoomState((s) => s.encryption);
}
