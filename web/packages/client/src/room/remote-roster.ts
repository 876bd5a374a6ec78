import type { Delta } from '../engine/protocol.js';
import type { Rotation } from '../media/types.js';
import type { RoomContext } from './context.js';
import { roomErrorOf } from './engine-client.js';
import { RemoteParticipantView } from './participant.js';
import { RemoteTrackView } from './remote-track.js';

type RosterDelta = Extract<Delta, { kind: 'participant' | 'participantGone' | 'track' | 'trackGone' | 'trackFailed' }>;

/** The other participants and their tracks, kept true by the engine's deltas, each change told as an event. */
export class RemoteRoster {
  /** By identity. */
  readonly participants = new Map<string, RemoteParticipantView>();
  readonly #tracks = new Map<string, RemoteTrackView>();
  readonly #room: RoomContext;

  constructor(room: RoomContext) {
    this.#room = room;
  }

  apply(delta: RosterDelta): void {
    switch (delta.kind) {
      case 'participant':
        return this.#upsertParticipant(delta.participant);
      case 'participantGone':
        return this.#dropParticipant(delta.identity);
      case 'track':
        return this.#upsertTrack(delta.identity, delta.track);
      case 'trackGone':
        return this.#dropTrack(delta.id);
      case 'trackFailed': {
        const track = this.#tracks.get(delta.id);
        if (!track) return;
        const error = roomErrorOf(delta.error);
        return this.#room.events.emit('trackSubscriptionFailed', { track, participant: track.participant, error });
      }
    }
  }

  /** Takes ownership of the frame. */
  show(id: string, frame: VideoFrame, rotation: Rotation): void {
    const track = this.#tracks.get(id);
    if (track) track.show(frame, rotation);
    else frame.close();
  }

  /** Opens the way to the loudspeaker for a track. */
  async play(id: string, channels: 1 | 2): Promise<MessagePort | undefined> {
    return this.#tracks.get(id)?.play(channels);
  }

  /** Forgets everybody, telling nobody. */
  clear(): void {
    for (const track of this.#tracks.values()) track.end();
    this.#tracks.clear();
    this.participants.clear();
  }

  #upsertParticipant(state: Extract<RosterDelta, { kind: 'participant' }>['participant']): void {
    const { events } = this.#room;
    const known = this.participants.get(state.identity);
    if (known) {
      known.update(state);
      return events.emit('participantUpdated', { participant: known });
    }
    const participant = new RemoteParticipantView(this.#room, state);
    this.participants.set(state.identity, participant);
    events.emit('participantConnected', { participant });
  }

  #dropParticipant(identity: string): void {
    const participant = this.participants.get(identity);
    if (!participant) return;
    for (const track of [...participant.tracks.values()]) this.#dropTrack(track.id);
    this.participants.delete(identity);
    this.#room.events.emit('participantDisconnected', { participant });
  }

  #upsertTrack(identity: string, state: Extract<RosterDelta, { kind: 'track' }>['track']): void {
    const { events } = this.#room;
    const participant = this.participants.get(identity);
    if (!participant) return;
    const known = this.#tracks.get(state.id);
    const track = known ?? new RemoteTrackView(this.#room, participant, state);
    if (!known) {
      this.#tracks.set(state.id, track);
      participant.tracks.set(state.source, track);
      events.emit('trackPublished', { track, participant });
    }
    const { muted } = track;
    const wasSubscribed = track.announced;
    track.update(state);
    if (muted !== state.muted) events.emit(state.muted ? 'trackMuted' : 'trackUnmuted', { track, participant });
    if (wasSubscribed !== track.announced) {
      events.emit(track.announced ? 'trackSubscribed' : 'trackUnsubscribed', { track, participant });
    }
  }

  #dropTrack(id: string): void {
    const track = this.#tracks.get(id);
    if (!track) return;
    const { participant } = track;
    const subscribed = track.announced;
    this.#tracks.delete(id);
    participant.tracks.delete(track.source);
    track.end();
    if (subscribed) this.#room.events.emit('trackUnsubscribed', { track, participant });
    this.#room.events.emit('trackUnpublished', { track, participant });
  }
}
