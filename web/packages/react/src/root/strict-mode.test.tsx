// @vitest-environment happy-dom
import type { Room } from '@confab/client';
import { act, StrictMode } from 'react';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

const { createRoot } = await import('react-dom/client');
const { ConfabRoot, Meeting } = await import('../index.js');

const link = `https://meet.example.com/m/room#e1.${'A'.repeat(42)}E`;

beforeEach(() => vi.stubGlobal('IS_REACT_ACT_ENVIRONMENT', true));
afterEach(() => vi.unstubAllGlobals());

test('where effects run twice, a meeting that joins at once is joined once', async () => {
  const rooms: Room[] = [];
  const connected: Room[] = [];
  const made = (room: Room): void => {
    rooms.push(room);
    room.connect = async () => void connected.push(room);
  };
  const place = document.body.appendChild(document.createElement('div'));
  const root = createRoot(place);
  await act(async () =>
    root.render(
      <StrictMode>
        <ConfabRoot>
          <Meeting url={link} autoJoin onRoom={made} />
        </ConfabRoot>
      </StrictMode>,
    ),
  );
  expect(rooms).toHaveLength(2);
  expect(connected).toEqual([rooms[1]]);
  await act(async () => root.unmount());
  place.remove();
});
