import type { CaptureOptions, KeyProvider, PublishOptions } from './types.js';

/** Where a room's messages go; `console` is one. No message holds a key, a token, or what was said. */
export interface Logger {
  debug(message: string): void;
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}

export interface RoomOptions {
  /**
   * The meeting's keys, from {@link linkKeys}, {@link createMeetingLink} or {@link generateMeetingLink}. `'insecure-none'` sends everything
   * unencrypted, for looking at a problem: `encryption` then says `disabled`, and all members must do the same.
   */
  keys: KeyProvider | 'insecure-none';
  /** How microphones are opened. */
  audio?: CaptureOptions;
  /** How cameras are opened. */
  video?: CaptureOptions;
  /** How tracks are published. */
  publish?: PublishOptions;
  /** Default true: receive all sound, shared screens, and the cameras that are shown. */
  autoSubscribe?: boolean;
  /** Default true: receive each video only as large as it is shown, and not at all while it is not. */
  adaptive?: boolean;
  /** Default: warnings and errors to the console. */
  logger?: Logger;
}

export interface ConnectOptions {
  /** Aborting gives the attempt up; `connect` rejects with `aborted`. Does nothing once connected. */
  signal?: AbortSignal;
  /** Default `auto`: WebTransport, or WebSocket where that does not get through. */
  transport?: 'auto' | 'webtransport' | 'websocket';
}
