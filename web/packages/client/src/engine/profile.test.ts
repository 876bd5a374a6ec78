import { describe, expect, it } from 'vitest';
import { encodeProfile, parseProfile } from './profile.js';

const json = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

describe('profiles', () => {
  it('are read back as they were written', () => {
    const profile = { name: 'Zoë', attributes: { hand: 'up' } };
    expect(parseProfile(encodeProfile(profile))).toEqual(profile);
  });

  it.each([
    json(null),
    json('Ann'),
    json({ attributes: {} }),
    json({ name: 7 }),
    new Uint8Array([0xff]),
    new Uint8Array(),
  ])('of another shape are none', (bytes) => {
    expect(parseProfile(bytes)).toBeUndefined();
  });

  it('of somebody who sends too much are cut down', () => {
    const attributes = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`k${i}`, 'v']));
    const parsed = parseProfile(json({ name: 'x'.repeat(10_000), attributes: { ...attributes, bad: 7 } }))!;
    expect(parsed.name).toHaveLength(256);
    expect(Object.keys(parsed.attributes)).toHaveLength(64);
    expect(parsed.attributes).not.toHaveProperty('bad');
  });
});
