// @ts-check
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { startGoPeer } from '../lib/gopeer.mjs';
import { hears, reads, say, seesMoving } from '../lib/meet.mjs';
import { startServer } from '../lib/server.mjs';
import { engines, names, openThree, tones } from '../lib/three.mjs';

const transports = { chromium: 'webtransport', firefox: 'websocket', webkit: 'webtransport' };

describe('the Go client and each browser', { timeout: 300_000 }, () => {
  /** @type {import('../lib/server.mjs').Server} */
  let server;
  /** @type {import('../lib/three.mjs').Three} */
  let three;
  /** @type {import('../lib/gopeer.mjs').GoPeer} */
  let peer;

  before(async () => {
    server = await startServer();
    three = await openThree(server.origin);
  });

  after(async () => {
    await peer?.stop();
    await three?.close();
    await server?.stop();
  });

  test('each meets it in a meeting of its own', async () => {
    const links = engines.map((engine) => `${server.origin}/m/${engine}#e1.${randomBytes(32).toString('base64url')}`);
    peer = await startGoPeer(engines.map((engine, i) => `${transports[engine]}=${links[i]}`));
    for (const [i, engine] of engines.entries()) {
      await three.join(engine, /** @type {string} */ (links[i]));
      const joined = await peer.line('it joins', (line) => line.event === 'joined' && line.meeting === i);
      assert.equal(joined.transport, transports[engine]);
    }
  });

  test('each sees its own picture come back', async () => {
    for (const [i, engine] of engines.entries()) await seesMoving(three.pages[engine], `Gopher ${i}`);
  });

  test('each hears the tone of another, through it', async () => {
    for (const [i, engine] of engines.entries()) {
      const before = /** @type {keyof typeof tones} */ (engines[(i + engines.length - 1) % engines.length]);
      await hears(three.pages[engine], tones[before]);
    }
  });

  test('it has decrypted everything', async (t) => {
    for (const [i, engine] of engines.entries()) {
      const { sources } = await peer.line(
        'frames of both tracks came',
        ({ event, meeting, sources }) =>
          event === 'received' && meeting === i && sources.camera?.Frames > 30 && sources.microphone?.Frames > 50,
      );
      const { camera, microphone } = sources;
      assert.match(camera.codec, /^(vp8|vp9|h264|av1)$/);
      assert.ok(camera.width >= 160 && camera.height >= 90 && camera.Keyframes > 0, JSON.stringify(camera));
      assert.equal(microphone.codec, 'opus');
      assert.equal(camera.Undecryptable + microphone.Undecryptable, 0);
      t.diagnostic(`${engine}: ${camera.codec} ${camera.width}×${camera.height}`);
    }
  });

  test('chat goes both ways', async () => {
    for (const [i, engine] of engines.entries()) {
      await say(three.pages[engine], `hi, ${engine}`);
      await peer.line(
        'it reads the chat',
        ({ event, meeting, from }) => event === 'message' && meeting === i && from === names[engine],
      );
      await reads(three.pages[engine], `Go has read: hi, ${engine}`);
    }
  });

  test('both show the same safety code', async () => {
    for (const [i, engine] of engines.entries()) {
      const code = await three.pages[engine].evaluate(
        () => /** @type {any} */ (window).confab.room.encryption.get().safetyCode,
      );
      assert.match(code, /^(\d{5} ){11}\d{5}$/);
      await peer.line(
        'its safety code is the same',
        ({ event, meeting, safetyCode }) => event === 'received' && meeting === i && safetyCode === code,
      );
    }
  });
});
