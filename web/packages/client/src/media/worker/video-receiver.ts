import type { FrameHeader, FrameRecord, Rotation, VideoReceiverStats } from '../types.js';
import type { AvSync } from '../av-sync.js';

export interface VideoReceiverOptions {
  /** Shared with the audio that belongs to this video. */
  readonly sync?: AvSync;
  /** The frame is the callee's, to be transferred to the main thread or closed. Its timestamp is the capture time. */
  onFrame(frame: VideoFrame, rotation: Rotation): void;
  /** Decoding can't go on without a keyframe. Called at most once a second, until one arrives. */
  onKeyframeNeeded(): void;
  /** The codec can't be decoded here. */
  onUnsupported?(codec: string): void;
}

/** Puts the objects of one subscribed video track in order, times and decodes them. */
export declare class VideoReceiver {
  constructor(options: VideoReceiverOptions);
  /** An opened object. */
  push(header: FrameHeader, record: FrameRecord): void;
  /** An object that arrived but could not be opened. */
  lost(header: FrameHeader): void;
  stats(): VideoReceiverStats;
  close(): void;
}
