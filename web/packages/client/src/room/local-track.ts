import { captureAudio, type AudioCapture } from '../media/main/capture-audio.js';
import { captureVideo, type VideoCapture } from '../media/main/capture-video.js';
import { AUDIO_WORKLETS } from './assets.js';
import { runningEngine, type RoomContext } from './context.js';
import { closedError, type EngineClient } from './engine-client.js';
import type { LocalParticipantView } from './local-participant.js';
import { showStream } from './local-view.js';
import { shared } from './snapshot.js';
import type { LocalTrack, PublishOptions, Source } from './types.js';

/** Largest picture that is captured, whatever the device gives. */
const LARGEST = { camera: { width: 1920, height: 1080 }, screen: { width: 2560, height: 1440 } };

let lastKey = 0;

/** A captured track and its way into the engine. */
export class LocalTrackView implements LocalTrack {
  /** Names the track between page and engine. */
  readonly key = ++lastKey;
  readonly id = `local/${this.key}`;
  readonly kind: 'audio' | 'video';
  readonly source: Source;
  readonly participant: LocalParticipantView;
  readonly #room: RoomContext;
  readonly #stream: MediaStream;
  /** What takes it off the elements that show it. */
  readonly #attached = new Set<() => void>();
  readonly #onEnded = (): void => this.participant.trackEnded(this);
  #track: MediaStreamTrack;
  #video: VideoCapture | undefined;
  #audio: AudioCapture | undefined;
  #dimensions: { width: number; height: number } | undefined;
  #muted = false;
  #stopped = false;

  constructor(room: RoomContext, participant: LocalParticipantView, track: MediaStreamTrack, source: Source) {
    this.#room = room;
    this.#track = track;
    this.#stream = new MediaStream([track]);
    this.participant = participant;
    this.source = source;
    this.kind = track.kind as 'audio' | 'video';
    track.addEventListener('ended', this.#onEnded);
  }

  get mediaStreamTrack(): MediaStreamTrack {
    return this.#track;
  }

  get muted(): boolean {
    return this.#muted;
  }

  get dimensions(): LocalTrack['dimensions'] {
    const { width, height } = this.#track.getSettings();
    if (this.kind === 'audio' || !width || !height) return undefined;
    return (this.#dimensions = shared(this.#dimensions, { width, height }));
  }

  /** Loudness 0…1 right now, also while muted. */
  get level(): number {
    return this.#audio?.level() ?? 0;
  }

  attach(el: HTMLVideoElement | HTMLCanvasElement | HTMLAudioElement): () => void {
    if (this.kind === 'audio' || el instanceof HTMLAudioElement || this.#stopped) return () => {};
    const stop = showStream(this.#stream, el);
    const detach = (): void => {
      if (this.#attached.delete(detach)) stop();
    };
    this.#attached.add(detach);
    return detach;
  }

  async mute(): Promise<void> {
    await this.#setMuted(true);
  }

  async unmute(): Promise<void> {
    await this.#setMuted(false);
  }

  stop(): void {
    // Rejects when the room ends meanwhile, which has stopped it too.
    this.participant.unpublishTrack(this).catch(() => {});
  }

  /**
   * Starts capturing into the engine, which publishes the track now, or once the room is joined. Rejects with `closed` when the track is
   * ended before that.
   */
  async start(options: PublishOptions): Promise<void> {
    const engine = this.#room.startEngine();
    await this.#unlessStopped(
      this.kind === 'audio' ? this.#startAudio(engine, options) : this.#startVideo(engine, options),
    );
  }

  /** A track that was ended meanwhile is why whatever it needed failed. */
  async #unlessStopped(work: Promise<void> | undefined): Promise<void> {
    try {
      await work;
    } catch (error) {
      if (!this.#stopped) throw error;
    }
    if (this.#stopped) throw closedError();
  }

  async #startAudio(engine: EngineClient, options: PublishOptions): Promise<void> {
    const channels = this.source === 'screen-audio' ? 2 : 1;
    const { context } = this.#room.playout();
    const audio = await captureAudio(this.#track, context, { workletUrl: AUDIO_WORKLETS, channels });
    if (this.#stopped) return audio.stop();
    this.#audio = audio;
    audio.muted = this.#muted;
    const { key, source } = this;
    const { port } = audio;
    const size = { width: 0, height: 0, frameRate: 0 };
    await engine.request<'publish'>({ method: 'publish', key, source, muted: this.#muted, options, ...size, port }, [
      port,
    ]);
  }

  async #startVideo(engine: EngineClient, options: PublishOptions): Promise<void> {
    const { width = 0, height = 0, frameRate = 30 } = this.#track.getSettings();
    const { key, source } = this;
    const muted = this.#muted;
    await engine.request<'publish'>({ method: 'publish', key, source, muted, options, width, height, frameRate });
    if (this.#stopped) return;
    const largest = this.source === 'screen' ? LARGEST.screen : LARGEST.camera;
    this.#video = captureVideo(
      this.#track,
      { maxFps: frameRate, maxWidth: largest.width, maxHeight: largest.height, ticker: this.#room.ticker() },
      (frame) => engine.post({ type: 'frame', key: this.key, frame }, [frame]),
    );
    this.#video.paused = this.#muted;
  }

  /**
   * Goes on with another device; the old one is stopped. Rejects when it can't, or when the track is ended meanwhile: then it is the
   * new device that is stopped.
   */
  async replace(track: MediaStreamTrack): Promise<void> {
    try {
      await this.#unlessStopped(this.#audio?.replaceTrack(track));
    } catch (error) {
      track.stop();
      throw error;
    }
    const old = this.#track;
    old.removeEventListener('ended', this.#onEnded);
    track.addEventListener('ended', this.#onEnded);
    this.#track = track;
    this.#stream.addTrack(track);
    this.#stream.removeTrack(old);
    this.#enable();
    this.#video?.replaceTrack(track);
    old.stop();
    this.#room.changed();
  }

  /** Lets go of the device and of everything else. */
  end(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#track.removeEventListener('ended', this.#onEnded);
    // WebKitGTK can lock up when a camera stops while an element plays it.
    for (const detach of [...this.#attached]) detach();
    this.#video?.stop();
    this.#audio?.stop();
    this.#track.stop();
  }

  async #setMuted(muted: boolean): Promise<void> {
    if (this.#stopped || this.#muted === muted) return;
    this.#muted = muted;
    this.#enable();
    if (this.#audio) this.#audio.muted = muted;
    if (this.#video) this.#video.paused = muted;
    this.#room.changed();
    this.#room.events.emit(muted ? 'trackMuted' : 'trackUnmuted', { track: this, participant: this.participant });
    await runningEngine(this.#room).request<'setMuted'>({ method: 'setMuted', key: this.key, muted });
  }

  /** A muted microphone is still heard by its own level meter. */
  #enable(): void {
    this.#track.enabled = this.kind === 'audio' || !this.#muted;
  }
}
