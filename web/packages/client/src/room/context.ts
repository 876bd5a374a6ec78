import type { AudioPlayout } from '../media/main/audio-playout.js';
import type { Ticker } from '../media/main/ticker.js';
import type { Emitter } from './emitter.js';
import { closedError, type EngineClient } from './engine-client.js';
import type { CaptureOptions, PublishOptions, RoomEvents } from './types.js';

/** What the parts of a room on the page share. */
export interface RoomContext {
  readonly events: Emitter<RoomEvents>;
  readonly publish: PublishOptions;
  /** How to open a device: the room's options, and the device chosen since. */
  capture(source: 'camera' | 'microphone'): CaptureOptions;
  /** Starts it when there is none; throws `unsupported` or `insecure-page`. */
  startEngine(): EngineClient;
  /** The one that runs, if one does. */
  engine(): EngineClient | undefined;
  /** Aborted when the room ends; another one then. */
  running(): AbortSignal;
  /** Made when first needed. */
  playout(): AudioPlayout;
  ticker(): Ticker;
  /** Something that is in the snapshot changed. */
  changed(): void;
}

/** The engine that runs. Throws `closed` when none does. */
export function runningEngine(room: RoomContext): EngineClient {
  const engine = room.engine();
  if (!engine) throw closedError();
  return engine;
}
