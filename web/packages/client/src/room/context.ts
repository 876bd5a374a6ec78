import type { AudioPlayout } from '../media/main/audio-playout.js';
import type { Ticker } from '../media/main/ticker.js';
import type { Emitter } from './emitter.js';
import type { EngineClient } from './engine-client.js';
import type { CaptureOptions, PublishOptions, RoomEvents } from './types.js';

/** What the parts of a room on the page share. */
export interface RoomContext {
  readonly events: Emitter<RoomEvents>;
  readonly publish: PublishOptions;
  /** How to open a device: the room's options, and the device chosen since. */
  capture(source: 'camera' | 'microphone'): CaptureOptions;
  /** Started when first needed; throws `unsupported` or `insecure-page`. */
  engine(): EngineClient;
  /** Made when first needed. */
  playout(): AudioPlayout;
  ticker(): Ticker;
  /** Something that is in the snapshot changed. */
  changed(): void;
}
