import type { EncodedVideo, LinkLoad, VideoCodec, VideoLayer, VideoSenderStats } from '../types.js';

export interface VideoSenderOptions {
  readonly kind: 'camera' | 'screen';
  /** From smallest to largest. See `planLayers`. */
  readonly layers: readonly VideoLayer[];
  /** Best first; only codecs that encode here. */
  readonly codecs: readonly VideoCodec[];
  /** An object is ready to be sealed and sent. */
  onFrame(frame: EncodedVideo): void;
  /** The codec in use changed, at first or because an encoder failed. */
  onCodec?(codec: VideoCodec): void;
  /** No codec is left; the sender has stopped. */
  onFailed(error: Error): void;
}

/** Encodes one video track in the engine worker. */
export declare class VideoSender {
  constructor(options: VideoSenderOptions);
  /** Takes ownership of the frame. */
  push(frame: VideoFrame): void;
  /** Layers somebody watches (LayersWanted); initially none. A layer that is taken up starts with a keyframe. */
  setWanted(layers: readonly number[]): void;
  /** Replaces the list of codecs; encoding goes on with the first from its next keyframe. */
  setCodecs(codecs: readonly VideoCodec[]): void;
  /** Of one layer, or of all. */
  requestKeyframe(layer?: number): void;
  /** Call two to five times a second. */
  adapt(link: LinkLoad): void;
  stats(): VideoSenderStats;
  close(): void;
}
