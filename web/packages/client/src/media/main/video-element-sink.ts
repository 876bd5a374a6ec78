import type { Rotation } from '../types.js';
import { CanvasSink } from './canvas-sink.js';
import type { Sink } from './video-renderer.js';

/** Chromium's source of a MediaStreamTrack, which the DOM types lack. */
interface TrackGenerator extends MediaStreamTrack {
  readonly writable: WritableStream<VideoFrame>;
}
declare const MediaStreamTrackGenerator: new (init: { kind: 'video' }) => TrackGenerator;

const hasGenerator = 'MediaStreamTrackGenerator' in globalThis;

/** Shows frames in a `<video>` by giving it a stream: of a generator where there is one, else of a canvas. */
export class VideoElementSink implements Sink {
  readonly immediate = hasGenerator;
  #feed: Feed | undefined;

  constructor(private readonly video: HTMLVideoElement) {
    video.muted = true;
    video.playsInline = true;
  }

  draw(frame: VideoFrame, rotation: Rotation): void {
    // A generator does not turn pictures; most videos never need it, and none changes often.
    const generator = rotation === 0 && hasGenerator;
    if (this.#feed === undefined || this.#feed.generator !== generator) {
      this.#feed?.close();
      this.#feed = generator ? new GeneratorFeed() : new CanvasFeed();
      this.video.srcObject = this.#feed.stream;
    }
    this.#feed.draw(frame, rotation);
    if (this.video.paused) this.video.play().catch(() => {});
  }

  clear(): void {
    this.#feed?.close();
    this.#feed = undefined;
    this.video.srcObject = null;
  }

  close(): void {
    this.clear();
  }
}

interface Feed {
  readonly generator: boolean;
  readonly stream: MediaStream;
  draw(frame: VideoFrame, rotation: Rotation): void;
  close(): void;
}

class GeneratorFeed implements Feed {
  readonly generator = true;
  readonly stream: MediaStream;
  readonly #writer: WritableStreamDefaultWriter<VideoFrame>;
  readonly #track: TrackGenerator;

  constructor() {
    this.#track = new MediaStreamTrackGenerator({ kind: 'video' });
    this.#writer = this.#track.writable.getWriter();
    this.stream = new MediaStream([this.#track]);
  }

  draw(frame: VideoFrame): void {
    if ((this.#writer.desiredSize ?? 0) <= 0) return;
    const shown = frame.clone();
    // The generator closes what it took.
    this.#writer.write(shown).catch(() => shown.close());
  }

  close(): void {
    this.#writer.close().catch(() => {});
    this.#track.stop();
  }
}

type FrameSource = Pick<CanvasCaptureMediaStreamTrack, 'requestFrame'>;

class CanvasFeed implements Feed {
  readonly generator = false;
  readonly stream: MediaStream;
  readonly #source: FrameSource;
  readonly #sink: CanvasSink;

  constructor() {
    const canvas = document.createElement('canvas');
    this.#sink = new CanvasSink(canvas);
    // WebKitGTK sees one drawing and no more, unless it is asked for each frame.
    this.stream = canvas.captureStream(0);
    const track = this.stream.getVideoTracks()[0] as CanvasCaptureMediaStreamTrack;
    // In Firefox the stream has the method (as an older draft said), elsewhere the track.
    this.#source = 'requestFrame' in track ? track : (this.stream as unknown as FrameSource);
  }

  draw(frame: VideoFrame, rotation: Rotation): void {
    this.#sink.draw(frame, rotation);
    this.#source.requestFrame();
  }

  close(): void {
    for (const track of this.stream.getTracks()) track.stop();
  }
}
