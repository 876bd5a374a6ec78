import { createLocalTracks } from '@confab/client';
import { useEffect, useState } from 'react';

export interface PreviewOptions {
  /** `false`: off. A device id, or `true` for the default device. */
  readonly camera: boolean | string;
  readonly microphone: boolean | string;
  /** Another number opens the devices anew, after one failed. */
  readonly attempt?: number;
}

export interface PreviewTracks {
  readonly camera: MediaStreamTrack | undefined;
  readonly microphone: MediaStreamTrack | undefined;
  readonly cameraError: Error | undefined;
  readonly microphoneError: Error | undefined;
}

/** By then whatever shows a track has let go of it. */
const releaseMs = 1_000;

type Preview = { track?: MediaStreamTrack; error?: Error };

/** Opens devices before joining, each by itself so that one that fails leaves the other; closes them when turned off or unmounted. */
export function usePreviewTracks({ camera, microphone, attempt = 0 }: PreviewOptions): PreviewTracks {
  const video = usePreview('video', camera, attempt);
  const audio = usePreview('audio', microphone, attempt);
  return {
    camera: video.track,
    microphone: audio.track,
    cameraError: video.error,
    microphoneError: audio.error,
  };
}

function usePreview(kind: 'audio' | 'video', wanted: boolean | string, attempt: number): Preview {
  const [preview, setPreview] = useState<Preview>({});
  useEffect(() => {
    if (wanted === false) return;
    let live = true;
    let opened: MediaStreamTrack | undefined;
    const options = typeof wanted === 'string' && wanted !== '' ? { deviceId: wanted } : true;
    void createLocalTracks({ audio: kind === 'audio' && options, video: kind === 'video' && options }).then(
      ([track]) => {
        if (!live) return track?.stop();
        opened = track;
        setPreview(track ? { track } : {});
      },
      (error: Error) => {
        if (live) setPreview({ error });
      },
    );
    return () => {
      live = false;
      setPreview({});
      // For one that was never rendered, and so is not stopped below.
      setTimeout(() => opened?.stop(), releaseMs);
    };
  }, [kind, wanted, attempt]);
  // Stopped once nothing rendered shows it: WebKitGTK can lock up when a camera stops while an element plays it.
  useEffect(() => () => preview.track?.stop(), [preview]);
  return preview;
}
