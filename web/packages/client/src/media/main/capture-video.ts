import type { Ticker } from './ticker.js';

export interface VideoCaptureOptions {
  readonly maxFps: number;
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

/** Hands out the frames of a camera or screen track; each is the callee's, to be transferred to the worker or closed. */
export declare function captureVideo(
  track: MediaStreamTrack,
  options: VideoCaptureOptions,
  onFrame: (frame: VideoFrame) => void,
): VideoCapture;
