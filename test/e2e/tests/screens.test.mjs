// @ts-check
// Walks through every screen at desktop and phone size, light and dark; asks axe about each. CONFAB_SCREENSHOTS=FOLDER keeps pictures.
import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join as path } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { openChromium } from '../browsers/chromium.mjs';
import { until } from '../browsers/page.mjs';
import { assertAccessible } from '../lib/inspect.mjs';
import { click, enter, join, leave, say, seesMoving } from '../lib/meet.mjs';
import { startServer } from '../lib/server.mjs';

/** @typedef {import('../browsers/page.mjs').Page} Page */

const pictures = process.env.CONFAB_SCREENSHOTS;
const sizes = /** @type {const} */ ([
  ['desktop', 1280, 800],
  ['phone', 390, 844],
]);

describe('screens', { timeout: 500_000 }, () => {
  /** @type {import('../lib/server.mjs').Server} */
  let server;
  /** @type {Page} */
  let page;
  /** @type {Page} */
  let other;
  /** @type {string} */
  let link;

  before(async () => {
    if (pictures) await mkdir(pictures, { recursive: true });
    server = await startServer();
    [page, other] = await Promise.all([openChromium(), openChromium()]);
  });

  after(async () => {
    await Promise.all([page?.close(), other?.close()]);
    await server?.stop();
  });

  /** @param {string} name */
  async function look(name) {
    for (const [size, width, height] of sizes) {
      await page.resize(width, height);
      for (const scheme of /** @type {const} */ (['light', 'dark'])) {
        await page.colorScheme(scheme);
        await page.evaluate(async () => {
          await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
          const passing = document
            .getAnimations()
            .filter(({ effect }) => effect?.getComputedTiming().endTime !== Infinity);
          await Promise.allSettled(passing.map((animation) => animation.finished));
        });
        if (pictures) await page.screenshot(path(pictures, `${name}-${size}-${scheme}.png`));
        await assertAccessible(page, `${name}, ${size}, ${scheme}`);
      }
    }
    await page.resize(1280, 800);
  }

  test('home', async () => {
    await page.goto(server.origin);
    await until(page, 'home is shown', () => document.querySelector('[data-action=start]') !== null);
    await look('home');
  });

  test('home, by keyboard only', async () => {
    await page.evaluate(() => /** @type {HTMLElement} */ (document.querySelector('input[type=url]')).focus());
    await page.type('not a link');
    await page.press('Enter');
    await until(page, 'the mistake is explained', () => document.querySelector('[role=alert]') !== null);
    await look('home-bad-link');
  });

  test('planning a meeting', async () => {
    await page.goto(server.origin);
    await until(page, 'planning is offered', () => document.querySelector('[data-action=schedule]') !== null);
    await page.click('[data-action=schedule]');
    await page.click('input[name=title]');
    await page.type('Weekly review');
    await look('plan');
    await page.click('[data-action=plan]');
    await until(page, 'the invitation is shown', () =>
      document.querySelector('.card .confab-link')?.textContent?.includes('#e1.'),
    );
    await look('invitation');
    await page.click('[data-action=done]');
    await until(page, 'it is listed', () =>
      document.querySelector('.recent li')?.textContent?.includes('Weekly review'),
    );
    await look('home-meetings');
  });

  test('pre-join', async () => {
    await page.click('[data-action=start]');
    link = await until(page, 'a link was made', () => (location.hash.startsWith('#e1.') ? location.href : ''));
    await until(page, 'the preview runs', () => (document.querySelector('video')?.videoWidth ?? 0) > 0);
    await until(
      page,
      'the connection was checked',
      () => document.querySelector('.confab-fact[data-state=held] svg.lucide-wifi') !== null,
    );
    await look('prejoin');
  });

  test('alone in the call', async () => {
    await join(page, link, 'Ada Lovelace');
    await until(page, 'own video runs', () => (document.querySelector('.confab-alone video') ?? null) !== null);
    await look('call-alone');
  });

  test('a call of two', async () => {
    await enter(other, link, 'Grace Hopper');
    await until(other, 'the waiting screen is shown', () => document.querySelector('[data-phase=waiting]') !== null);
    await until(page, 'somebody knocks', () => document.querySelector('[data-action=admit-knock]') !== null);
    await look('knock');
    await page.click('[data-action=admit-knock]');
    await seesMoving(page, 'Grace Hopper');
    await look('call');
  });

  test('chat', async () => {
    await say(page, 'Shall we begin?');
    await say(other, 'One moment, see https://example.org/agenda');
    await until(page, 'both messages are shown', () => document.querySelectorAll('.confab-message-text').length === 2);
    await look('chat');
  });

  test('people, settings', async () => {
    await page.click('[data-action=people]');
    await until(page, 'people are listed', () => document.querySelectorAll('.confab-people li').length === 2);
    await look('people');
    await page.click('[data-action=settings]');
    await until(page, 'devices are listed', () => document.querySelectorAll('.confab-side-panel select').length >= 4);
    await look('settings');
    await page.press('Escape');
    await until(page, 'the panel is closed', () => document.querySelector('.confab-side-panel') === null);
  });

  test('right to left', async () => {
    const turn = (/** @type {string} */ dir) => document.querySelector('.confab')?.setAttribute('dir', dir);
    await page.evaluate(turn, 'rtl');
    await page.click('[data-action=people]');
    await until(page, 'people are listed', () => document.querySelectorAll('.confab-people li').length === 2);
    const mirrored = await page.evaluate(() => {
      const left = (/** @type {string} */ selector) =>
        document.querySelector(selector)?.getBoundingClientRect().left ?? 0;
      return {
        panel: left('.confab-side-panel') < left('.confab-stage'),
        controls: left('[data-action=leave]') < left('[data-action=microphone]'),
      };
    });
    assert.deepEqual(mirrored, { panel: true, controls: true });
    await look('right-to-left');
    await page.press('Escape');
    await until(page, 'the panel is closed', () => document.querySelector('.confab-side-panel') === null);
    await page.evaluate(turn, 'ltr');
  });

  test('safety code', async () => {
    await page.click('[data-action=encryption]');
    await until(
      page,
      'twelve numbers are shown',
      () => document.querySelectorAll('.confab-safety-code span').length === 12,
    );
    await look('safety-code');
    await page.press('Escape');
  });

  test('camera off, microphone off, screen shared', async () => {
    await other.click('[data-action=camera]');
    await until(
      page,
      'an avatar is shown',
      () => document.querySelector('.confab-tile[data-local=false] .confab-avatar') !== null,
    );
    await look('camera-off');
    await other.click('[data-action=screen]');
    await until(
      page,
      'the screen has the stage',
      () => document.querySelector('.confab-stage-main .confab-tile[data-source=screen] canvas') !== null,
    );
    await look('screen-share');
    await other.click('[data-action=screen]');
    await until(
      page,
      'the stage is free again',
      () => document.querySelector('.confab-tile[data-source=screen]') === null,
    );
  });

  test('comparing emoji', async () => {
    await click(page, '[data-action=people]');
    await click(page, '[data-action=person-menu]');
    await until(page, 'the menu is open', () => document.querySelector('[role=menu]:not([hidden])') !== null);
    await look('person-menu');
    await page.click('[role=menu]:not([hidden]) [data-action=compare]');
    await until(page, 'it waits', () => document.querySelector('dialog[data-step=asked]') !== null);
    await look('emoji-asked');
    await click(other, '[data-action=accept-offer]');
    await until(page, 'emoji are shown', () => document.querySelectorAll('.confab-emoji li').length === 7);
    await look('emoji');
    await page.click('[data-action=same]');
    await until(page, 'it is said that nobody is in between', () => document.querySelector('[data-action=verified]'));
    await look('emoji-matched');
    await page.click('[data-action=verified]');
    await until(page, 'the mark is shown', () => document.querySelectorAll('.confab-verified').length === 2);
    await look('verified');
    await click(other, '[data-action=same]');
    await click(other, '[data-action=verified]');
    await page.press('Escape');
  });

  test('somebody whom no host let in', async () => {
    const stranger = await openChromium();
    try {
      await enter(stranger, link, 'Sam Stranger');
      await until(page, 'it waits', () => document.querySelector('[data-action=admit-knock]') !== null);
      await page.evaluate(async () => {
        await fetch(`/v1/meetings/${location.pathname.split('/').pop()}/admit-all`, { method: 'POST' });
      });
      await until(page, 'it is warned of', () => document.querySelector('[data-alert=not-admitted]') !== null);
      await look('alert-not-admitted');
      await click(page, '[data-action=people]');
      await look('people-not-admitted');
      await page.press('Escape');
      await click(page, '[data-action=alert-let-in]');
      await until(page, 'it is let in', () => document.querySelector('[data-alert]') === null);
      await click(stranger, '[data-action=encryption]');
      await click(stranger, '.confab-members [aria-label$="Ada Lovelace"]');
      await until(page, 'it asks', () => document.querySelector('[data-action=accept-offer]') !== null);
      await look('emoji-offered');
      await page.click('[data-action=accept-offer]');
      await click(page, '[data-action=differ]');
      await until(page, 'it is said what to do', () => document.querySelector('dialog[data-step=differed]') !== null);
      await look('emoji-differed');
      await page.press('Escape');
      await until(page, 'the warning stays', () => document.querySelector('[data-alert=misbehaved]') !== null);
      await look('alert-differed');
      await page.click('[data-action=alert-hide]');
      await stranger.press('Escape');
      await leave(stranger);
    } finally {
      await stranger.close();
    }
    await until(page, 'it is gone', () => document.querySelectorAll('.confab-tile[data-local=false]').length === 1);
  });

  test('reconnecting', async () => {
    await server.stop('SIGKILL');
    await until(
      page,
      'reconnecting is said',
      () => document.querySelector('.confab-call[data-state=reconnecting] .confab-toast') !== null,
    );
    await look('reconnecting');
    server = await startServer({ port: server.port });
    await until(page, 'the call goes on', () => document.querySelector('.confab-call[data-state=connected]') !== null);
  });

  test('without the key', async () => {
    const wrong = new URL(link);
    wrong.hash = `#e1.${Buffer.alloc(32, 9).toString('base64url')}`;
    await leave(page);
    await look('ended');
    await join(page, wrong.href, 'Mallory');
    await until(page, 'the reason is said', () => document.querySelector('.confab-encryption-alarm') !== null);
    await look('without-key');
  });

  test('nothing went wrong in the page', () => {
    const errors = [...page.log(), ...other.log()].filter(
      (line) => line.startsWith('uncaught:') || line.includes('Content Security'),
    );
    assert.deepEqual(errors, []);
  });
});
