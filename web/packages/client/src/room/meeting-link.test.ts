import { describe, expect, it } from 'vitest';
import { claimsOf, generateMeetingLink, linkKeys, parseNodeUrl } from './meeting-link.js';

describe('meeting links', () => {
  it('are read back as they were made', () => {
    const link = generateMeetingLink('https://meet.example');
    expect(linkKeys(link.url).secret).toEqual(link.keys.secret);
    expect(linkKeys(new URL(link.url).hash).secret).toEqual(link.keys.secret);
    expect(linkKeys(new URL(link.url).hash.slice(1)).secret).toEqual(link.keys.secret);
    expect(parseNodeUrl(link.url)).toEqual({ origin: 'https://meet.example', room: link.room });
    expect(link.room).toMatch(/^([a-z2-9]{4}-){3}[a-z2-9]{4}$/);
  });

  it('differ each time', () => {
    const [a, b] = [generateMeetingLink('https://meet.example'), generateMeetingLink('https://meet.example')];
    expect(a.room).not.toBe(b.room);
    expect(a.keys.secret).not.toEqual(b.keys.secret);
  });

  it('without a fragment give the secret that verifies nobody', () => {
    expect(linkKeys('https://meet.example/m/standup').secret).toEqual(new Uint8Array(32));
  });

  it.each(['#e1.AAAA', 'https://meet.example/m/a#e1.tooshort', 'https://meet.example/m/a#other', '#e2.AAAA'])(
    'with a damaged secret are refused: %s',
    (link) => {
      expect(() => linkKeys(link)).toThrowError(expect.objectContaining({ name: 'RoomError', code: 'key-missing' }));
    },
  );

  it('that are the address of a node name no room', () => {
    expect(parseNodeUrl('https://meet.example')).toEqual({ origin: 'https://meet.example', room: undefined });
  });

  it.each(['not a link', 'ftp://meet.example/m/a', 'https://meet.example/m/a%20b'])(
    'that are none are refused: %s',
    (link) => {
      expect(() => parseNodeUrl(link)).toThrowError(expect.objectContaining({ code: 'room-invalid' }));
    },
  );

  it('never show their secret in an error', () => {
    try {
      parseNodeUrl('nonsense#e1.secret');
      expect.unreachable();
    } catch (error) {
      expect(String(error)).not.toContain('secret');
    }
  });
});

describe('claimsOf', () => {
  const token = (claims: object): string => {
    const bytes = new TextEncoder().encode(JSON.stringify(claims));
    return `x.${btoa(String.fromCharCode(...bytes))
      .replaceAll('+', '-')
      .replaceAll('/', '_')
      .replaceAll('=', '')}.y`;
  };

  it('reads the room and the name, also beyond ASCII', () => {
    expect(claimsOf(token({ room: 'standup', name: 'Zoë ✓', sub: 'zoe' }))).toEqual({ room: 'standup', name: 'Zoë ✓' });
  });

  it.each(['', 'x', 'x.!!!.y', token({ room: 7 }), token([])])('finds nothing in %j', (text) => {
    expect(claimsOf(text)).toEqual({});
  });
});
