import { Room } from '@confab/client';
import { renderToString } from 'react-dom/server';
import { expect, test } from 'vitest';
import { RoomProvider, ConfabRoom, ConfabRoot, Meeting, VideoConference } from '../index.js';

const link = `https://meet.example.com/m/room#e1.${'A'.repeat(42)}E`;

test('a meeting renders its first screen where there is no browser', () => {
  const html = renderToString(
    <ConfabRoot language="de" theme="dark" className="mine">
      <Meeting url={link} />
    </ConfabRoot>,
  );
  expect(html).toContain('class="confab mine"');
  expect(html).toContain('data-theme="dark"');
  expect(html).toContain('lang="de"');
  expect(html).toContain('name="name"');
});

test('a call renders where there is no browser', () => {
  const room = new Room({ keys: { secret: new Uint8Array(32) } });
  const html = renderToString(
    <ConfabRoot>
      <RoomProvider room={room}>
        <VideoConference controls={['microphone', 'leave']} toolbarEnd={<button>Notes</button>} />
      </RoomProvider>
    </ConfabRoot>,
  );
  expect(html).toContain('data-action="microphone"');
  expect(html).not.toContain('data-action="chat"');
  expect(html.indexOf('Notes')).toBeLessThan(html.indexOf('data-action="leave"'));
});

test('a room is not made before the first effect', () => {
  const html = renderToString(
    <ConfabRoom url={link} token="" options={{ keys: { secret: new Uint8Array(32) } }}>
      here
    </ConfabRoom>,
  );
  expect(html).toBe('');
});

test('a page replaces words, and right-to-left languages turn the direction', () => {
  const html = renderToString(
    <ConfabRoot language="ar" strings={{ prejoin: { title: 'هل أنت مستعد؟' } }}>
      <Meeting url={link} />
    </ConfabRoot>,
  );
  expect(html).toContain('dir="rtl"');
  expect(html).toContain('هل أنت مستعد؟');
});
