import { FramePacer } from '../frame-pacer.js';
import { windowTicker, type Ticker } from './ticker.js';

export interface VideoCaptureOptions {
  readonly maxFps: number;
  /** Cameras that deliver more are asked to scale down. */
  readonly maxWidth: number;
  readonly maxHeight: number;
  /** Keeps capturing while the tab is hidden, where the browser needs help with that; `portTicker` makes one. */
  readonly ticker?: Ticker;
}

export interface VideoCapture {
  /** While true no frames are handed out. */
  paused: boolean;
  /** Goes on with another track; the old one is not stopped. */
  replaceTrack(track: MediaStreamTrack): void;
  /** Does not stop the track. */
  stop(): void;
}

/** A source of frames for one track; ends when the returned function is called. */
type Source = (track: MediaStreamTrack, o: VideoCaptureOptions, deliver: (frame: VideoFrame) => void) => () => void;

/**
 * Hands out the frames of a camera or screen track; each is the callee's, to be transferred to the worker or closed. Timestamps are of
 * the source's clock: `VideoSender` maps them to the capture clock.
 */
export function captureVideo(
  track: MediaStreamTrack,
  options: VideoCaptureOptions,
  onFrame: (frame: VideoFrame) => void,
): VideoCapture {
  const source: Source = 'MediaStreamTrackProcessor' in globalThis ? fromProcessor : fromElement;
  const pacer = new FramePacer(options.maxFps);
  let end = start(track);

  function start(next: MediaStreamTrack): () => void {
    limit(next, options);
    return source(next, options, (frame) => {
      if (capture.paused || !pacer.wants(frame.timestamp)) {
        frame.close();
        return;
      }
      pacer.pass(frame.timestamp);
      onFrame(frame);
    });
  }

  const capture: VideoCapture = {
    paused: false,
    replaceTrack(next) {
      end();
      end = start(next);
    },
    stop() {
      end();
    },
  };
  return capture;
}

function limit(track: MediaStreamTrack, { maxWidth, maxHeight }: VideoCaptureOptions): void {
  const { width = 0, height = 0 } = track.getSettings();
  if (
    Math.max(width, height) <= Math.max(maxWidth, maxHeight) &&
    Math.min(width, height) <= Math.min(maxWidth, maxHeight)
  )
    return;
  // A camera that can't is scaled by the encoder.
  track
    .applyConstraints({ ...track.getConstraints(), width: { max: maxWidth }, height: { max: maxHeight } })
    .catch(() => {});
}

/** The DOM types know the worker's variant only, and without its options. */
declare const MediaStreamTrackProcessor: new (init: { track: MediaStreamTrack; maxBufferSize?: number }) => {
  readonly readable: ReadableStream<VideoFrame>;
};

/** Chromium; goes on in hidden tabs. */
const fromProcessor: Source = (track, _options, deliver) => {
  const reader = new MediaStreamTrackProcessor({ track, maxBufferSize: 2 }).readable.getReader();
  let ended = false;
  const read = async (): Promise<void> => {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      if (ended) value.close();
      else deliver(value);
    }
  };
  read().catch(() => {});
  return () => {
    ended = true;
    reader.cancel().catch(() => {});
  };
};

/** Callbacks of the element that are further apart do not keep up with the video. */
const healthyMs = 250;

const fromElement: Source = (track, { maxFps, ticker = windowTicker }, deliver) => {
  const video = document.createElement('video');
  video.muted = true;
  video.playsInline = true;
  video.srcObject = new MediaStream([track]);
  video.play().catch(() => {});
  let ended = false;
  let calledMs = -Infinity;
  let healthyUntilMs = performance.now() + healthyMs;

  const grab = (): void => {
    if (ended || video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA || track.readyState === 'ended') return;
    try {
      deliver(new VideoFrame(video, { timestamp: Math.round(performance.now() * 1_000) }));
    } catch {
      // The element has no picture yet, or no more.
    }
  };
  const onFrame = (): void => {
    if (ended) return;
    video.requestVideoFrameCallback(onFrame);
    const now = performance.now();
    if (now - calledMs < healthyMs) healthyUntilMs = now + healthyMs;
    calledMs = now;
    if (now < healthyUntilMs) grab();
  };
  // Callbacks stop in hidden tabs, and WebKitGTK makes few for an element that is not in the page.
  const endTicks = ticker.every(1_000 / maxFps, () => {
    if (performance.now() >= healthyUntilMs) grab();
  });
  video.requestVideoFrameCallback(onFrame);
  return () => {
    ended = true;
    endTicks();
    video.srcObject = null;
  };
};
