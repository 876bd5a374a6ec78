import { useLayoutEffect, useRef, type ReactNode, type VideoHTMLAttributes } from 'react';

export interface PreviewVideoProps extends VideoHTMLAttributes<HTMLVideoElement> {
  readonly track: MediaStreamTrack;
}

/** Shows a captured track that is not published. */
export function PreviewVideo({ track, ...props }: PreviewVideoProps): ReactNode {
  const element = useRef<HTMLVideoElement>(null);
  // In the layout phase, so that it has let go of the track before any effect stops it.
  useLayoutEffect(() => {
    const video = element.current!;
    video.srcObject = new MediaStream([track]);
    return () => {
      video.pause();
      video.srcObject = null;
    };
  }, [track]);
  return <video ref={element} muted playsInline autoPlay {...props} />;
}
