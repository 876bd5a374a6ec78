import { beforeEach, describe, expect, it } from 'vitest';
import { encodeRecord } from '../e2ee/record.js';
import type { ClientKind } from '../transport/types.js';
import {
  LayerSchema,
  ParticipantInfoSchema,
  Source,
  SubscribedSchema,
  TrackInfoSchema,
} from '../wire/gen/confab/v1/control_pb.js';
import { create } from '../wire/protobuf/create.js';
import { encodeObjectHeader } from '../wire/object.js';
import { Failure } from './failure.js';
import { NOT_COMPARED, type Delta } from './protocol.js';
import { Reception } from './reception.js';
import { Roster } from './roster.js';

const MICROPHONE = { session: 's1', number: 1 };
const HEADER = encodeObjectHeader({
  keyframe: true,
  discardable: false,
  temporalId: 0,
  last: false,
  group: 0,
  object: 0,
});
const NOBODY = { roles: { recorder: false, operator: false }, host: false, verification: NOT_COMPARED };

let deltas: Delta[];
let sent: ClientKind[];
let answers: ((failure: Failure) => void)[];
let opened: string[];
let roster: Roster;
let reception: Reception;

beforeEach(() => {
  deltas = [];
  sent = [];
  answers = [];
  opened = [];
  roster = new Roster((delta) => deltas.push(delta));
  reception = new Reception(
    {
      emit: (delta) => deltas.push(delta),
      show: (_track, frame) => frame.close(),
      playout: () => Promise.resolve(undefined),
      send(message, failed) {
        sent.push(message);
        if (failed) answers.push(failed);
      },
      open(session, source) {
        opened.push(`${session} ${source}`);
        const payload = Uint8Array.of(1);
        return Promise.resolve(encodeRecord({ codec: 'opus', timestampUs: 0, durationUs: 20_000, payload }));
      },
      log() {},
    },
    roster,
    { autoSubscribe: true, adaptive: true },
  );
  reception.join({ allowed: true, limit: 10 });
});

function arrive(state: 'pending' | 'active' | 'refused' = 'active'): void {
  const tracks = [
    create(TrackInfoSchema, { track: MICROPHONE, source: Source.MICROPHONE }),
    create(TrackInfoSchema, {
      track: { session: 's1', number: 2 },
      source: Source.CAMERA,
      layers: [create(LayerSchema, { id: 0, width: 640, height: 360 })],
    }),
  ];
  roster.joined(create(ParticipantInfoSchema, { session: 's1', identity: 'ann', tracks }));
  roster.setEncryption('s1', { state, name: 'Ann', ...NOBODY });
  refresh();
}

function refresh(now = 0): void {
  reception.refresh([], now);
}

function subscribed(alias: number, number = MICROPHONE.number, now = 0): void {
  reception.subscribed(create(SubscribedSchema, { track: { session: 's1', number }, alias: BigInt(alias) }), now);
}

/** What was asked of the node since the last call: the message and the track's number. */
function asked(): string[] {
  return sent
    .splice(0)
    .map((message) => `${message.case} ${'track' in message.value ? message.value.track?.number : ''}`);
}

describe('Reception', () => {
  it('subscribes to sound at once, and to a camera when it is shown', () => {
    arrive();
    expect(asked()).toEqual(['subscribe 1']);
    expect(roster.status('ann/camera')).toBe('subscribed');
    reception.setWantedHeight('ann/camera', 300, 0);
    refresh();
    expect(asked()).toEqual(['subscribe 2']);
    reception.close();
  });

  it.each(['pending', 'refused'] as const)('never subscribes to one whose standing is %s', (state) => {
    arrive(state);
    expect(asked()).toEqual([]);
  });

  it('ends subscriptions to one who turns out to be refused', () => {
    arrive();
    asked();
    roster.setEncryption('s1', { state: 'refused', name: '', ...NOBODY });
    refresh();
    expect(asked()).toEqual(['unsubscribe 1']);
    expect(roster.status('ann/microphone')).toBe('available');
  });

  it('tells the page when the node has subscribed, and answers who waits for it', async () => {
    arrive();
    const waiting = reception.choose('ann/microphone', {});
    subscribed(7);
    await waiting;
    expect(roster.status('ann/microphone')).toBe('subscribed');
  });

  it('tells the page when the node refuses', async () => {
    arrive();
    const waiting = reception.choose('ann/microphone', {});
    answers[0]!(new Failure('limit', 'too many subscriptions'));
    await expect(waiting).rejects.toMatchObject({ code: 'limit' });
    expect(roster.status('ann/microphone')).toBe('failed');
    expect(deltas.at(-1)).toMatchObject({ kind: 'trackFailed', error: { code: 'limit' } });
  });

  it('does not leave anybody waiting for a track that is gone', async () => {
    arrive();
    const waiting = reception.choose('ann/microphone', {});
    reception.ended('ann/microphone');
    await expect(waiting).rejects.toMatchObject({ code: 'track-unknown' });
  });

  it('goes on when the node refuses a track by the name that it had before its participant came back', () => {
    arrive();
    const [before] = answers;
    reception.ended('ann/microphone');
    refresh();
    before!(new Failure('track-unknown', 'there is no such track'));
    subscribed(7);
    reception.object(7, HEADER, Uint8Array.of(1), 0);
    expect(opened).toEqual(['s1 0']);
  });

  it('opens objects that came before the alias was known, and none that came much earlier', () => {
    arrive();
    reception.object(7, HEADER, Uint8Array.of(1), 0);
    reception.object(7, HEADER, Uint8Array.of(2), 400);
    expect(opened).toEqual([]);
    subscribed(7, MICROPHONE.number, 600);
    expect(opened).toEqual(['s1 0']);
    reception.object(7, HEADER, Uint8Array.of(3), 600);
    expect(opened).toHaveLength(2);
  });

  it('subscribes to everything again in a fresh session, with other aliases', () => {
    arrive();
    subscribed(7);
    asked();
    reception.join({ allowed: true, limit: 10 });
    refresh();
    expect(asked()).toEqual(['subscribe 1']);
    reception.object(7, HEADER, Uint8Array.of(1), 0);
    expect(opened).toEqual([]);
  });

  it('keeps the status of one who is only missing, and asks again for who came back', () => {
    arrive();
    subscribed(7);
    asked();
    roster.welcome([], 0);
    reception.join({ allowed: true, limit: 10 });
    refresh();
    expect(roster.status('ann/microphone')).toBe('subscribed');
    expect(asked()).toEqual([]);
    arrive();
    expect(asked()).toEqual(['subscribe 1']);
  });

  it('receives nothing when that is not granted', () => {
    reception.allow(false);
    arrive();
    expect(asked()).toEqual([]);
    expect(() => reception.choose('ann/microphone', {})).toThrowError(expect.objectContaining({ code: 'forbidden' }));
  });
});
