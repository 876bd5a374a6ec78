import type { AudioSenderStats, EncodedAudio } from '../types.js';

export interface AudioSenderOptions {
  /** Of `AudioCapture.port`; the sender closes it. */
  readonly port: MessagePort;
  readonly channels: 1 | 2;
  /** bit/s. Default 32_000 mono, 64_000 stereo. */
  readonly bitrate?: number;
  onFrame(frame: EncodedAudio): void;
  onFailed(error: Error): void;
}

/** Encodes one audio track to Opus in the engine worker. Muting is done at the capture, which then sends nothing. */
export declare class AudioSender {
  constructor(options: AudioSenderOptions);
  /** Repeats each frame in the next record; for subscribers that lose objects. */
  setRedundancy(on: boolean): void;
  stats(): AudioSenderStats;
  close(): void;
}
