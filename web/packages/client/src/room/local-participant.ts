import type { ParticipantState } from '../engine/protocol.js';
import { runningEngine, type RoomContext } from './context.js';
import { guessSource, openCamera, openMicrophone, openScreen } from './devices.js';
import { closedError } from './engine-client.js';
import { RoomError } from './errors.js';
import { LocalTrackView } from './local-track.js';
import { ParticipantView, UNKNOWN_PARTICIPANT } from './participant.js';
import type { CaptureOptions, LocalParticipant, LocalTrack, Participant, PublishOptions, Source } from './types.js';

const RESERVED_TOPIC = 'confab/';
/** In bytes of UTF-8. */
const LONGEST_TOPIC = 64;
const LONGEST_NAME = 256;

/** The participant of this page. */
export class LocalParticipantView extends ParticipantView<LocalTrackView> implements LocalParticipant {
  readonly isLocal = true;
  readonly tracks = new Map<Source, LocalTrackView>();
  readonly #room: RoomContext;
  /** Device changes of one source happen one after the other. */
  readonly #turns = new Map<Source, Promise<unknown>>();

  constructor(room: RoomContext) {
    super(UNKNOWN_PARTICIPANT);
    this.#room = room;
  }

  get audioLevel(): number {
    const microphone = this.tracks.get('microphone');
    return microphone && !microphone.muted ? microphone.level : 0;
  }

  override update(state: ParticipantState): void {
    super.update({ ...state, name: this.state.name, attributes: this.state.attributes });
  }

  /** Takes the name of the join token, unless the page has set one. */
  suggestName(name: string): void {
    if (this.state.name === '' && isName(name)) super.update({ ...this.state, name });
  }

  setCameraEnabled(on: boolean, o?: CaptureOptions): Promise<LocalTrack | undefined> {
    return this.#inTurn('camera', async () => {
      const existing = this.tracks.get('camera');
      if (!on) {
        if (existing) await this.#unpublish(existing);
        return undefined;
      }
      if (existing) return existing;
      const track = await this.#opened(openCamera({ ...this.#room.capture('camera'), ...o }));
      return this.#publish(track, 'camera');
    });
  }

  setMicrophoneEnabled(on: boolean, o?: CaptureOptions): Promise<LocalTrack | undefined> {
    return this.#inTurn('microphone', async () => {
      const existing = this.tracks.get('microphone');
      if (existing) {
        await (on ? existing.unmute() : existing.mute());
        return existing;
      }
      if (!on) return undefined;
      const track = await this.#opened(openMicrophone({ ...this.#room.capture('microphone'), ...o }));
      return this.#publish(track, 'microphone');
    });
  }

  setScreenShareEnabled(on: boolean, o: { audio?: boolean; frameRate?: number } = {}): Promise<LocalTrack | undefined> {
    return this.#inTurn('screen', async () => {
      const existing = this.tracks.get('screen');
      if (!on) {
        if (existing) await this.#unpublish(existing);
        return undefined;
      }
      if (existing) return existing;
      const running = this.#room.running();
      const { video, audio } = await openScreen({ audio: o.audio ?? true, frameRate: o.frameRate ?? 30 });
      if (running.aborted) {
        video.stop();
        audio?.stop();
        throw closedError();
      }
      video.contentHint ||= 'detail';
      const screen = await this.#publish(video, 'screen').catch((error: unknown) => {
        audio?.stop();
        throw error;
      });
      // The screen is shared without its sound rather than not at all.
      if (audio)
        await this.#publish(audio, 'screen-audio').catch((error: Error) => this.#tellError('screen-audio', error));
      return screen;
    });
  }

  publishTrack(track: MediaStreamTrack, o: PublishOptions & { source?: Source } = {}): Promise<LocalTrack> {
    const { source = guessSource(track), ...options } = o;
    return this.#inTurn(source, () => this.#publish(track, source, options));
  }

  unpublishTrack(track: LocalTrack): Promise<void> {
    return this.#inTurn(track.source, async () => {
      const published = this.tracks.get(track.source);
      if (published === track) await this.#unpublish(published);
    });
  }

  async publishData(
    data: Uint8Array | string,
    o: { topic?: string; to?: readonly string[]; reliable?: boolean } = {},
  ): Promise<void> {
    const topic = o.topic ?? '';
    if (topic.startsWith(RESERVED_TOPIC)) {
      throw new RoomError(
        'forbidden',
        `Topics that begin with ${RESERVED_TOPIC} are the library's own. Choose another.`,
      );
    }
    if (new TextEncoder().encode(topic).length > LONGEST_TOPIC) {
      throw new RoomError('limit', `A topic has at most ${LONGEST_TOPIC} bytes.`);
    }
    const bytes = typeof data === 'string' ? new TextEncoder().encode(data) : data;
    const request = { method: 'sendData', topic, data: bytes, to: o.to, reliable: o.reliable ?? true } as const;
    await runningEngine(this.#room).request<'sendData'>(request);
  }

  /** Rejects with `limit` when the name is over 256 bytes or has control characters. */
  async setName(name: string): Promise<void> {
    if (!isName(name)) throw new RoomError('limit', 'A name has at most 256 bytes and no control characters.');
    await this.#setProfile(name, this.state.attributes);
  }

  async setHandRaised(raised: boolean): Promise<void> {
    await runningEngine(this.#room).request<'setHand'>({ method: 'setHand', raised });
  }

  /** A host has muted or ended the track. */
  trackStopped(key: number, unpublished: boolean, by: Participant | undefined): void {
    const track = [...this.tracks.values()].find((candidate) => candidate.key === key);
    if (!track) return;
    const { source } = track;
    const followed = this.#inTurn(source, async () => {
      if (this.tracks.get(source) !== track) return;
      if (source === 'microphone' && !unpublished) await track.mute();
      else await this.#unpublish(track);
    });
    // The room may end meanwhile, and all tracks with it.
    followed.then(() => this.#room.events.emit('trackStopped', { source, unpublished, by })).catch(() => {});
  }

  setAttributes(attributes: Record<string, string>): Promise<void> {
    return this.#setProfile(this.state.name, { ...attributes });
  }

  /** Goes on with another camera or microphone; remembers it for the next time when none is open. */
  switchDevice(source: 'camera' | 'microphone', deviceId: string): Promise<void> {
    return this.#inTurn(source, async () => {
      const track = this.tracks.get(source);
      if (!track) return;
      await track.replace(await this.#opened(this.#open(source, deviceId)));
    });
  }

  /** A device went away, or the user stopped sharing with the browser's own button. */
  trackEnded(track: LocalTrackView): void {
    const ended = this.#inTurn(track.source, async () => {
      if (this.tracks.get(track.source) !== track) return;
      if (track.source === 'microphone' && (await this.#fallBack(track))) return;
      await this.#unpublish(track);
      if (track.source === 'camera' || track.source === 'microphone') {
        const message = `The ${track.source} was unplugged or taken away. Choose another.`;
        this.#tellError(track.source, new RoomError('device-missing', message, true));
      }
    });
    // The room may end meanwhile, and all tracks with it.
    ended.catch(() => {});
  }

  /** The engine could not publish a track. */
  trackFailed(key: number, error: RoomError): void {
    const track = [...this.tracks.values()].find((candidate) => candidate.key === key);
    if (!track) return;
    this.#drop(track);
    this.#tellError(track.source, error);
    // A screen's sound does not go on without it.
    if (track.source === 'screen') this.tracks.get('screen-audio')?.stop();
  }

  /** Stops every device, telling nobody. */
  endAll(): void {
    for (const track of this.tracks.values()) track.end();
    this.tracks.clear();
  }

  /** A device that is allowed only after the room has ended is closed again. */
  async #opened(opening: Promise<MediaStreamTrack>): Promise<MediaStreamTrack> {
    const running = this.#room.running();
    const track = await opening;
    if (!running.aborted) return track;
    track.stop();
    throw closedError();
  }

  #open(source: 'camera' | 'microphone', deviceId: string): Promise<MediaStreamTrack> {
    return source === 'camera'
      ? openCamera({ ...this.#room.capture('camera'), deviceId })
      : openMicrophone({ ...this.#room.capture('microphone'), deviceId });
  }

  async #fallBack(track: LocalTrackView): Promise<boolean> {
    try {
      await track.replace(await this.#opened(openMicrophone({ ...this.#room.capture('microphone'), deviceId: '' })));
      return true;
    } catch {
      return false;
    }
  }

  async #publish(track: MediaStreamTrack, source: Source, options: PublishOptions = {}): Promise<LocalTrackView> {
    const existing = this.tracks.get(source);
    if (existing) await this.#unpublish(existing);
    const local = new LocalTrackView(this.#room, this, track, source);
    this.tracks.set(source, local);
    try {
      await local.start({ ...this.#room.publish, ...options });
    } catch (error) {
      local.end();
      if (this.tracks.get(source) === local) this.tracks.delete(source);
      this.#room.changed();
      throw error;
    }
    this.#room.changed();
    this.#room.events.emit('localTrackPublished', { track: local });
    return local;
  }

  async #unpublish(track: LocalTrackView): Promise<void> {
    this.#drop(track);
    await this.#room.engine()?.request<'unpublish'>({ method: 'unpublish', key: track.key });
    const audio = track.source === 'screen' ? this.tracks.get('screen-audio') : undefined;
    if (audio) await this.#unpublish(audio);
  }

  #tellError(source: Source, error: Error): void {
    this.#room.events.emit('mediaDevicesError', { source, error });
  }

  #drop(track: LocalTrackView): void {
    track.end();
    this.tracks.delete(track.source);
    this.#room.changed();
    this.#room.events.emit('localTrackUnpublished', { track });
  }

  async #setProfile(name: string, attributes: Readonly<Record<string, string>>): Promise<void> {
    super.update({ ...this.state, name, attributes });
    this.#room.changed();
    this.#room.events.emit('participantUpdated', { participant: this });
    // Before that it is told at connect.
    await this.#room.engine()?.request<'setProfile'>({ method: 'setProfile', name, attributes });
  }

  #inTurn<T>(source: Source, work: () => Promise<T>): Promise<T> {
    const turn = (this.#turns.get(source) ?? Promise.resolve()).then(work, work);
    this.#turns.set(source, turn);
    return turn;
  }
}

/** What E2EE v1 takes for a display name (spec/e2ee.md). */
function isName(name: string): boolean {
  return new TextEncoder().encode(name).length <= LONGEST_NAME && !/\p{Cc}/u.test(name);
}
