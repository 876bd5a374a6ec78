import type { FrameSource } from '../e2ee/kid.js';
import type { AvSync } from '../media/av-sync.js';
import type { FrameHeader, FrameRecord, Rotation } from '../media/types.js';
import { AudioReceiver } from '../media/worker/audio-receiver.js';
import { VideoReceiver } from '../media/worker/video-receiver.js';
import type { Source, TrackStats } from '../room/types.js';
import { TrackReportSchema, type TrackRef, type TrackReport } from '../wire/gen/confab/v1/control_pb.js';
import { create } from '../wire/protobuf/create.js';
import { isAudio, sframeSource } from './sources.js';

export interface ReceivedTrackHandlers {
  /** The frame is the handler's to close. */
  frame(frame: VideoFrame, rotation: Rotation): void;
  keyframeNeeded(): void;
  failed(error: Error, codec: string): void;
  /** Resolves with a port to the loudspeaker, or undefined when the track is gone. */
  playout(channels: 1 | 2): Promise<MessagePort | undefined>;
}

/** A remote track that is subscribed: its jitter buffer and decoder. */
export class ReceivedTrack {
  readonly id: string;
  readonly identity: string;
  readonly ref: TrackRef;
  readonly source: Source;
  readonly sframeSource: FrameSource;
  /** Under which its objects come, once the node has said. */
  alias: number | undefined;
  #video: VideoReceiver | undefined;
  #audio: AudioReceiver | undefined;
  #closed = false;
  #reported = { received: 0, lost: 0 };

  constructor(
    track: { id: string; ref: TrackRef; source: Source },
    identity: string,
    sync: AvSync,
    handlers: ReceivedTrackHandlers,
  ) {
    this.id = track.id;
    this.ref = track.ref;
    this.source = track.source;
    this.identity = identity;
    this.sframeSource = sframeSource(track.source);
    if (isAudio(track.source)) {
      void this.#listen(sync, handlers);
      return;
    }
    this.#video = new VideoReceiver({
      sync,
      onFrame: handlers.frame,
      onKeyframeNeeded: handlers.keyframeNeeded,
      onUnsupported: (codec) => handlers.failed(new Error(`${codec} video can't be decoded here`), codec),
    });
  }

  push(header: FrameHeader, record: FrameRecord): void {
    if (this.#closed) return;
    this.#video?.push(header, record);
    this.#audio?.push(header, record);
  }

  /** An object came that could not be opened. */
  lost(header: FrameHeader): void {
    this.#video?.lost(header);
  }

  /** Loudness of what is heard now, −dBov; undefined for video. */
  get level(): number | undefined {
    return this.#audio?.stats().level;
  }

  /** What the node is told of the time since the last report. */
  report(): TrackReport {
    const { received = 0, lost = 0, jitterMs = 0 } = this.#video?.stats() ?? this.#audio?.stats() ?? {};
    const before = this.#reported;
    this.#reported = { received, lost };
    return create(TrackReportSchema, {
      track: this.ref,
      received: Math.max(0, received - before.received),
      lost: Math.max(0, lost - before.lost),
      jitterUs: Math.round(jitterMs * 1000),
    });
  }

  stats(): TrackStats {
    const common = { source: this.source, identity: this.identity, direction: 'receive', encodeMs: 0 } as const;
    if (this.#video) {
      const { codec = '', width, height, fps, bitrate, lost, keyframes, bufferMs, decodeMs } = this.#video.stats();
      return { ...common, codec, width, height, framesPerSecond: fps, bitrate, lost, keyframes, bufferMs, decodeMs };
    }
    const { fps = 0, bitrate = 0, lost = 0, bufferMs = 0, decodeMs = 0 } = this.#audio?.stats() ?? {};
    const audio = { codec: 'opus', width: 0, height: 0, keyframes: 0 };
    return { ...common, ...audio, framesPerSecond: fps, bitrate, lost, bufferMs, decodeMs };
  }

  close(): void {
    this.#closed = true;
    this.#video?.close();
    this.#audio?.close();
  }

  async #listen(sync: AvSync, handlers: ReceivedTrackHandlers): Promise<void> {
    try {
      const channels = this.source === 'screen-audio' ? 2 : 1;
      const port = await handlers.playout(channels);
      if (!port) return;
      if (this.#closed) return port.close();
      this.#audio = new AudioReceiver({ port, channels, sync, onFailed: (error) => handlers.failed(error, 'opus') });
    } catch (error) {
      handlers.failed(error instanceof Error ? error : new Error(String(error)), 'opus');
    }
  }
}
