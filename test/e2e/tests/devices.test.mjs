// @ts-check
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { openChromium } from '../browsers/chromium.mjs';
import { openFirefox } from '../browsers/firefox.mjs';
import { until } from '../browsers/page.mjs';
import { serveClient } from '../lib/client-site.mjs';
import { startServer } from '../lib/server.mjs';

for (const [engine, open] of /** @type {const} */ ([
  ['chromium', openChromium],
  ['firefox', openFirefox],
])) {
  describe(`cameras and microphones in ${engine}`, { timeout: 240_000 }, () => {
    /** @type {Awaited<ReturnType<typeof serveClient>>} */
    let site;
    /** @type {import('../lib/server.mjs').Server} */
    let server;
    /** @type {import('../browsers/page.mjs').Page} */
    let page;
    let meetings = 0;

    before(async () => {
      site = await serveClient();
      server = await startServer({ args: ['--trusted-origin', site.origin] });
      page = await open();
      await page.goto(`${site.origin}/`);
    });

    after(async () => {
      await page?.close();
      await server?.stop();
      await site?.close();
    });

    /** A room of its own for each test, with notes of every device that was opened and of errors that nobody took. */
    const connect = () =>
      page.evaluate(
        async (link) => {
          const w = /** @type {any} */ (window);
          const client = '/client/index.js';
          const { Room, linkKeys } = await import(client);
          w.unhandled ??= [];
          w.onunhandledrejection ??= (/** @type {PromiseRejectionEvent} */ event) =>
            w.unhandled.push(String(event.reason));
          w.getUserMedia ??= navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
          w.opened = [];
          navigator.mediaDevices.getUserMedia = async (constraints) => {
            const stream = await w.getUserMedia(constraints);
            w.opened.push(...stream.getTracks());
            return stream;
          };
          w.states = () => w.opened.map((/** @type {MediaStreamTrack} */ { readyState }) => readyState);
          await w.room?.disconnect();
          w.link = link;
          w.room = new Room({ keys: linkKeys(link) });
          w.me = w.room.localParticipant;
          await w.room.connect(link, '');
        },
        `${server.origin}/m/devices-${engine}-${++meetings}#e1.${Buffer.alloc(32, 7).toString('base64url')}`,
      );
    const states = () => page.evaluate(() => /** @type {any} */ (window).states());

    test('a camera that is turned off is stopped', async () => {
      await connect();
      await page.evaluate(() => /** @type {any} */ (window).me.setCameraEnabled(true));
      assert.deepEqual(await states(), ['live']);
      await page.evaluate(() => /** @type {any} */ (window).me.setCameraEnabled(false));
      assert.deepEqual(await states(), ['ended']);
    });

    test('a muted microphone that is switched stays muted, and is heard by its own meter', async () => {
      await connect();
      const switched = await page.evaluate(async () => {
        const { me, room } = /** @type {any} */ (window);
        await me.setMicrophoneEnabled(true);
        await me.setMicrophoneEnabled(false);
        const before = me.track('microphone').mediaStreamTrack;
        await room.switchActiveDevice('audioinput', '');
        const { mediaStreamTrack, muted } = me.track('microphone');
        return { other: mediaStreamTrack !== before, muted, enabled: mediaStreamTrack.enabled };
      });
      assert.deepEqual(switched, { other: true, muted: true, enabled: true });
      assert.deepEqual(await states(), ['ended', 'live']);
      await until(page, 'the meter moves', () => /** @type {any} */ (window).me.track('microphone').level > 0);
      await page.evaluate(() => /** @type {any} */ (window).me.setMicrophoneEnabled(true));
      await until(page, 'sound is sent', async () => {
        const { tracks } = await /** @type {any} */ (window).room.stats();
        return tracks.some(
          (/** @type {any} */ { source, framesPerSecond }) => source === 'microphone' && framesPerSecond > 0,
        );
      });
    });

    test('a room that ends while a device is switched leaves none open, and can be entered again', async () => {
      await connect();
      const ended = await page.evaluate(async () => {
        const { me, room, link } = /** @type {any} */ (window);
        await me.setMicrophoneEnabled(true);
        await me.setCameraEnabled(true);
        const switches = ['audioinput', 'videoinput'].map((kind) => room.switchActiveDevice(kind, ''));
        await room.disconnect();
        const outcomes = await Promise.all(
          switches.map((p) =>
            p.then(
              () => 'switched',
              (/** @type {any} */ e) => e.code,
            ),
          ),
        );
        await room.connect(link, '');
        await me.setMicrophoneEnabled(true);
        return { outcomes, microphone: me.track('microphone').muted };
      });
      assert.equal(ended.microphone, false);
      for (const outcome of ended.outcomes) assert.match(outcome, /^(switched|closed)$/);
      const all = await states();
      assert.equal(all.at(-1), 'live');
      assert.deepEqual(new Set(all.slice(0, -1)), new Set(['ended']));
    });

    test('a room that ends between the opening of another device and its use leaves none open', async () => {
      await connect();
      await page.evaluate(async () => {
        const { me, room } = /** @type {any} */ (window);
        await room.disconnect();
        for (const delayMs of [0, 1, 2, 4, 8]) {
          await me.setMicrophoneEnabled(true);
          const open = navigator.mediaDevices.getUserMedia;
          /** @type {Promise<unknown> | undefined} */
          let ended;
          navigator.mediaDevices.getUserMedia = async (constraints) => {
            const stream = await open(constraints);
            // Nobody is in a room, so that it ends at once.
            ended = new Promise((resolve) => setTimeout(resolve, delayMs)).then(() => room.disconnect());
            return stream;
          };
          await room.switchActiveDevice('audioinput', '').catch(() => {});
          navigator.mediaDevices.getUserMedia = open;
          await ended;
        }
      });
      assert.deepEqual(new Set(await states()), new Set(['ended']));
    });

    test('a failed connect closes what was opened for it', async () => {
      await connect();
      const code = await page.evaluate(async () => {
        const { room, me, link } = /** @type {any} */ (window);
        await room.disconnect();
        await me.setCameraEnabled(true);
        await me.setMicrophoneEnabled(true);
        return room.connect(new URL('/m/ä', link), '').catch((/** @type {any} */ error) => error.code);
      });
      assert.equal(code, 'room-invalid');
      assert.deepEqual(await states(), ['ended', 'ended']);
    });

    test('a microphone whose room ends while it opens is not left open', async () => {
      await connect();
      const code = await page.evaluate(async () => {
        const { room, me } = /** @type {any} */ (window);
        const enabling = me.setMicrophoneEnabled(true).then(
          () => 'on',
          (/** @type {any} */ error) => error.code,
        );
        await room.disconnect();
        return enabling;
      });
      assert.match(code, /^(on|closed)$/);
      await until(page, 'the device is stopped', () =>
        /** @type {any} */ (window).states().every((/** @type {string} */ s) => s === 'ended'),
      );
    });

    test('nothing was rejected that nobody took', async () => {
      assert.deepEqual(await page.evaluate(() => /** @type {any} */ (window).unhandled), []);
    });
  });
}
