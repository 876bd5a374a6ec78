import { describe, expect, it } from 'vitest';
import { NO_ENCRYPTION } from '../engine/protocol.js';
import { ParticipantView, UNKNOWN_PARTICIPANT } from './participant.js';
import { takeSnapshot, type SnapshotSource } from './snapshot.js';
import type { Source, Track } from './types.js';

class SomeParticipant extends ParticipantView<Track> {
  readonly isLocal = false;
  readonly audioLevel = 0;
  readonly tracks = new Map<Source, Track>();

  constructor(identity: string) {
    super({ ...UNKNOWN_PARTICIPANT, identity });
  }

  publish(source: Source, muted = false): void {
    const detach = (): void => {};
    const track = {
      id: `${this.identity}/${source}`,
      source,
      kind: 'video',
      muted,
      status: 'subscribed',
      flowing: true,
    };
    this.tracks.set(source, { ...track, participant: this, dimensions: undefined, attach: () => detach } as Track);
  }

  rename(name: string): void {
    // As it comes from the engine: a copy, with copies of what did not change.
    this.update(structuredClone({ ...this.state, name }));
  }
}

function someRoom(): SnapshotSource & { remotes: SomeParticipant[] } {
  const [ann, bob] = [new SomeParticipant('ann'), new SomeParticipant('bob')];
  ann.publish('camera');
  bob.publish('camera');
  return {
    state: 'connected',
    name: 'standup',
    transport: 'websocket',
    local: new SomeParticipant('me'),
    remotes: [ann, bob],
    activeSpeakers: [],
    encryption: { ...NO_ENCRYPTION, status: 'active', verified: true },
    settings: { waitingRoom: false, locked: false },
    waiting: [],
    canPlayAudio: true,
  };
}

describe('takeSnapshot', () => {
  it('gives the same object when nothing changed', () => {
    const room = someRoom();
    const first = takeSnapshot(undefined, room);
    expect(takeSnapshot(first, { ...room, remotes: [...room.remotes], activeSpeakers: [] })).toBe(first);
  });

  it('makes anew only what changed and what holds it', () => {
    const room = someRoom();
    const first = takeSnapshot(undefined, room);
    room.remotes[0]!.rename('Ann');
    const second = takeSnapshot(first, room);
    expect(second).not.toBe(first);
    expect(second.remotes[0]).not.toBe(first.remotes[0]);
    expect(second.remotes[0]!.name).toBe('Ann');
    expect(second.remotes[0]!.tracks).toBe(first.remotes[0]!.tracks);
    expect(second.remotes[0]!.attributes).toBe(first.remotes[0]!.attributes);
    expect(second.remotes[1]).toBe(first.remotes[1]);
    expect(second.local).toBe(first.local);
  });

  it('takes a participant that came again under the same name for another', () => {
    const room = someRoom();
    const first = takeSnapshot(undefined, room);
    const back = new SomeParticipant('ann');
    back.publish('camera');
    const second = takeSnapshot(first, { ...room, remotes: [back, room.remotes[1]!] });
    expect(second.remotes[0]!.participant).toBe(back);
    expect(second.remotes[1]).toBe(first.remotes[1]);
  });

  it('shows a track that was muted, and keeps the others', () => {
    const room = someRoom();
    room.remotes[0]!.publish('screen');
    const first = takeSnapshot(undefined, room);
    room.remotes[0]!.publish('screen', true);
    const second = takeSnapshot(first, room);
    expect(second.remotes[0]!.tracks.map(({ muted }) => muted)).toEqual([false, true]);
    expect(second.remotes[0]!.tracks[0]).toBe(first.remotes[0]!.tracks[0]);
  });
});
