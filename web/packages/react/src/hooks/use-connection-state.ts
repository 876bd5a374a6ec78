import type { ConnectionState } from '@confab/client';
import { useRoomState } from './use-room-state.js';

export function useConnectionState(): ConnectionState {
  return useRoomState((s) => s.state);
}
