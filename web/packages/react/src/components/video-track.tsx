import type { Track } from '@confab/client';
import { useEffect, useRef, type CanvasHTMLAttributes, type ReactNode } from 'react';

export interface VideoTrackProps extends CanvasHTMLAttributes<HTMLCanvasElement> {
  readonly track: Track;
}

/**
 * Shows a video track. The size at which it is shown decides which layer is subscribed to, and a tile that is not on
 * screen is not subscribed to at all. Own video is a `<video>`, others' a `<canvas>`; both take the same class.
 */
export function VideoTrack({ track, ...props }: VideoTrackProps): ReactNode {
  const element = useRef<HTMLVideoElement & HTMLCanvasElement>(null);
  useEffect(() => (element.current ? track.attach(element.current) : undefined), [track]);
  return track.participant.isLocal ? (
    <video ref={element} muted playsInline autoPlay {...(props as object)} />
  ) : (
    <canvas ref={element} {...props} />
  );
}
