import { beforeEach, describe, expect, it } from 'vitest';
import type { Delta } from '../engine/protocol.js';
import type { RoomContext } from './context.js';
import { Emitter } from './emitter.js';
import { UNKNOWN_PARTICIPANT } from './participant.js';
import { RemoteRoster } from './remote-roster.js';
import type { RemoteTrack, RoomEvents } from './types.js';

type Status = RemoteTrack['status'];

const EVENTS = [
  'participantConnected',
  'participantDisconnected',
  'participantUpdated',
  'trackPublished',
  'trackUnpublished',
  'trackSubscribed',
  'trackUnsubscribed',
  'trackSubscriptionFailed',
  'trackMuted',
  'trackUnmuted',
] as const;

let roster: RemoteRoster;
let told: string[];

beforeEach(() => {
  const events = new Emitter<RoomEvents>();
  told = [];
  for (const type of EVENTS) events.on(type, () => told.push(type));
  roster = new RemoteRoster({ events, changed() {}, engine: () => undefined } as Partial<RoomContext> as RoomContext);
});

function participant(name = ''): Delta & { kind: 'participant' } {
  return { kind: 'participant', participant: { ...UNKNOWN_PARTICIPANT, identity: 'ann', name } };
}

function microphone(status: Status, muted = false): Delta & { kind: 'track' } {
  return { kind: 'track', identity: 'ann', track: { id: 'ann/microphone', source: 'microphone', muted, status } };
}

/** What is told of a change. */
function after(...deltas: Parameters<RemoteRoster['apply']>[0][]): string[] {
  told.length = 0;
  for (const delta of deltas) roster.apply(delta);
  return [...told];
}

describe('RemoteRoster', () => {
  it('tells of a participant, then of its tracks', () => {
    expect(after(participant(), microphone('available'))).toEqual(['participantConnected', 'trackPublished']);
    expect(roster.participants.get('ann')?.track('microphone')?.status).toBe('available');
  });

  it('tells of a track subscribed at once in both events', () => {
    expect(after(participant(), microphone('subscribed')).slice(1)).toEqual(['trackPublished', 'trackSubscribed']);
  });

  it('does not tell again of a track that is subscribed again after a rejoin', () => {
    after(participant(), microphone('subscribed'));
    expect(after(microphone('subscribing'), microphone('subscribed'))).toEqual([]);
  });

  it('keeps objects when their state changes', () => {
    after(participant(), microphone('available'));
    const before = roster.participants.get('ann')!;
    const track = before.track('microphone');
    expect(after(participant('Ann'), microphone('subscribed', true))).toEqual([
      'participantUpdated',
      'trackMuted',
      'trackSubscribed',
    ]);
    expect(roster.participants.get('ann')).toBe(before);
    expect(before.track('microphone')).toBe(track);
    expect(before.name).toBe('Ann');
  });

  it('ends the tracks of a participant before it', () => {
    after(participant(), microphone('subscribed'));
    expect(after({ kind: 'participantGone', identity: 'ann' })).toEqual([
      'trackUnsubscribed',
      'trackUnpublished',
      'participantDisconnected',
    ]);
    expect(roster.participants.size).toBe(0);
  });

  it('tells of a track that was never subscribed only that it is unpublished', () => {
    after(participant(), microphone('available'));
    expect(after({ kind: 'trackGone', identity: 'ann', id: 'ann/microphone' })).toEqual(['trackUnpublished']);
  });

  it('forgets everybody without a word when the room ends', () => {
    after(participant(), microphone('subscribed'));
    told.length = 0;
    roster.clear();
    expect(told).toEqual([]);
    expect(roster.participants.size).toBe(0);
  });

  it('closes a frame of a track that is gone', () => {
    const frame = { closed: false, close: () => (frame.closed = true) };
    roster.show('gone/camera', frame as unknown as VideoFrame, 0);
    expect(frame.closed).toBe(true);
  });
});
