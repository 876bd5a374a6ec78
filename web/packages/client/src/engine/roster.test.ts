import { beforeEach, describe, expect, it } from 'vitest';
import {
  LeaveReason,
  ParticipantInfoSchema,
  Source,
  TrackInfoSchema,
  type ParticipantInfo,
} from '../wire/gen/confab/v1/control_pb.js';
import { create } from '../wire/protobuf/create.js';
import { NOT_COMPARED, type Delta } from './protocol.js';
import { GRACE_MS, Roster } from './roster.js';

const VERIFIED = {
  state: 'active',
  name: 'Ann',
  roles: { recorder: false, operator: false },
  host: false,
  verification: NOT_COMPARED,
} as const;

let deltas: Delta[];
let roster: Roster;

beforeEach(() => {
  deltas = [];
  roster = new Roster((delta) => deltas.push(delta));
});

function participant(session: string, identity: string, sources: readonly Source[] = []): ParticipantInfo {
  const tracks = sources.map((source, i) => create(TrackInfoSchema, { track: { session, number: i + 1 }, source }));
  return create(ParticipantInfoSchema, { session, identity, tracks });
}

/** What was told since the last call, in short. */
function told(): string[] {
  return deltas.splice(0).map((delta) => {
    switch (delta.kind) {
      case 'participant':
        return `participant ${delta.participant.identity}${delta.participant.away ? ' away' : ''}`;
      case 'track':
        return `track ${delta.track.id} ${delta.track.status}${delta.track.muted ? ' muted' : ''}`;
      case 'participantGone':
        return `gone ${delta.identity}`;
      case 'trackGone':
        return `gone ${delta.id}`;
      default:
        return delta.kind;
    }
  });
}

describe('Roster', () => {
  it('tells of a participant before its tracks', () => {
    roster.welcome([participant('s1', 'ann', [Source.MICROPHONE, Source.CAMERA])], 0);
    expect(told()).toEqual(['participant ann', 'track ann/microphone available', 'track ann/camera available']);
  });

  it('tells nothing when nothing changed', () => {
    roster.joined(participant('s1', 'ann', [Source.CAMERA]));
    told();
    roster.updated(participant('s1', 'ann', [Source.CAMERA]));
    roster.setStatus('ann/camera', 'available');
    expect(told()).toEqual([]);
  });

  it('leaves out a source of a later version', () => {
    roster.joined(participant('s1', 'ann', [99 as Source]));
    expect(told()).toEqual(['participant ann']);
  });

  it('follows tracks that are muted and taken back', () => {
    roster.joined(participant('s1', 'ann', [Source.CAMERA]));
    told();
    const ref = { session: 's1', number: 1 };
    roster.trackUpdated(create(TrackInfoSchema, { track: ref, source: Source.CAMERA, muted: true }));
    expect(told()).toEqual(['track ann/camera available muted']);
    const { track } = create(TrackInfoSchema, { track: ref });
    roster.trackUnpublished(track!);
    expect(told()).toEqual(['gone ann/camera']);
  });

  describe('after a leave', () => {
    it('keeps the participant until nothing can be read by it, but not its tracks', () => {
      roster.joined(participant('s1', 'ann', [Source.CAMERA]));
      told();
      roster.left('s1', LeaveReason.LEFT, 0);
      expect(told()).toEqual(['gone ann/camera']);
      roster.release('another', 0);
      roster.expire(GRACE_MS * 2);
      expect(told()).toEqual([]);
      roster.release('s1', 0);
      expect(told()).toEqual(['gone ann']);
    });

    it('takes one who joins again for a new one', () => {
      roster.joined(participant('s1', 'ann'));
      roster.left('s1', LeaveReason.LEFT, 0);
      told();
      roster.joined(participant('s2', 'ann'));
      expect(told()).toEqual(['gone ann', 'participant ann']);
      roster.release('s1', 0);
      expect(told()).toEqual([]);
    });
  });

  describe('after a fresh session', () => {
    beforeEach(() => {
      roster.welcome([participant('s1', 'ann', [Source.CAMERA]), participant('s2', 'bob')], 0);
      roster.setEncryption('s1', VERIFIED);
      roster.setStatus('ann/camera', 'subscribed');
      told();
      roster.welcome([participant('s3', 'bob')], 1000);
    });

    it('keeps those who are there as they were, and the others as away', () => {
      expect(told()).toEqual(['participant ann away', 'participant bob away', 'participant bob']);
    });

    it('takes one who comes back within the grace for the same, with the same tracks', () => {
      told();
      roster.joined(participant('s4', 'ann', [Source.CAMERA]));
      roster.expire(1000 + GRACE_MS);
      expect(told().filter((line) => line.startsWith('gone'))).toEqual([]);
      expect(roster.findTrack('ann/camera')?.track.ref.session).toBe('s4');
    });

    it('keeps the known name while the one who came back is verified anew', () => {
      deltas = [];
      roster.joined(participant('s4', 'ann', [Source.CAMERA]));
      const states = deltas.flatMap((delta) => (delta.kind === 'participant' ? [delta.participant] : []));
      expect(states.at(-1)).toMatchObject({ name: 'Ann', encryption: 'pending', away: false });
    });

    it('takes one away who does not come back', () => {
      told();
      roster.expire(1000 + GRACE_MS - 1);
      expect(told()).toEqual([]);
      roster.expire(1000 + GRACE_MS);
      expect(told()).toEqual(['gone ann/camera', 'gone ann']);
    });

    it('gives one who comes back the rest of the grace to publish its tracks again', () => {
      told();
      roster.joined(participant('s4', 'ann'));
      roster.trackPublished(
        create(TrackInfoSchema, { track: { session: 's4', number: 1 }, source: Source.MICROPHONE }),
      );
      expect(told()).toEqual(['participant ann', 'track ann/microphone available']);
      roster.expire(1000 + GRACE_MS);
      expect(told()).toEqual(['gone ann/camera']);
    });

    it('takes a track away at once that one who came back unpublishes', () => {
      roster.joined(participant('s4', 'ann', [Source.CAMERA]));
      told();
      roster.trackUnpublished(create(TrackInfoSchema, { track: { session: 's4', number: 1 } }).track!);
      expect(told()).toEqual(['gone ann/camera']);
    });
  });

  describe.each([LeaveReason.REPLACED, LeaveReason.LOST])('after leave reason %i', (reason) => {
    beforeEach(() => {
      roster.joined(participant('s1', 'ann', [Source.CAMERA]));
      told();
      roster.left('s1', reason, 0);
    });

    it('takes one who comes back for the same', () => {
      roster.joined(participant('s2', 'ann', [Source.CAMERA]));
      roster.release('s1', GRACE_MS);
      roster.expire(GRACE_MS);
      expect(told()).toEqual(['participant ann away', 'participant ann']);
    });

    it('takes one away when the grace is over and nothing can be read by it', () => {
      expect(told()).toEqual(['participant ann away']);
      roster.expire(GRACE_MS);
      expect(told()).toEqual([]);
      roster.release('s1', GRACE_MS);
      expect(told()).toEqual(['gone ann/camera', 'gone ann']);
    });
  });

  it('shows the profile before the announced name', () => {
    roster.joined(participant('s1', 'ann'));
    roster.setEncryption('s1', VERIFIED);
    roster.setProfile('s1', { name: 'Anna', attributes: { hand: 'up' } });
    expect(deltas.at(-1)).toMatchObject({ participant: { name: 'Anna', attributes: { hand: 'up' } } });
  });
});
