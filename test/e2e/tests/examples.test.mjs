// @ts-check
// The examples, built with the packed packages as somebody else's application would be, each with two pages in a call.
// CONFAB_SCREENSHOTS=FOLDER keeps pictures.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join as path } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { openChromium } from '../browsers/chromium.mjs';
import { until } from '../browsers/page.mjs';
import { root, serveFolder, startProgram } from '../lib/examples.mjs';
import { assertAccessible } from '../lib/inspect.mjs';
import { seesMoving } from '../lib/meet.mjs';
import { freePort, startServer } from '../lib/server.mjs';

/** @typedef {import('../browsers/page.mjs').Page} Page */

const pictures = process.env.CONFAB_SCREENSHOTS;
/** The pages of the examples know this node. The tests have a network of their own. */
const nodePort = 8080;

describe('examples', { timeout: 300_000 }, () => {
  /** @type {Page} */
  let page;
  /** @type {Page} */
  let other;

  before(async () => {
    if (pictures) await mkdir(pictures, { recursive: true });
    const preferences = { quality: 'saver' };
    [page, other] = await Promise.all([openChromium({ preferences }), openChromium({ preferences })]);
  });

  after(async () => {
    await Promise.all([page?.close(), other?.close()]);
  });

  /** @param {string} name */
  async function look(name) {
    for (const [size, scheme, width, height] of /** @type {const} */ ([
      ['desktop', 'light', 1280, 800],
      ['phone', 'dark', 390, 844],
    ])) {
      await page.resize(width, height);
      await page.colorScheme(scheme);
      await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
      if (pictures) await page.screenshot(path(pictures, `${name}-${size}.png`));
      await assertAccessible(page, `${name}, ${size}, ${scheme}`);
    }
    await page.resize(1280, 800);
  }

  describe('pages, with an open node', () => {
    /** @type {Record<string, Awaited<ReturnType<typeof serveFolder>>>} */
    const sites = {};
    /** @type {import('../lib/server.mjs').Server} */
    let server;

    before(async () => {
      for (const [name, folder] of Object.entries({ html: 'html', vue: 'vue/dist', svelte: 'svelte/dist' })) {
        sites[name] = await serveFolder(`${root}examples/${folder}`);
      }
      const trusted = Object.values(sites).flatMap(({ origin }) => ['--trusted-origin', origin]);
      server = await startServer({ port: nodePort, args: trusted });
    });

    after(async () => {
      // A node that stops waits for those who are in calls.
      await Promise.all([page?.goto('about:blank'), other?.goto('about:blank')]);
      await server?.stop();
      for (const site of Object.values(sites)) await site.close();
    });

    test('plain HTML', async () => {
      await page.goto(`${sites.html?.origin}/`);
      await enter(page, 'Hanna');
      await other.goto(await address(page));
      await enter(other, 'Hugo');
      await Promise.all([seesMoving(page, 'Hugo'), seesMoving(other, 'Hanna')]);
      await look('html');
    });

    for (const name of ['vue', 'svelte']) {
      test(name, async () => {
        await page.goto(`${sites[name]?.origin}/`);
        await look(`${name}-before`);
        await join(page, 'Vera');
        await other.goto(await address(page));
        await join(other, 'Sven');
        await Promise.all([sees(page, 'Sven'), sees(other, 'Vera')]);
        await look(name);
        await page.click('button[aria-pressed]:has-text("Camera")');
        await until(other, 'no picture is shown', () => document.querySelector('.tile canvas') === null);
        await page.click('button:has-text("Leave")');
        await until(other, 'the other has left', () => document.querySelectorAll('.tile').length === 1);
        assert.ok(await page.evaluate(() => document.querySelector('form') !== null));
      });
    }
  });

  describe('back ends, with a node that wants tokens', () => {
    const secrets = {
      CONFAB_API_KEY: `example:${randomBytes(32).toString('hex')}`,
      CONFAB_WEBHOOK_SECRET: `whsec_${randomBytes(32).toString('base64')}`,
    };
    const ports = { node: 0, go: 0, next: 0 };
    /** @type {import('../lib/server.mjs').Server} */
    let server;

    before(async () => {
      for (const name of /** @type {const} */ (['node', 'go', 'next'])) ports[name] = await freePort();
      server = await startServer({
        args: [
          ...Object.values(ports).flatMap((port) => ['--trusted-origin', `http://localhost:${port}`]),
          ...['--webhook-url', `http://localhost:${ports.node}/webhooks/confab`],
        ],
        env: { ...secrets, CONFAB_API_KEYS: secrets.CONFAB_API_KEY },
      });
    });

    after(() => server?.stop());

    /**
     * Who starts a consultation lets the other in.
     *
     * @param {'node' | 'go' | 'next'} name
     * @param {string[]} command
     * @param {string} folder
     * @param {() => Promise<void>} [beforeJoin] When the other has opened the link.
     */
    async function consult(name, command, folder, beforeJoin) {
      const port = `${ports[name]}`;
      const env = { ...secrets, CONFAB_NODE: server.origin, PORT: port, ADDR: `localhost:${port}` };
      const stop = await startProgram(command, `${root}${folder}`, env, `http://localhost:${port}/`);
      try {
        await page.goto(`http://localhost:${port}/`);
        await look(`${name}-before`);
        await page.click('button:has-text("Start a consultation")');
        await enter(page, 'Doctor');
        await other.goto(await address(page));
        await beforeJoin?.();
        await ask(other, 'Patient');
        await page.click('[data-action=admit-knock]');
        await Promise.all([seesMoving(page, 'Patient'), seesMoving(other, 'Doctor')]);
        await look(name);
      } finally {
        await Promise.all([page.goto('about:blank'), other.goto('about:blank')]);
        await stop();
      }
    }

    test('Node, which is told by webhooks who is there', () =>
      consult('node', [process.execPath, 'server.js'], 'examples/node-backend', () =>
        until(other, 'the host is said to be there', () =>
          document.querySelector('#present')?.textContent?.includes('In the call: 1'),
        ).then(() => undefined),
      ));

    test('Node, which believes no webhook that the node did not sign', async () => {
      const stop = await startProgram(
        [process.execPath, 'server.js'],
        `${root}examples/node-backend`,
        { ...secrets, CONFAB_NODE: server.origin, PORT: `${ports.node}` },
        `http://localhost:${ports.node}/`,
      );
      try {
        const { status } = await fetch(`http://localhost:${ports.node}/webhooks/confab`, {
          method: 'POST',
          headers: {
            'webhook-id': 'one',
            'webhook-timestamp': `${Math.floor(Date.now() / 1000)}`,
            'webhook-signature': `v1,${randomBytes(32).toString('base64')}`,
          },
          body: JSON.stringify({ type: 'participant.joined', data: { room: 'a', participant: { session: 's' } } }),
        });
        assert.equal(status, 401);
      } finally {
        await stop();
      }
    });

    test('Go', () => consult('go', [`${root}bin/go-backend`], '.'));

    test('Next.js', () =>
      consult('next', [process.execPath, 'node_modules/next/dist/bin/next', 'start'], 'examples/next'));
  });
});

/** @param {Page} page */
const address = (page) => page.evaluate(() => location.href);

/**
 * In the screen of the packages: writes a name and asks to be in.
 *
 * @param {Page} page
 * @param {string} name
 */
async function ask(page, name) {
  await page.click('input[name=name]');
  await page.type(name);
  await page.click('[data-action=join]');
}

/**
 * In the screen of the packages: is in the call.
 *
 * @param {Page} page
 * @param {string} name
 */
async function enter(page, name) {
  await ask(page, name);
  await until(page, 'the call is shown', () => {
    const shown = document.querySelector('confab-room')?.shadowRoot ?? document;
    return shown.querySelector('.confab-call[data-state=connected]') !== null;
  });
}

/**
 * In the screen that an example draws itself: is in the call.
 *
 * @param {Page} page
 * @param {string} name
 */
async function join(page, name) {
  await page.click('input');
  await page.type(name);
  await page.click('button:has-text("Join")');
  await until(page, 'oneself is shown', () => (document.querySelector('video')?.videoWidth ?? 0) > 0);
}

/**
 * In the screen that an example draws itself: the picture of the other changes.
 *
 * @param {Page} page
 * @param {string} name
 */
async function sees(page, name) {
  await page.evaluate(() => void delete (/** @type {any} */ (window).firstLook));
  await until(
    page,
    `${name}'s video moves`,
    (wanted) => {
      const tile = [...document.querySelectorAll('.tile')].find(
        (one) => one.querySelector('figcaption')?.textContent?.trim() === wanted,
      );
      const canvas = tile?.querySelector('canvas');
      if (!canvas || canvas.width < 100) return false;
      const w = /** @type {any} */ (window);
      const looked = canvas.toDataURL();
      w.firstLook ??= looked;
      return w.firstLook !== looked;
    },
    [name],
  );
}
