export interface AudioPlayoutOptions {
  /** Address of the bundled playout worklet. */
  readonly workletUrl: string | URL;
  /** The browser waits for a user gesture before it plays (false), or plays (true). */
  onCanPlayChange?(canPlay: boolean): void;
}

/** All remote sound: one AudioContext, one worklet node per track. */
export declare class AudioPlayout {
  constructor(options: AudioPlayoutOptions);
  /** 48 kHz; also for `captureAudio`. */
  readonly context: AudioContext;
  readonly canPlay: boolean;
  /** Adds a track and resolves with the port to transfer to the worker's `AudioReceiver`. */
  add(id: string, channels?: 1 | 2): Promise<MessagePort>;
  remove(id: string): void;
  /** 0 silent … 1 as sent … 2 at most. */
  setVolume(id: string, volume: number): void;
  /** Loudness 0…1 of a track, at most 100 ms old. */
  level(id: string): number;
  /** Output device; '' is the system's default. False where the browser can't. */
  setSinkId(deviceId: string): Promise<boolean>;
  /** Call from a user gesture when `canPlay` is false. */
  start(): Promise<void>;
  close(): Promise<void>;
}
