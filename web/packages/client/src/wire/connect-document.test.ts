import { expect, it } from 'vitest';
import { parseConnectDocument } from './connect-document.js';

const hash = btoa(String.fromCharCode(...new Uint8Array(32).fill(7)));

it('decodes all of a document', () => {
  const document = parseConnectDocument({
    webtransport: { url: 'https://127.0.0.1:4443/v1/rt', certificateHashes: [hash] },
    websocket: { url: 'wss://127.0.0.1:4443/v1/rt' },
    open: true,
    more: 1,
  });
  expect(document.webtransport?.certificateHashes).toEqual([new Uint8Array(32).fill(7)]);
  expect(document.websocket.url).toBe('wss://127.0.0.1:4443/v1/rt');
  expect(document.open).toBe(true);
});

it('takes a node without UDP', () => {
  expect(parseConnectDocument({ websocket: { url: 'ws://localhost:80/v1/rt' } })).toEqual({
    websocket: { url: 'ws://localhost:80/v1/rt' },
    open: false,
  });
});

it.each([
  [null, 'document'],
  [{}, 'websocket'],
  [{ websocket: { url: 'https://a/' } }, 'websocket.url'],
  [{ websocket: { url: 'wss://a/' }, webtransport: { url: 'http://a/' } }, 'webtransport.url'],
  [
    { websocket: { url: 'wss://a/' }, webtransport: { url: 'https://a/', certificateHashes: ['AAAA'] } },
    'certificateHashes',
  ],
  [
    { websocket: { url: 'wss://a/' }, webtransport: { url: 'https://a/', certificateHashes: ['%'] } },
    'certificateHashes',
  ],
])('names the bad field of %j', (json, field) => {
  expect(() => parseConnectDocument(json)).toThrow(field);
});
