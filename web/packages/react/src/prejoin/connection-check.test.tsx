// @vitest-environment happy-dom
import { RoomError, type ConnectionReport } from '@confab/client';
import { act } from 'react';
import { createRoot } from 'react-dom/client';
import { beforeEach, expect, test, vi } from 'vitest';
import { en } from '../strings/en.js';
import { ConnectionCheck } from './connection-check.js';

const check = vi.hoisted(() => vi.fn<() => Promise<ConnectionReport>>());
vi.mock('@confab/client', async (original) => ({ ...(await original<object>()), checkConnection: check }));

const unreachable = { ok: false, ms: 0 };
const unreached: ConnectionReport = { ok: false, webtransport: unreachable, websocket: unreachable, rttMs: undefined };

beforeEach(() => vi.stubGlobal('IS_REACT_ACT_ENVIRONMENT', true));

test.each<[string, () => Promise<ConnectionReport>, string]>([
  ['is good', async () => ({ ...unreached, ok: true, webtransport: { ok: true, ms: 9 } }), en.prejoin.connectionGood],
  ['has no way', async () => unreached, en.prejoin.connectionBad],
  ['is refused', () => Promise.reject(new RoomError('untrusted-origin', '')), en.ended['untrusted-origin']],
  ['fails in a way of its own', () => Promise.reject(new RoomError('closed', '')), en.ended.failed],
  ['fails unforeseen', () => Promise.reject(new TypeError('no such thing')), en.ended.failed],
])('the check of a connection that %s comes to an end and says so', async (_, outcome, text) => {
  check.mockImplementation(outcome);
  const place = document.body.appendChild(document.createElement('div'));
  const root = createRoot(place);
  await act(async () => root.render(<ConnectionCheck link="https://meet.example/m/room" />));
  expect(place.textContent).toBe(text);
  expect(place.querySelector('.confab-spin')).toBeNull();
  await act(async () => root.unmount());
  place.remove();
});
