import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { CodecSupport } from '../media/codecs.js';
import type { Permissions } from '../room/types.js';
import type { ClientKind } from '../transport/types.js';
import { Source as WireSource } from '../wire/gen/confab/v1/control_pb.js';
import { Failure } from './failure.js';
import type { Delta, PublishRequest } from './protocol.js';
import { Publisher } from './publisher.js';

const SUPPORT: CodecSupport = { encode: ['vp8', 'vp9'], decode: ['vp8', 'vp9'], temporalLayers: [], opus: true };
const EVERYTHING = { publish: ['camera', 'microphone'], subscribe: true, data: true, admin: false } as const;

let deltas: Delta[];
let publisher: Publisher;
let sent: ClientKind[];
let answers: ((failure: Failure) => void)[];

beforeEach(() => {
  vi.stubGlobal('navigator', { hardwareConcurrency: 8, userAgent: '' });
  deltas = [];
  sent = [];
  answers = [];
  publisher = new Publisher(
    SUPPORT,
    (delta) => deltas.push(delta),
    () => {},
  );
});

afterEach(() => {
  publisher.close();
  vi.unstubAllGlobals();
});

function camera(key: number, options: PublishRequest['options'] = {}): PublishRequest {
  return { method: 'publish', key, source: 'camera', muted: false, width: 1280, height: 720, frameRate: 30, options };
}

function join(permissions: Permissions = EVERYTHING): void {
  sent = [];
  publisher.join({
    permissions: () => permissions,
    send(message, failed) {
      sent.push(message);
      if (failed) answers.push(failed);
    },
  });
}

function announced(): { number: number; source: WireSource; muted: boolean; aliases: bigint[] }[] {
  return sent.flatMap((message) => {
    if (message.case !== 'publishTrack') return [];
    const { number, source, muted, layers } = message.value;
    return [{ number, source, muted, aliases: layers.map(({ alias }) => alias) }];
  });
}

describe('Publisher', () => {
  it('announces what was published before joining, once it has joined', () => {
    publisher.add(camera(1));
    expect(sent).toEqual([]);
    join();
    expect(announced()).toMatchObject([{ number: 1, source: WireSource.CAMERA, muted: false }]);
  });

  it('gives every layer of every track an alias of its own', () => {
    join({ ...EVERYTHING, publish: ['camera', 'screen'] });
    publisher.add(camera(1));
    publisher.add({ ...camera(2), source: 'screen' });
    const aliases = announced().flatMap(({ aliases }) => aliases);
    expect(aliases.length).toBeGreaterThan(2);
    expect(new Set(aliases).size).toBe(aliases.length);
  });

  it('announces all tracks again in a fresh session, as they are now', () => {
    join();
    publisher.add(camera(1));
    publisher.setMuted(1, true);
    join();
    expect(announced()).toMatchObject([{ number: 1, muted: true }]);
  });

  it('never uses a number again in a session', () => {
    join();
    publisher.add(camera(1));
    publisher.remove(1);
    publisher.add(camera(2));
    expect(announced().map(({ number }) => number)).toEqual([1, 2]);
    expect(sent.filter((message) => message.case === 'unpublishTrack')).toHaveLength(1);
  });

  it('refuses a source that is not granted, without asking the node', () => {
    join({ ...EVERYTHING, publish: ['microphone'] });
    expect(() => publisher.add(camera(1))).toThrowError(expect.objectContaining({ code: 'forbidden' }));
    expect(sent).toEqual([]);
  });

  it('tells the page of a track that turns out not to be granted, and stops it', () => {
    publisher.add(camera(1));
    join({ ...EVERYTHING, publish: [] });
    expect(deltas).toMatchObject([{ kind: 'publishFailed', key: 1, error: { code: 'forbidden' } }]);
    expect(publisher.publishes).toBe(false);
  });

  it('tells the page of a track that the node refuses', () => {
    join();
    publisher.add(camera(1));
    answers[0]!(new Failure('limit', 'too many tracks'));
    expect(deltas).toMatchObject([{ kind: 'publishFailed', key: 1, error: { code: 'limit' } }]);
  });

  it('refuses video that cannot be encoded here', () => {
    publisher = new Publisher(
      { ...SUPPORT, encode: [] },
      () => {},
      () => {},
    );
    expect(() => publisher.add(camera(1))).toThrowError(expect.objectContaining({ code: 'codec-unsupported' }));
  });
});

describe('the codec', () => {
  const inUse = (): string | undefined => publisher.stats('me')[0]?.codec;

  beforeEach(() => {
    join();
    publisher.add(camera(1, { videoCodecs: ['vp9', 'vp8'] }));
  });

  it.each([
    ['the best there is while nobody else is there', [], 'vp9'],
    ['the best that everyone present decodes', [['vp8', 'vp9'], ['vp9']], 'vp9'],
    ['another when somebody is there who cannot decode it', [['vp8', 'vp9'], ['vp8']], 'vp8'],
    ['what most decode when there is none for all', [['h264'], ['vp8'], ['vp8', 'h264']], 'vp8'],
  ])('is %s', (_, remotes, codec) => {
    publisher.setRemotes(remotes);
    expect(inUse()).toBe(codec);
  });

  it('is chosen again when somebody comes and goes, also for tracks that are published meanwhile', () => {
    publisher.setRemotes([['vp8']]);
    expect(inUse()).toBe('vp8');
    publisher.remove(1);
    publisher.add(camera(2, { videoCodecs: ['vp9', 'vp8'] }));
    expect(inUse()).toBe('vp8');
    publisher.setRemotes([]);
    expect(inUse()).toBe('vp9');
  });
});
