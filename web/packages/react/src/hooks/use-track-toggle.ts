import type { Source } from '@confab/client';
import { useCallback, useState } from 'react';
import { useRoom } from '../room-context.js';
import { useRoomState } from './use-room-state.js';

export interface TrackToggleState {
  /** The track is published and not muted. */
  readonly enabled: boolean;
  /** The last toggle has not finished: a device opens, or the browser asks for permission. */
  readonly pending: boolean;
  /** Why the last toggle failed; cleared by the next one. */
  readonly error: Error | undefined;
  /** Turns the source on or off. Never rejects: see `error`. A call while one is pending is ignored. */
  toggle(): Promise<void>;
  readonly buttonProps: { 'aria-pressed': boolean; disabled: boolean; onClick: () => void };
}

/** Turns the own camera, microphone or screen share on and off. */
export function useTrackToggle(source: Exclude<Source, 'screen-audio'>): TrackToggleState {
  const room = useRoom();
  const enabled = useRoomState((s) => s.local.tracks.some((t) => t.source === source && !t.muted));
  const [pending, setPending] = useState(false);
  const [error, setError] = useState<Error>();
  const toggle = useCallback(async () => {
    if (pending) return;
    setPending(true);
    setError(undefined);
    try {
      const me = room.localParticipant;
      if (source === 'camera') await me.setCameraEnabled(!enabled);
      else if (source === 'microphone') await me.setMicrophoneEnabled(!enabled);
      else await me.setScreenShareEnabled(!enabled, { audio: true });
    } catch (cause) {
      setError(cause instanceof Error ? cause : new Error(String(cause)));
    } finally {
      setPending(false);
    }
  }, [room, source, enabled, pending]);
  return {
    enabled,
    pending,
    error,
    toggle,
    buttonProps: { 'aria-pressed': enabled, disabled: pending, onClick: () => void toggle() },
  };
}
