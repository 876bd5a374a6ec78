export interface AudioCaptureOptions {
  /** Address of the bundled capture worklet. */
  readonly workletUrl: string | URL;
  /** Default 1; 2 for screen audio. */
  readonly channels?: 1 | 2;
}

export interface AudioCapture {
  /** Carries {@link CaptureBlock}s; transfer it to the worker's `AudioSender`. */
  readonly port: MessagePort;
  /** While true nothing at all is sent. */
  muted: boolean;
  /** Loudness 0…1 right now, also while muted. Cheap: for an animation frame. */
  level(): number;
  replaceTrack(track: MediaStreamTrack): Promise<void>;
  /** Does not stop the track. */
  stop(): void;
}

/** Captures a track as 20 ms blocks at 48 kHz. `context` is used if it can take the track at its sample rate, else an own one. */
export declare function captureAudio(
  track: MediaStreamTrack,
  context: AudioContext,
  options: AudioCaptureOptions,
): Promise<AudioCapture>;
