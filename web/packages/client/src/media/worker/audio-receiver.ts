import type { AudioReceiverStats, FrameHeader, FrameRecord } from '../types.js';
import type { AvSync } from '../av-sync.js';

export interface AudioReceiverOptions {
  /** From `AudioPlayout.add`; the receiver closes it. */
  readonly port: MessagePort;
  readonly sync?: AvSync;
  onFailed(error: Error): void;
}

/** Puts the objects of one subscribed audio track in order, decodes them and hands the sound to the playout worklet. */
export declare class AudioReceiver {
  constructor(options: AudioReceiverOptions);
  push(header: FrameHeader, record: FrameRecord): void;
  stats(): AudioReceiverStats;
  close(): void;
}
