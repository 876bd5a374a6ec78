// @ts-check
// What reaches the browser of a guest who waits, while a call goes on: everything that crosses its connection is looked at.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { openChromium } from '../browsers/chromium.mjs';
import { openFirefox } from '../browsers/firefox.mjs';
import { until } from '../browsers/page.mjs';
import { reads, say, seesMoving } from '../lib/meet.mjs';
import { traces, watchNode } from '../lib/nodes-eye.mjs';
import { startServer } from '../lib/server.mjs';

/** @typedef {import('../browsers/page.mjs').Page} Page */

/** Fields of ServerMessage. */
const [welcome, pong, error] = [2, 15, 17];

describe('what reaches a guest who waits', { timeout: 400_000 }, () => {
  /** @type {import('../lib/server.mjs').Server} */
  let server;
  /** @type {Record<'host' | 'chromium' | 'firefox', Page>} */
  let pages;

  before(async () => {
    server = await startServer();
    const [host, chromium, firefox] = await Promise.all([openChromium(), openChromium(), openFirefox()]);
    pages = { host, chromium, firefox };
    for (const page of Object.values(pages)) {
      await page.goto(`${server.origin}/healthz`);
      await page.evaluate(() => localStorage.setItem('confab.preferences', '{"quality":"saver","language":"en"}'));
    }
  });

  after(async () => {
    await Promise.all(Object.values(pages ?? {}).map((page) => page.close()));
    await server?.stop();
  });

  for (const engine of /** @type {const} */ (['chromium', 'firefox'])) {
    test(`in ${engine}: nothing of the call`, async () => {
      const { host } = pages;
      const waiting = pages[engine];
      const inside = pages[engine === 'chromium' ? 'firefox' : 'chromium'];
      const eye = await watchNode(server.port);
      try {
        await host.goto(`${server.origin}/healthz`);
        const id = await host.evaluate(async () => {
          const headers = { 'Content-Type': 'application/json' };
          const body = '{"settings":{"waitingRoom":true}}';
          return (await (await fetch('/v1/meetings', { method: 'POST', headers, body })).json()).id;
        });
        const path = `/m/${id}#e1.${Buffer.alloc(32, 9).toString('base64url')}`;
        await enter(host, server.origin + path, 'Hanna Host');
        await inCall(host);
        await enter(inside, server.origin + path, 'Ina Inside');
        await click(host, '[data-action=people]');
        await click(host, '[data-action=admit]');
        await inCall(inside);

        await enter(waiting, eye.origin + path, 'Willy Waiting');
        await until(
          waiting,
          'the waiting screen is shown',
          () => document.querySelector('[data-phase=waiting]') !== null,
        );
        await until(host, 'the host is told', () => document.querySelector('.confab-waiting-list li') !== null);
        const secrets = await Promise.all([host, inside].map((page) => page.evaluate(identityOf)));
        const objects = await delivered(server);
        await seesMoving(host, 'Ina Inside');
        await seesMoving(inside, 'Hanna Host');
        await say(inside, `Not for ${engine}`);
        await reads(host, `Not for ${engine}`);
        const pongs = () =>
          eye.messages.filter((message) => message.from === 'node' && kindOf(message) === pong).length;
        for (const before = pongs(); pongs() === before;)
          await waiting.evaluate(() => new Promise((r) => setTimeout(r, 200)));
        assert.ok((await delivered(server)) > objects, 'there was no call');

        const came = eye.messages.filter(({ from }) => from === 'node');
        assert.deepEqual(new Set(came.map(kindOf)), new Set([welcome, pong, error]));
        // The page has tried the way to the node before, with a Hello that no node accepts.
        const errors = came.filter((message) => kindOf(message) === error);
        assert.equal(errors.length, traces(errors, Buffer.from('version-unsupported')).length);
        for (const secret of secrets) assert.deepEqual(traces(came, Buffer.from(secret)), []);

        // Let in, it gets all of that: it would have been seen.
        await click(host, '[data-action=people]');
        await click(host, '[data-action=admit]');
        await inCall(waiting);
        await seesMoving(waiting, 'Hanna Host');
        const later = eye.messages.filter(({ from }) => from === 'node');
        assert.ok(
          later.some(({ kind }) => kind === 'object'),
          'no object was seen',
        );
        for (const secret of secrets) assert.notDeepEqual(traces(later, Buffer.from(secret)), []);
      } finally {
        await eye.close();
      }
    });
  }
});

/** The number of the field that a control message of the node is in, or what else it is. */
function kindOf(/** @type {import('../lib/nodes-eye.mjs').Message} */ { kind, bytes }) {
  if (kind !== 'control') return kind;
  const first = bytes[0] ?? 0;
  return (first < 0x80 ? first : (first & 0x7f) | ((bytes[1] ?? 0) << 7)) >> 3;
}

/** @param {import('../lib/server.mjs').Server} server */
async function delivered(server) {
  return Number(/^confab_objects_delivered_total (\d+)$/m.exec(await server.metrics())?.[1]);
}

/**
 * @param {Page} page
 * @param {string} link
 * @param {string} name
 */
async function enter(page, link, name) {
  await page.goto('about:blank');
  await page.goto(link);
  await click(page, 'input[name=name]');
  await page.evaluate((value) => {
    const field = /** @type {HTMLInputElement} */ (document.querySelector('input[name=name]'));
    Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value')?.set?.call(field, value);
    field.dispatchEvent(new Event('input', { bubbles: true }));
  }, name);
  await click(page, '[data-action=join]');
}

/** @param {Page} page */
function inCall(page) {
  return until(page, 'the call is shown', () => document.querySelector('.confab-call[data-state=connected]') !== null);
}

/**
 * @param {Page} page
 * @param {string} selector
 */
async function click(page, selector) {
  await until(page, `${selector} is there`, (wanted) => document.querySelector(wanted) !== null, [selector]);
  await page.click(selector);
}

// In the pages.

function identityOf() {
  return /** @type {any} */ (window).confab.room.localParticipant.identity;
}
