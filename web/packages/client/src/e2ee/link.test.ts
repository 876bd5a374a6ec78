import { expect, test } from 'vitest';
import { formatLink, generateSecret, parseLink } from './link.js';

test('a link carries room and secret', () => {
  const secret = generateSecret();
  for (const base of ['https://meet.example.org', 'https://meet.example.org/', 'http://localhost:8443/rooms/']) {
    const link = formatLink(base, 'stand-up', { secret, host: undefined });
    expect(link.startsWith(base.replace(/\/$/, '') + '/m/stand-up#e1.')).toBe(true);
    expect(parseLink(link)).toEqual({ room: 'stand-up', secret, host: undefined });
  }
  expect(formatLink('https://meet.example.org', 'stand-up')).toBe('https://meet.example.org/m/stand-up');
  expect(parseLink('https://meet.example.org/m/stand-up')).toEqual({
    room: 'stand-up',
    secret: undefined,
    host: undefined,
  });
  const host = generateSecret().slice(0, 16);
  expect(parseLink(formatLink('https://meet.example.org', 'stand-up', { secret, host }))).toMatchObject({
    secret,
    host,
  });
});

test('a bad base or room is refused, and no message repeats a secret', () => {
  for (const base of ['', 'meet.example.org', 'ftp://meet.example.org', 'https://meet.example.org/?a=b']) {
    expect(() => formatLink(base, 'room')).toThrow(expect.objectContaining({ code: 'link-invalid' }));
  }
  expect(() => formatLink('https://meet.example.org', 'a room')).toThrow(
    expect.objectContaining({ code: 'room-invalid' }),
  );
  const damaged = 'https://meet.example.org/m/room#e1.c2VjcmV0c2VjcmV0';
  expect(() => parseLink(damaged)).toThrow(expect.not.objectContaining({ message: expect.stringContaining('c2Vj') }));
});
