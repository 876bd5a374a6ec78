// @ts-check
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join as path } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { openChromium } from '../browsers/chromium.mjs';
import { openFirefox } from '../browsers/firefox.mjs';
import { until } from '../browsers/page.mjs';
import { openWebKit } from '../browsers/webkit.mjs';
import { hears, join, leave, othersSeen, reads, say, seesMoving, silent, transportOf } from '../lib/meet.mjs';
import { startServer } from '../lib/server.mjs';
import { writeTone } from '../lib/tone.mjs';

/** @typedef {import('../browsers/page.mjs').Page} Page */

const tones = { chromium: 730, firefox: 1130, webkit: 1500 };
const names = { chromium: 'Chris Chromium', firefox: 'Fiona Firefox', webkit: 'Wanda WebKit' };
const engines = /** @type {const} */ (['chromium', 'firefox', 'webkit']);

describe('a call between three engines', { timeout: 300_000 }, () => {
  /** @type {import('../lib/server.mjs').Server} */
  let server;
  /** @type {Record<'chromium' | 'firefox' | 'webkit', Page>} */
  let pages;
  /** @type {string} */
  let folder;
  /** @type {string} */
  let link;

  before(async () => {
    folder = await mkdtemp(path(tmpdir(), 'confab-e2e-'));
    const tone = path(folder, 'tone.wav');
    await writeTone(tone, tones.chromium);
    server = await startServer();
    const [chromium, firefox, webkit] = await Promise.all([
      openChromium({ tone }),
      openFirefox({ frequency: tones.firefox }),
      openWebKit(),
    ]);
    pages = { chromium, firefox, webkit };
    await chromium.goto(server.origin);
    await chromium.click('[data-action=start]');
    link = await until(chromium, 'a meeting link was made', () => (location.hash.startsWith('#e1.') ? location.href : ''));
  });

  after(async () => {
    await Promise.all(Object.values(pages ?? {}).map((page) => page.close()));
    await server?.stop();
    if (folder) await rm(folder, { recursive: true });
  });

  test('each sees the others move and hears their tones', async () => {
    for (const engine of engines) await join(pages[engine], link, names[engine]);
    for (const engine of engines) {
      for (const other of engines) {
        if (other === engine) continue;
        await seesMoving(pages[engine], names[other]);
        await hears(pages[engine], tones[other]);
      }
    }
  });

  test('WebTransport in Chromium and Firefox, WebSocket in WebKit', async () => {
    assert.equal(await transportOf(pages.chromium), 'webtransport');
    assert.equal(await transportOf(pages.firefox), 'webtransport');
    assert.equal(await transportOf(pages.webkit), 'websocket');
  });

  test('chat arrives everywhere', async () => {
    for (const engine of engines) {
      const text = `hello from ${engine}`;
      await say(pages[engine], text);
      for (const other of engines) await reads(pages[other], text);
    }
  });

  test('everyone has the same safety code', async () => {
    const codes = await Promise.all(
      engines.map((engine) => pages[engine].evaluate(() => /** @type {any} */ (window).confab.room.encryption.get().safetyCode)),
    );
    assert.match(codes[0], /^(\d{5} ){11}\d{5}$/);
    assert.deepEqual(codes, [codes[0], codes[0], codes[0]]);
  });

  test('one with the wrong secret sees and hears nothing, and everyone is told', async () => {
    const wrong = new URL(link);
    wrong.hash = `#e1.${Buffer.alloc(32, 7).toString('base64url')}`;
    const intruder = await openChromium();
    try {
      await join(intruder, wrong.href, 'Ivan Intruder');
      await until(intruder, 'the intruder is told why', () => document.querySelector('.encryption-alarm') !== null);
      for (const engine of engines) {
        await until(
          pages[engine],
          'someone without the key is listed',
          () => /** @type {any} */ (window).confab.room.encryption.get().refused.length === 1,
        );
        assert.deepEqual(
          await othersSeen(pages[engine]),
          engines.filter((other) => other !== engine).map((other) => names[other]).sort(),
        );
      }
      assert.deepEqual(await othersSeen(intruder), []);
      assert.equal(await silent(intruder), true);
    } finally {
      await intruder.close();
    }
  });

  test('one leaves: the others go on under new keys', async () => {
    const generation = async () => (await /** @type {any} */ (window).confab.room.stats()).keyGeneration;
    const before = await pages.chromium.evaluate(generation);
    await leave(pages.firefox);
    await until(
      pages.chromium,
      'the key was rotated',
      async (old) => (await /** @type {any} */ (window).confab.room.stats()).keyGeneration > old,
      [before],
    );
    await seesMoving(pages.chromium, names.webkit);
    await seesMoving(pages.webkit, names.chromium);
    await hears(pages.chromium, tones.webkit);
    await hears(pages.webkit, tones.chromium);
    assert.deepEqual(await othersSeen(pages.chromium), [names.webkit]);
  });
});
