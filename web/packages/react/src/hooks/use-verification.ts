import type { Verification } from '@confab/client';
import { useCallback } from 'react';
import { useRoom } from '../room-context.js';
import { useRoomState } from './use-room-state.js';

export interface VerificationControl extends Verification {
  /** Asks the participant to compare emoji, or answers when it asked. Rejects with `closed` when it is gone. */
  start(): Promise<void>;
  /** What the person saw, while `state` is `shown`: `false` warns that somebody is in between. */
  finish(same: boolean): Promise<void>;
  /**
   * Declines what the participant asked, takes back what this person asked, or breaks off while the emoji are shown; the other
   * side is told. Puts away why nothing came of it. Does nothing to a comparison that was judged.
   */
  cancel(): Promise<void>;
}

const notCompared: Verification = { state: 'none', emoji: [] };

/** Comparing emoji with another participant, which shows that nobody is between the two. */
export function useVerification(identity: string): VerificationControl {
  const room = useRoom();
  const { state, emoji } = useRoomState(
    (s) => s.remotes.find((p) => p.identity === identity)?.verification ?? notCompared,
  );
  const participant = useCallback(() => room.remoteParticipants.get(identity), [room, identity]);
  const start = useCallback(async () => participant()?.startVerification(), [participant]);
  const finish = useCallback(async (same: boolean) => participant()?.finishVerification(same), [participant]);
  const cancel = useCallback(async () => participant()?.cancelVerification(), [participant]);
  return { state, emoji, start, finish, cancel };
}
