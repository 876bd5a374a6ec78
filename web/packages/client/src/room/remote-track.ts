import { VideoRenderer } from '../media/main/video-renderer.js';
import type { Rotation } from '../media/types.js';
import type { RemoteTrackState } from '../engine/protocol.js';
import { runningEngine, type RoomContext } from './context.js';
import type { RemoteParticipantView } from './participant.js';
import type { RemoteTrack, Source } from './types.js';

const LOUDEST = 2;

/** A remote track as the page sees it: the engine's last state of it, its renderer and its volume. */
export class RemoteTrackView implements RemoteTrack {
  readonly id: string;
  readonly source: Source;
  readonly kind: 'audio' | 'video';
  readonly participant: RemoteParticipantView;
  readonly #room: RoomContext;
  readonly #renderer: VideoRenderer | undefined;
  #state: RemoteTrackState;
  #volume = 1;
  #playing = false;
  #announced = false;

  constructor(room: RoomContext, participant: RemoteParticipantView, state: RemoteTrackState) {
    this.#room = room;
    this.#state = state;
    this.participant = participant;
    this.id = state.id;
    this.source = state.source;
    this.kind = isAudio(state.source) ? 'audio' : 'video';
    if (this.kind === 'video') {
      this.#renderer = new VideoRenderer({
        onDimensions: () => room.changed(),
        onFlowing: () => room.changed(),
        onWantedHeight: (height) => room.engine()?.post({ type: 'wantedHeight', track: this.id, height }),
      });
    }
  }

  get muted(): boolean {
    return this.#state.muted;
  }

  get status(): RemoteTrack['status'] {
    return this.#state.status;
  }

  get flowing(): boolean {
    return this.#renderer ? this.#renderer.flowing : this.#playing && !this.muted;
  }

  get dimensions(): RemoteTrack['dimensions'] {
    return this.#renderer?.dimensions;
  }

  /** Loudness 0…1 right now. */
  get level(): number {
    return this.#playing ? this.#room.playout().level(this.id) : 0;
  }

  attach(el: HTMLVideoElement | HTMLCanvasElement | HTMLAudioElement): () => void {
    if (!this.#renderer || el instanceof HTMLAudioElement) return () => {};
    return this.#renderer.attach(el);
  }

  async subscribe(o: { maxHeight?: number; priority?: number } = {}): Promise<void> {
    await runningEngine(this.#room).request<'subscribe'>({ method: 'subscribe', track: this.id, demand: o });
  }

  async unsubscribe(): Promise<void> {
    await runningEngine(this.#room).request<'unsubscribe'>({ method: 'unsubscribe', track: this.id });
  }

  setVolume(volume: number): void {
    this.#volume = Math.min(Math.max(volume, 0), LOUDEST);
    if (this.#playing) this.#room.playout().setVolume(this.id, this.#volume);
  }

  /** `trackSubscribed` is due, or was told and `trackUnsubscribed` is not due: re-subscribing after a rejoin is neither. */
  get announced(): boolean {
    return this.#announced;
  }

  /** Takes the engine's new state. */
  update(state: RemoteTrackState): void {
    this.#state = state;
    if (state.status === 'subscribed') this.#announced = true;
    if (state.status === 'available' || state.status === 'failed') {
      this.#announced = false;
      this.#silence();
    }
  }

  /** Takes ownership of a decoded frame. */
  show(frame: VideoFrame, rotation: Rotation): void {
    if (this.#renderer) this.#renderer.push(frame, rotation);
    else frame.close();
  }

  /** Opens the way to the loudspeaker and returns the port that takes sound. */
  async play(channels: 1 | 2): Promise<MessagePort> {
    const playout = this.#room.playout();
    if (this.#playing) playout.remove(this.id);
    this.#playing = true;
    const port = await playout.add(this.id, channels);
    playout.setVolume(this.id, this.#volume);
    return port;
  }

  /** The track is gone: nothing shows or plays it any more. */
  end(): void {
    this.#silence();
    this.#renderer?.close();
  }

  #silence(): void {
    this.#renderer?.clear();
    if (!this.#playing) return;
    this.#playing = false;
    this.#room.playout().remove(this.id);
  }
}

export function isAudio(source: Source): boolean {
  return source === 'microphone' || source === 'screen-audio';
}
