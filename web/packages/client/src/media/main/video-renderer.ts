import type { Rotation } from '../types.js';

export interface VideoRendererOptions {
  onDimensions?(width: number, height: number): void;
  /** False when no frame came for 2.5 s; senders repeat a still picture every second. */
  onFlowing?(flowing: boolean): void;
  /** Physical pixels the tallest visible attached element needs; 0 when none is visible. */
  onWantedHeight?(height: number): void;
}

/** Shows the frames of one remote video track in every attached element. */
export declare class VideoRenderer {
  constructor(options?: VideoRendererOptions);
  readonly dimensions: { readonly width: number; readonly height: number } | undefined;
  readonly flowing: boolean;
  /** Takes ownership of the frame. */
  push(frame: VideoFrame, rotation: Rotation): void;
  /** Shows the track in a `<video>` or `<canvas>` until the returned function is called. */
  attach(el: HTMLVideoElement | HTMLCanvasElement): () => void;
  /** Paints attached elements black, for a track that ended or lost its key. */
  clear(): void;
  close(): void;
}
