import { describe, expect, it } from 'vitest';
import { codecString } from './codec-config.js';
import { chooseCodecs, probeCodecs } from './codecs.js';

describe('chooseCodecs', () => {
  it('keeps the preferred order of what we encode and everyone decodes', () => {
    const remotes = [
      ['opus', 'vp8', 'vp9', 'h264'],
      ['opus', 'vp9', 'vp8'],
    ];
    expect(chooseCodecs(['vp8', 'vp9', 'h264'], remotes)).toEqual(['vp8', 'vp9']);
    expect(chooseCodecs(['vp8', 'vp9', 'h264'], remotes, ['h264', 'vp9', 'vp8'])).toEqual(['vp9', 'vp8']);
  });

  it('uses everything we encode when alone', () => {
    expect(chooseCodecs(['h264', 'vp8'], [])).toEqual(['vp8', 'h264']);
  });

  it('serves most when there is nothing for all', () => {
    expect(chooseCodecs(['vp8', 'h264'], [['h264'], ['h264'], ['vp8']])).toEqual(['h264', 'vp8']);
  });

  it('never offers what does not encode here or is not wanted', () => {
    expect(chooseCodecs([], [['vp8']])).toEqual([]);
    expect(chooseCodecs(['av1', 'vp8'], [['av1', 'vp8']], ['vp8'])).toEqual(['vp8']);
  });
});

describe('probeCodecs', () => {
  it('finds nothing where there is no WebCodecs', async () => {
    expect(await probeCodecs()).toEqual({ encode: [], decode: [], temporalLayers: [], opus: false });
  });
});

describe('codecString', () => {
  it('names a level that allows the size', () => {
    expect(codecString('h264', 640, 360)).toBe('avc1.42e01f');
    expect(codecString('h264', 1920, 1080)).toBe('avc1.42e028');
    expect(codecString('vp9', 1280, 720)).toBe('vp09.00.31.08');
    expect(codecString('vp8', 3840, 2160)).toBe('vp8');
  });
});
