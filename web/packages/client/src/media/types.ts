/**
 * Types shared by the three places media runs in: main thread (capture, rendering), engine worker (encoding, decoding) and audio worklets.
 * Times are microseconds where named `…Us` or `timestamp`, milliseconds where named `…Ms`.
 */

import type { CodecName, FrameRecord } from '../e2ee/record.js';

export type { FrameRecord };
export type VideoCodec = Exclude<CodecName, 'opus'>;
export type Rotation = NonNullable<FrameRecord['rotation']>;
/** What a decoder must know before the first frame; the description is empty where the bitstream carries it. */
export type DecoderConfig = NonNullable<FrameRecord['config']>;

/** The part of an object's immutable header that media needs (spec/wire.md §3.2). */
export interface FrameHeader {
  readonly keyframe: boolean;
  readonly discardable: boolean;
  readonly temporalId: number;
  readonly group: number;
  readonly object: number;
}

/** One encoding of a video track; what PublishTrack announces, without the alias. */
export interface VideoLayer {
  readonly id: number;
  readonly width: number;
  readonly height: number;
  readonly maxFps: number;
  /** bit/s. */
  readonly maxBitrate: number;
}

export interface EncodedVideo extends FrameHeader {
  readonly layer: number;
  readonly record: FrameRecord;
  readonly encodeMs: number;
}

export interface EncodedAudio extends FrameHeader {
  /** Last object of its group. */
  readonly last: boolean;
  /** Loudness as −dBov, 0 loudest … 127 silent (RFC 6464). */
  readonly level: number;
  /** Someone is speaking, as far as the signal tells. */
  readonly voice: boolean;
  readonly record: FrameRecord;
}

/** What the uplink tells a sender, a few times a second. */
export interface LinkLoad {
  /** Age of the oldest object that has not left. */
  readonly backlogMs: number;
  /** Objects given up before they left, since the start. */
  readonly droppedObjects: number;
}

export interface VideoLayerStats {
  readonly layer: number;
  readonly width: number;
  readonly height: number;
  readonly fps: number;
  /** bit/s that left the encoder over the last seconds. */
  readonly bitrate: number;
  readonly targetBitrate: number;
  readonly keyframes: number;
  readonly encodeMs: number;
}

export interface VideoSenderStats {
  readonly codec: VideoCodec | undefined;
  readonly layers: readonly VideoLayerStats[];
  /** Captured frames that were not encoded because the encoder or the link was behind. */
  readonly dropped: number;
}

export interface AudioSenderStats {
  readonly bitrate: number;
  readonly fps: number;
  readonly encodeMs: number;
}

export interface VideoReceiverStats {
  readonly codec: VideoCodec | undefined;
  readonly width: number;
  readonly height: number;
  readonly fps: number;
  readonly bitrate: number;
  /** Time a frame waits between arrival and decoding; median of the last seconds. */
  readonly bufferMs: number;
  readonly decodeMs: number;
  readonly jitterMs: number;
  /** Video shown minus audio heard, in capture time; undefined while one of them is missing. Positive: video is ahead. */
  readonly avOffsetMs: number | undefined;
  /** Objects received, lost, decoded keyframes; since the start. */
  readonly received: number;
  readonly lost: number;
  readonly keyframes: number;
  /** Decoder errors since the start. */
  readonly errors: number;
}

export interface AudioReceiverStats {
  readonly bitrate: number;
  readonly fps: number;
  readonly bufferMs: number;
  readonly targetMs: number;
  readonly jitterMs: number;
  readonly decodeMs: number;
  readonly received: number;
  readonly lost: number;
  /** Frames rebuilt from redundancy. */
  readonly recovered: number;
  /** Milliseconds of sound invented because nothing was there, since the start. */
  readonly concealedMs: number;
  /** Loudness of what is heard now, −dBov. */
  readonly level: number;
}

/** Why a device could not be opened. */
export type DeviceErrorCode =
  'device-denied' | 'device-missing' | 'device-busy' | 'device-failed' | 'insecure-page' | 'aborted';

/** From the capture worklet: 20 ms of sound. `time` is the context's time of the first sample in seconds. The samples are the receiver's. */
export interface CaptureBlock {
  readonly time: number;
  readonly channels: readonly Float32Array<ArrayBuffer>[];
}

/** Sound whose first sample was captured at `timestamp`. */
export interface PlayoutBlock {
  readonly timestamp: number;
  /** The sender paused before: what seems to be missing was never sent. */
  readonly afterPause: boolean;
  /** The receiver's. */
  readonly channels: readonly Float32Array<ArrayBuffer>[];
}

/** To the playout worklet. */
export type PlayoutMessage =
  ({ readonly kind: 'pcm' } & PlayoutBlock) | { readonly kind: 'minimum-delay'; readonly ms: number };

/** From the playout worklet, ten times a second while it plays. */
export interface PlayoutReport {
  /** Capture time of the sample that leaves the loudspeaker at `time`; undefined while nothing is playing. */
  readonly timestamp: number | undefined;
  /** The context's time in seconds, output latency included. */
  readonly time: number;
  /** The context's time in seconds when the report was made. */
  readonly now: number;
  readonly bufferMs: number;
  readonly targetMs: number;
  readonly jitterMs: number;
  readonly concealedMs: number;
  readonly level: number;
}
