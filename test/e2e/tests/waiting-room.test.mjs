// @ts-check
// A back end's own waiting room: join tokens say who is a host and who waits. Everything by the element, in two engines.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import { openChromium } from '../browsers/chromium.mjs';
import { openFirefox } from '../browsers/firefox.mjs';
import { until } from '../browsers/page.mjs';
import { binary, freePort, startServer } from '../lib/server.mjs';
import { serveFiles } from '../lib/static.mjs';

/** @typedef {import('../browsers/page.mjs').Page} Page */

const secret = Buffer.alloc(32, 5).toString('base64url');
const keys = `app:${Buffer.alloc(24, 3).toString('hex')}`;

describe('a waiting room', { timeout: 300_000 }, () => {
  /** @type {Awaited<ReturnType<typeof serveFiles>>} */
  let site;
  /** @type {import('../lib/server.mjs').Server} */
  let server;
  /** @type {Page} */
  let host;
  /** @type {Page} */
  let guest;
  /** @type {string} */
  let link;

  before(async () => {
    const port = await freePort();
    const origin = `http://localhost:${port}`;
    link = `${origin}/m/practice#e1.${secret}`;
    const page = (/** @type {string} */ token, /** @type {string} */ name) => ({
      type: 'text/html',
      body: `<!doctype html><html lang="en"><title>Practice</title><link rel="icon" href="data:,">
        <script type="module" src="${origin}/element/index.js"></script>
        <confab-room url="${link}" token="${token}" display-name="${name}" lang="en" autojoin></confab-room>
        <script>
          shadow = () => document.querySelector('confab-room')?.shadowRoot;
          heard = [];
          for (const name of ['waiting-participant-joined', 'track-stopped', 'disconnected'])
            document.addEventListener('confab-' + name, (event) => heard.push(name));
        </script>`,
    });
    site = await serveFiles({
      '/host': page(mint('doctor', '--admin'), 'Dora Doctor'),
      '/guest': page(mint('patient', '--wait'), 'Paul Patient'),
    });
    server = await startServer({ port, env: { CONFAB_API_KEYS: keys }, args: ['--trusted-origin', site.origin] });
    [host, guest] = await Promise.all([openChromium(), openFirefox()]);
    await host.goto(`${site.origin}/host`);
    await until(host, 'the host is in the call', inCall);
  });

  after(async () => {
    await Promise.all([host?.close(), guest?.close()]);
    await server?.stop();
    await site?.close();
  });

  test('a guest waits, and learns nothing', async () => {
    await guest.goto(`${site.origin}/guest`);
    await until(guest, 'the waiting screen is shown', () => shadow()?.querySelector('[data-phase=waiting]') !== null);
    const known = await guest.evaluate(() => {
      const { room } = /** @type {any} */ (document.querySelector('confab-room'));
      const { state, remotes, waiting } = room.snapshot.get();
      return { state, remotes: remotes.length, waiting: waiting.length };
    });
    assert.deepEqual(known, { state: 'waiting', remotes: 0, waiting: 0 });
  });

  test('the host is told, by name, and the guest is not in the call', async () => {
    await until(host, 'somebody knocks', () => shadow()?.querySelector('.confab-toast')?.textContent?.includes('Paul'));
    await click(host, '[data-action=people]');
    await until(host, 'the guest is listed', () =>
      shadow()?.querySelector('.confab-waiting-list li')?.textContent?.startsWith('Paul Patient'),
    );
    assert.equal(await host.evaluate(() => shadow()?.querySelectorAll('.confab-tile[data-local=false]').length), 0);
  });

  test('a guest who is let in is seen and heard', async () => {
    await click(host, '[data-action=admit]');
    await until(guest, 'the guest is in the call', inCall);
    await until(host, 'the guest is seen', seesVideo);
    await until(guest, 'the host is seen', seesVideo);
  });

  test('hands have an order, and hosts lower them', async () => {
    await click(guest, '[data-action=hand]');
    await until(host, 'the hand is shown', () => shadow()?.querySelector('.confab-people .confab-hand') !== null);
    await click(host, '[data-action=lower-all]');
    await until(
      guest,
      'the hand is down',
      () => shadow()?.querySelector('[data-action=hand]')?.getAttribute('aria-pressed') === 'false',
    );
  });

  test('a host mutes, and only the guest can unmute', async () => {
    await until(host, 'the guest has a microphone', () => {
      const list = shadow()?.querySelector('.confab-people li[data-identity=patient]');
      return list !== null && list?.querySelector('[aria-label="Microphone is off"]') === null;
    });
    await click(host, 'li[data-identity=patient] [data-action=person-menu]');
    await click(host, 'li[data-identity=patient] [data-action=mute]');
    await until(guest, 'the guest is told', () => /** @type {any} */ (window).heard.includes('track-stopped'));
    await until(
      guest,
      'its button says so',
      () => shadow()?.querySelector('[data-action=microphone]')?.getAttribute('aria-pressed') === 'false',
    );
    await click(guest, '[data-action=microphone]');
    await until(
      host,
      'it is on again',
      () =>
        shadow()?.querySelector('.confab-people li[data-identity=patient] [aria-label="Microphone is off"]') === null,
    );
  });

  test('a host takes somebody out, for good', async () => {
    await click(host, 'li[data-identity=patient] [data-action=person-menu]');
    await click(host, 'li[data-identity=patient] [data-action=block]');
    await until(guest, 'the guest is told why', () =>
      shadow()?.querySelector('.confab-ended h1')?.textContent?.includes('host'),
    );
    await guest.goto(`${site.origin}/guest`);
    await until(guest, 'the guest is refused', () =>
      shadow()?.querySelector('.confab-ended h1')?.textContent?.includes('does not let you'),
    );
    assert.equal(await host.evaluate(() => shadow()?.querySelector('.confab-waiting-list')), null);
  });

  test('who ends it is told that it was done', async () => {
    const answer = await host.evaluate(() => {
      const { room } = /** @type {any} */ (document.querySelector('confab-room'));
      return room.moderation.end().then(
        () => 'done',
        (/** @type {any} */ error) => error.code,
      );
    });
    assert.equal(answer, 'done');
    await until(host, 'the end is shown', () => shadow()?.querySelector('.confab-ended') !== null);
  });
});

/**
 * @param {string} identity
 * @param {...string} flags
 */
function mint(identity, ...flags) {
  const args = ['token', '--room', 'practice', '--identity', identity, ...flags];
  return execFileSync(binary, args, { env: { ...process.env, CONFAB_API_KEYS: keys }, encoding: 'utf8' }).trim();
}

// In the pages, which have this one too.

function shadow() {
  return document.querySelector('confab-room')?.shadowRoot;
}

function inCall() {
  return shadow()?.querySelector('.confab-call[data-state=connected]') !== null;
}

function seesVideo() {
  const tile = shadow()?.querySelector('.confab-tile[data-local=false]');
  return (tile?.querySelector('canvas')?.width ?? 0) > 0;
}

/**
 * @param {Page} page
 * @param {string} selector Inside the element.
 */
async function click(page, selector) {
  await until(
    page,
    `${selector} is there`,
    (wanted) => {
      const button = shadow()?.querySelector(wanted);
      return button instanceof HTMLElement && !button.closest('[hidden]');
    },
    [selector],
  );
  await page.evaluate((wanted) => {
    /** @type {HTMLElement} */ (shadow()?.querySelector(wanted)).click();
  }, selector);
}
