import type { Verification } from '@confab/client';
import { useCallback } from 'react';
import { useRoom } from '../room-context.js';
import { useRoomState } from './use-room-state.js';

export interface VerificationControl extends Verification {
  /** Asks the participant to compare emoji, or answers when it asked. Rejects with `closed` when it is gone. */
  start(): Promise<void>;
  /** What the person saw, while `state` is `shown`: `false` warns that somebody is in between. */
  finish(same: boolean): Promise<void>;
  /** Gives up a comparison whose emoji are not known yet; does nothing at other times. */
  cancel(): Promise<void>;
}

const notCompared: Verification = { state: 'none', emoji: [] };

/** Comparing emoji with another participant, which shows that nobody is between the two. */
export function useVerification(identity: string): VerificationControl {
  const room = useRoom();
  const { state, emoji } = useRoomState(
    (s) => s.remotes.find((p) => p.identity === identity)?.verification ?? notCompared,
  );
  const start = useCallback(async () => room.remoteParticipants.get(identity)?.startVerification(), [room, identity]);
  const finish = useCallback(
    async (same: boolean) => room.remoteParticipants.get(identity)?.finishVerification(same),
    [room, identity],
  );
  const cancel = useCallback(async () => {
    const participant = room.remoteParticipants.get(identity);
    // Once the emoji are shown, anything but "the same" is a warning.
    if (participant && early.has(participant.verification.state)) await participant.finishVerification(false);
  }, [room, identity]);
  return { state, emoji, start, finish, cancel };
}

const early = new Set<Verification['state']>(['asked', 'offered', 'agreed']);
