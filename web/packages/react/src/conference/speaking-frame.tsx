import type { ReactNode } from 'react';
import { useRoomState } from '../hooks/use-room-state.js';

/** The frame of a tile whose participant speaks. It alone renders again when somebody begins to speak, or stops. */
export function SpeakingFrame({ identity }: { identity: string }): ReactNode {
  const speaking = useRoomState((s) => s.activeSpeakers.includes(identity));
  return <span className="confab-speaking-frame" data-speaking={speaking} aria-hidden />;
}
