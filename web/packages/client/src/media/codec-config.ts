import type { VideoCodec } from './types.js';

export interface EncodingShape {
  readonly width: number;
  readonly height: number;
  readonly bitrate: number;
  readonly framerate: number;
  readonly screen: boolean;
  /** Two temporal layers, so that a relay can halve the frame rate. */
  readonly temporalLayers: boolean;
}

/** WebCodecs configuration for live video of this codec. */
export function encoderConfig(codec: VideoCodec, shape: EncodingShape): VideoEncoderConfig {
  const { width, height, bitrate, framerate } = shape;
  return {
    codec: codecString(codec, width, height),
    width,
    height,
    bitrate,
    framerate,
    latencyMode: 'realtime',
    bitrateMode: 'variable',
    contentHint: shape.screen ? 'detail' : 'motion',
    ...(shape.temporalLayers ? { scalabilityMode: 'L1T2' } : {}),
    // Parameter sets in every keyframe: a receiver that joins late needs nothing else.
    ...(codec === 'h264' ? { avc: { format: 'annexb' as const } } : {}),
  };
}

/** Codec strings name a level, which must be high enough for the size. */
export function codecString(codec: VideoCodec, width: number, height: number): string {
  const pixels = width * height;
  switch (codec) {
    case 'vp8':
      return 'vp8';
    case 'vp9':
      return pixels <= 640 * 384 ? 'vp09.00.21.08' : pixels <= 1280 * 768 ? 'vp09.00.31.08' : 'vp09.00.51.08';
    case 'h264':
      return pixels <= 1280 * 720 ? 'avc1.42e01f' : pixels <= 1920 * 1088 ? 'avc1.42e028' : 'avc1.42e033';
    case 'av1':
      return pixels <= 1280 * 720 ? 'av01.0.05M.08' : pixels <= 1920 * 1088 ? 'av01.0.08M.08' : 'av01.0.12M.08';
  }
}
