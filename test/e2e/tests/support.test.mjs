// @ts-check
// The support desk: a customer who uses the keyboard alone, two agents, and a call that is handed from one to the other.
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join as path } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { openChromium } from '../browsers/chromium.mjs';
import { openFirefox } from '../browsers/firefox.mjs';
import { until } from '../browsers/page.mjs';
import { assertAccessible } from '../lib/inspect.mjs';
import { hears, listenToOutput, seesMoving } from '../lib/meet.mjs';
import { startSupport } from '../lib/support.mjs';
import { writeTone } from '../lib/tone.mjs';

/** @typedef {import('../browsers/page.mjs').Page} Page */

const pictures = process.env.CONFAB_SCREENSHOTS;
const tones = { customer: 730, ana: 1130, ben: 1510 };
const preferences = '{"quality":"saver","language":"en"}';

describe('support desk', { timeout: 240_000 }, () => {
  /** @type {Awaited<ReturnType<typeof startSupport>>} */
  let support;
  /** @type {Page} */
  let customer;
  /** @type {Page} */
  let ana;
  /** @type {Page} */
  let ben;
  /** @type {string} */
  let folder;

  before(async () => {
    if (pictures) await mkdir(pictures, { recursive: true });
    folder = await mkdtemp(path(tmpdir(), 'confab-e2e-'));
    await Promise.all([
      writeTone(path(folder, 'customer.wav'), tones.customer),
      writeTone(path(folder, 'ben.wav'), tones.ben),
    ]);
    [support, customer, ana, ben] = await Promise.all([
      startSupport(),
      openChromium({ tone: path(folder, 'customer.wav') }),
      openFirefox({ frequency: tones.ana }),
      openChromium({ tone: path(folder, 'ben.wav') }),
    ]);
    for (const page of [customer, ana, ben]) {
      await page.goto(`${support.origin}/icon.svg`);
      await page.evaluate((chosen) => localStorage.setItem('confab.preferences', chosen), preferences);
    }
  });

  after(async () => {
    await Promise.all([customer?.close(), ana?.close(), ben?.close()]);
    await support?.stop();
    await rm(folder, { recursive: true });
  });

  /**
   * Asks axe about a screen of Chromium's; with CONFAB_SCREENSHOTS, keeps pictures of it in all sizes and colours.
   *
   * @param {Page} page
   * @param {string} name
   */
  async function look(page, name) {
    for (const [size, width, height] of /** @type {const} */ ([
      ['phone', 390, 844],
      ['desktop', 1280, 800],
    ])) {
      await page.resize(width, height);
      for (const scheme of /** @type {const} */ (['light', 'dark'])) {
        // Each size and each colour is asked about once.
        if (!pictures && (size === 'phone') !== (scheme === 'dark')) continue;
        await page.colorScheme(scheme);
        await assertAccessible(page, `${name}, ${size}, ${scheme}`);
        if (pictures) await page.screenshot(path(pictures, `support-${name}-${size}-${scheme}.png`));
      }
    }
    await page.colorScheme('light');
  }

  test('agents sign in and take calls', async () => {
    for (const [page, name] of /** @type {const} */ ([
      [ana, 'ana'],
      [ben, 'ben'],
    ])) {
      await page.goto(`${support.origin}/desk`);
      await until(page, 'the form is shown', () => document.querySelector('#sign-in:not([hidden])') !== null);
      if (page === ben) await look(page, 'sign-in');
      await listenToOutput(page);
      await page.click(`[data-demo=${name}]`);
      await page.click('[data-action=sign-in]');
      await until(page, 'the console is shown', () => document.querySelector('#console:not([hidden])') !== null);
      if (page === ben) await look(page, 'desk-idle');
    }
    await ana.click('#available');
    await until(ana, 'she takes calls', () => document.querySelector('#available[aria-checked=true]') !== null);
  });

  test('a customer finds the way by keyboard alone', async () => {
    await customer.goto(`${support.origin}/`);
    await until(customer, 'the shop is shown', () => document.querySelector('#launcher:not([hidden])') !== null);
    await look(customer, 'shop');
    await tabTo(customer, 'a[href="#/moss"]');
    await customer.press('Enter');
    await until(customer, 'the lamp is shown', () => document.activeElement?.textContent === 'Moss');
    await look(customer, 'lamp');
    await listenToOutput(customer);
    await tabTo(customer, '#launcher');
    await customer.press('Enter');
    await until(customer, 'somebody is free', () =>
      document.querySelector('.panel-form .fact')?.textContent?.includes('free now'),
    );
    await look(customer, 'ask');
    await customer.type('Mira');
    await customer.press('Tab');
    await customer.type('Does Moss fit a reading corner?');
    await tabTo(customer, '[data-action=ask]');
    await customer.press('Enter');
    await until(
      customer,
      'the place is shown',
      () => document.querySelector('.position')?.textContent === 'You are next',
    );
    await look(customer, 'waiting');
  });

  test('is picked up, and sees and hears the agent in the shop', async () => {
    await until(ana, 'who waits is shown', () =>
      document.querySelector('.queued')?.textContent?.includes('Moss table lamp'),
    );
    await ben.click('#available');
    await look(ben, 'desk-queue');
    await ana.click('[data-action=pick-up]');
    await seesMoving(customer, 'Ana Lima');
    await hears(customer, tones.ana);
    await hears(ana, tones.customer);
    const camera = await customer.evaluate(() => {
      const room = document.querySelector('confab-room');
      return /** @type {any} */ (room).room.localParticipant.track('camera') !== undefined;
    });
    assert.equal(camera, false, 'the camera is off until the customer turns it on');
    await until(ana, 'she is told that the customer is in', () =>
      document.querySelector('.call-head')?.textContent?.includes('is in the call'),
    );
    await look(customer, 'call');
  });

  test('a secret that the node has never seen encrypts it', async () => {
    const state = await customer.evaluate(() => {
      const { encryption } = /** @type {any} */ (document.querySelector('confab-room')).room;
      const { status, verified } = encryption.get();
      return { status, verified };
    });
    assert.deepEqual(state, { status: 'active', verified: true });
  });

  test('shows the page when asked, and not before', async () => {
    await ana.click('[data-action=ask-screen]');
    await until(customer, 'the question is asked', () => document.querySelector('.question:not([hidden])') !== null);
    await look(customer, 'question');
    await customer.press('Tab');
    await customer.press('Enter');
    await until(ana, 'she is told no', () =>
      document.querySelector('.screen-state')?.textContent?.includes('does not want'),
    );
    await ana.click('[data-action=ask-screen]');
    await until(customer, 'it is asked again', () => document.querySelector('.question:not([hidden])') !== null);
    await customer.press('Enter');
    await until(ana, 'she sees the page', () => {
      const call = document.querySelector('confab-room')?.shadowRoot;
      const screen = /** @type {HTMLCanvasElement | null | undefined} */ (
        call?.querySelector('[data-source=screen] canvas')
      );
      return (screen?.width ?? 0) > 0;
    });
    await look(customer, 'showing');
    await tabTo(customer, '[data-action=hide]');
    await customer.press('Enter');
    await until(ana, 'she sees it no more', () =>
      document.querySelector('.screen-state')?.textContent?.includes('stopped'),
    );
  });

  test('is handed to a colleague without leaving the call', async () => {
    const meeting = await customer.evaluate(meetingOf);
    await ana.click('[data-action=hand-over]');
    await until(ana, 'the colleague can be chosen', () => document.querySelector('input[value=ben]') !== null);
    await ana.click('[name=hand-over-note]');
    await ana.type('Wants to change her order');
    await ana.click('[data-action=offer]');
    await until(ben, 'he is asked', () =>
      document.querySelector('#incoming')?.textContent?.includes('Wants to change her order'),
    );
    await look(ben, 'incoming');
    await ben.click('[data-action=accept]');
    await until(customer, 'the customer is told', () =>
      document.querySelector('#talk-said')?.textContent?.includes('Ben Okafor'),
    );
    await seesMoving(customer, 'Ben Okafor');
    await hears(customer, tones.ben);
    await hears(ben, tones.customer);
    await until(ana, 'she is free again', () => document.querySelector('.idle') !== null);
    assert.equal(await customer.evaluate(meetingOf), meeting, 'it is the same call');
    await look(ben, 'desk-call');
  });

  test('ends, and leaves a note', async () => {
    await ben.click('[data-action=hang-up]');
    await until(customer, 'the end is shown', () => document.querySelector('.over') !== null);
    await look(customer, 'over');
    await customer.press('Enter');
    await until(customer, 'the shop is back', () => document.activeElement?.id === 'launcher');
    await until(ben, 'the note is asked for', () => document.activeElement?.getAttribute('name') === 'note');
    await look(ben, 'wrap-up');
    await ben.type('Order changed to the green one.');
    await ben.press('Tab');
    await ben.press('Enter');
    await until(ben, 'he is free again', () => document.querySelector('.idle') !== null);
  });

  test('who closes the page gives the place up', async () => {
    await ana.click('#available');
    await ben.click('#available');
    await customer.press('Enter');
    await until(customer, 'nobody is there', () =>
      document.querySelector('.panel-form .fact')?.textContent?.includes('Nobody is at the desk'),
    );
    await tabTo(customer, '[data-action=ask]');
    await customer.press('Enter');
    await until(
      ana,
      'the customer waits',
      () => document.querySelector('.queued .mark')?.textContent === '1 call before',
    );
    await ana.evaluate(notePageClosed);
    await customer.goto('about:blank');
    await until(ana, 'nobody waits', () => document.querySelector('.queued') === null);
    assert.equal(await ana.evaluate(() => 'pageClosed' in window), true, 'that the page is closed was shown');
  });

  test('nothing went wrong in the pages', () => {
    const errors = [customer, ana, ben].flatMap((page) =>
      page.log().filter((line) => line.startsWith('uncaught:') || line.includes('Content Security')),
    );
    assert.deepEqual(errors, []);
  });
});

/** Presses Tab until the focus is there, as one does who has no mouse. @param {Page} page @param {string} selector */
async function tabTo(page, selector) {
  for (let presses = 0; presses < 40; presses++) {
    await page.press('Tab');
    if (await page.evaluate((wanted) => document.activeElement?.matches(wanted) ?? false, selector)) return;
  }
  throw new Error(`The keyboard does not reach ${selector}`);
}

/** Notes when the queue says that the page of who waits is closed, which it does for as long as one may come back. */
function notePageClosed() {
  new MutationObserver(() => {
    if (document.querySelector('.queued')?.textContent?.includes('Page closed'))
      Object.assign(window, { pageClosed: true });
  }).observe(document, { subtree: true, childList: true, characterData: true });
}

/** Names the call that the page is in, and when it was joined. */
function meetingOf() {
  const { room } = /** @type {any} */ (document.querySelector('confab-room'));
  return `${room.name} ${room.localParticipant.joinedAt?.getTime()}`;
}
