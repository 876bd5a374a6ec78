// @ts-check
// Who starts a meeting decides about its keys: what the server does by itself is shown and gains nothing, and two people make sure
// of each other by emoji. All by clicks and keys, in two engines.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { openChromium } from '../browsers/chromium.mjs';
import { openFirefox } from '../browsers/firefox.mjs';
import { until } from '../browsers/page.mjs';
import { click, enter, seesMoving } from '../lib/meet.mjs';
import { startServer } from '../lib/server.mjs';

/** @typedef {import('../browsers/page.mjs').Page} Page */

describe('hosts of the encryption', { timeout: 300_000 }, () => {
  /** @type {import('../lib/server.mjs').Server} */
  let server;
  /** @type {Page} */
  let host;
  /** @type {Page} */
  let guest;
  /** @type {Page} */
  let stranger;
  let link = '';

  before(async () => {
    server = await startServer();
    [host, guest, stranger] = await Promise.all([openChromium(), openFirefox(), openChromium()]);
    for (const [page, language] of /** @type {const} */ ([
      [host, 'en'],
      [guest, 'de'],
      [stranger, 'en'],
    ])) {
      await page.goto(`${server.origin}/healthz`);
      const preferences = JSON.stringify({ quality: 'saver', language });
      await page.evaluate((chosen) => localStorage.setItem('confab.preferences', chosen), preferences);
    }
  });

  after(async () => {
    await Promise.all([host?.close(), guest?.close(), stranger?.close()]);
    await server?.stop();
  });

  test('who starts a meeting guards its keys', async () => {
    await host.goto(server.origin);
    await click(host, '[data-action=start]');
    link = await until(host, 'a link was made', () => (location.hash.startsWith('#e1.') ? location.href : ''));
    await enter(host, link, 'Hanna Host');
    await until(host, 'the call is shown', inCall);
    await until(host, 'the keys are guarded', isGuarded);
    await click(host, '[data-action=encryption]');
    await until(host, 'it is said who lets people in', () =>
      document.querySelector('[data-decides=hosts]')?.textContent?.startsWith('Only you.'),
    );
    await host.press('Escape');
  });

  test('and lets in who knocks, from where that is told', async () => {
    await enter(guest, link, 'Gus Guest');
    await until(guest, 'the waiting screen is shown', () => document.querySelector('[data-phase=waiting]') !== null);
    await click(host, '[data-action=admit-knock]');
    await until(guest, 'the call is shown', inCall);
    await seesMoving(host, 'Gus Guest');
    await seesMoving(guest, 'Hanna Host');
  });

  test('it is the host still when it comes back, in the same browser', async () => {
    await enter(host, link, 'Hanna Host');
    await until(host, 'the call is shown', inCall);
    await until(host, 'the keys are guarded', isGuarded);
    await seesMoving(host, 'Gus Guest');
    await seesMoving(guest, 'Hanna Host');
    assert.deepEqual(await guest.evaluate(alertsShown), []);
  });

  test('so is who was let in, and nobody is asked again', async () => {
    await enter(guest, link, 'Gus Guest');
    await until(guest, 'the call is shown', inCall);
    await seesMoving(host, 'Gus Guest');
    await seesMoving(guest, 'Hanna Host');
    assert.deepEqual(await host.evaluate(alertsShown), []);
  });

  test('a request to compare emoji can be declined and taken back, and the other is told', async () => {
    await ask(host, 'Gus Guest');
    await click(guest, '[data-action=decline-offer]');
    await until(host, 'the host is told that the guest declined', stepSays, ['declined', 'Gus Guest does not want']);
    await until(guest, 'the guest is not asked any more', () => document.querySelector('[data-offer]') === null);
    await click(host, '[data-action=verification-close]');

    await ask(host, 'Gus Guest');
    await until(guest, 'the guest is asked', () => document.querySelector('[data-offer=offered]') !== null);
    await click(host, '[data-action=verification-cancel]');
    await until(guest, 'the guest is told that it was taken back', () =>
      document.querySelector('[data-offer=ended]')?.textContent?.startsWith('Hanna Host hat den Vergleich'),
    );
    await click(guest, '[data-action=decline-offer]');
    await until(guest, 'and puts that away', () => document.querySelector('[data-offer]') === null);

    await ask(host, 'Gus Guest');
    await click(guest, '[data-action=accept-offer]');
    for (const page of [host, guest]) await until(page, 'seven emoji are shown', emojiShown);
    await click(guest, '[data-action=verification-cancel]');
    await until(host, 'the host is told that it is over', stepSays, ['ended', 'Gus Guest has ended']);
    await click(host, '[data-action=verification-close]');
  });

  test('two people compare emoji, one of them by keyboard', async () => {
    await click(host, '[data-action=people]');
    await until(host, 'the guest is listed', () => document.querySelectorAll('.confab-people li').length === 2);
    await host.evaluate(() =>
      /** @type {HTMLElement} */ (document.querySelector('.confab-people [data-action=person-menu]')).focus(),
    );
    await host.press('Enter');
    for (const [key, action] of /** @type {const} */ ([
      ['', 'compare'],
      ['End', 'block'],
      ['ArrowUp', 'remove'],
      ['ArrowUp', 'hand-over'],
      ['ArrowUp', 'host'],
      ['Home', 'compare'],
    ])) {
      if (key) await host.press(key);
      await until(host, `${action} has the focus`, focused, [action]);
    }
    await host.press('Enter');
    await until(host, 'it waits for the guest', () => document.querySelector('dialog[data-step=asked]') !== null);
    await click(guest, '[data-action=accept-offer]');
    for (const page of [host, guest]) await until(page, 'seven emoji are shown', emojiShown);
    const [seen, heard] = [await host.evaluate(emojiShown), await guest.evaluate(emojiShown)];
    assert.equal(seen?.length, 7);
    assert.deepEqual(
      seen?.map(({ picture }) => picture),
      heard?.map(({ picture }) => picture),
    );
    const named = heard?.filter(({ name }, i) => name === '' || name === seen?.[i]?.name);
    assert.ok((named?.length ?? 0) < 7, 'the emoji have names in the language of each');
    await host.press('Tab');
    await host.press('Tab');
    await until(host, 'the answer has the focus', focused, ['same']);
    await host.press('Enter');
    await click(guest, '[data-action=same]');
    for (const page of [host, guest]) {
      await click(page, '[data-action=verified]');
      await until(
        page,
        'the other has its mark',
        () => document.querySelector('.confab-tile[data-local=false] .confab-verified') !== null,
      );
    }
    await until(host, 'the focus is where it was', focused, ['person-menu']);
  });

  test('whom the server lets in by itself is shown to everybody, and sees and hears nothing', async () => {
    await enter(stranger, link, 'Sam Stranger');
    await until(stranger, 'the waiting screen is shown', () => document.querySelector('[data-phase=waiting]') !== null);
    await until(host, 'the host is told', () => document.querySelector('.confab-waiting-list li') !== null);
    const status = await host.evaluate(async () => {
      const id = location.pathname.split('/').pop();
      return (await fetch(`/v1/meetings/${id}/admit-all`, { method: 'POST' })).status;
    });
    assert.equal(status, 204);
    await until(stranger, 'the server says it is in', inCall);
    await until(
      stranger,
      'it is told of the others',
      () => document.querySelectorAll('[data-local=false]').length === 2,
    );
    for (const page of [host, guest]) {
      await until(page, 'a warning names it', () =>
        document.querySelector('[data-alert=not-admitted]')?.textContent?.includes('Sam Stranger'),
      );
      await until(page, 'its tile says so', () => {
        const tile = document.querySelector('.confab-tile[aria-label="Sam Stranger"] .confab-tile-trouble');
        return (tile?.textContent?.length ?? 0) > 0;
      });
    }
    assert.deepEqual(await stranger.evaluate(pictures), []);
    await seesMoving(guest, 'Hanna Host');
  });

  test('also when the host loads its page anew, which knows whom it let in itself', async () => {
    await enter(host, link, 'Hanna Host');
    await until(host, 'the call is shown', inCall);
    await until(host, 'the keys are guarded', isGuarded);
    await seesMoving(host, 'Gus Guest');
    await seesMoving(guest, 'Hanna Host');
    for (const page of [host, guest]) {
      await until(page, 'a warning names it', () =>
        document.querySelector('[data-alert=not-admitted]')?.textContent?.includes('Sam Stranger'),
      );
      assert.equal((await page.evaluate(alertsShown)).length, 1, 'nobody else is set apart');
    }
    assert.deepEqual(await stranger.evaluate(pictures), []);
  });

  test('until the host lets it in', async () => {
    await click(host, '[data-action=alert-let-in]');
    for (const page of [host, guest]) {
      await until(page, 'the warning is over', () => document.querySelector('[data-alert]') === null);
    }
    await seesMoving(stranger, 'Hanna Host');
    await seesMoving(guest, 'Sam Stranger');
  });

  test('emoji that differ are a warning that stays', async () => {
    await click(stranger, '[data-action=encryption]');
    await click(stranger, '.confab-members [aria-label$="Hanna Host"]');
    await click(host, '[data-action=accept-offer]');
    await until(host, 'seven emoji are shown', emojiShown);
    await click(host, '[data-action=differ]');
    await until(host, 'it is said what to do', () => document.querySelector('dialog[data-step=differed]') !== null);
    await host.press('Escape');
    await until(host, 'the warning stays', () => document.querySelector('[data-alert=misbehaved]') !== null);
    await click(host, '[data-action=alert-leave]');
    await until(host, 'it has left', () => document.querySelector('.confab-ended') !== null);
  });

  test('nothing went wrong in the pages', () => {
    const errors = [host, guest, stranger].flatMap((page) => page.log()).filter((line) => line.startsWith('uncaught:'));
    assert.deepEqual(errors, []);
  });
});

/**
 * Asks somebody to compare emoji, from behind the lock.
 *
 * @param {Page} page
 * @param {string} name
 */
async function ask(page, name) {
  await click(page, '[data-action=encryption]');
  await click(page, `.confab-members [aria-label$="${name}"]`);
  await until(page, 'it waits for the other', () => document.querySelector('dialog[data-step=asked]') !== null);
}

// In the pages.

function inCall() {
  return document.querySelector('.confab-call[data-state=connected]') !== null;
}

function isGuarded() {
  const { founder, guarded } = /** @type {any} */ (window).confab.room.encryption.get();
  return founder && guarded;
}

/** @param {string} action */
function focused(action) {
  return document.activeElement?.getAttribute('data-action') === action;
}

/**
 * @param {string} step
 * @param {string} text
 */
function stepSays(step, text) {
  return document.querySelector(`dialog[data-step=${step}] [role=status]`)?.textContent?.startsWith(text);
}

function alertsShown() {
  return [...document.querySelectorAll('[data-alert]')].map((alert) => alert.textContent);
}

/** The identities of those whose pictures were ever decoded. */
function pictures() {
  const { remotes } = /** @type {any} */ (window).confab.room.snapshot.get();
  return remotes
    .filter((/** @type {any} */ p) => p.tracks.some((/** @type {any} */ track) => track.dimensions))
    .map((/** @type {any} */ p) => p.identity);
}

function emojiShown() {
  const items = [...document.querySelectorAll('dialog[data-step=shown] .confab-emoji li')];
  if (items.length === 0) return undefined;
  return items.map((item) => ({
    picture: item.firstElementChild?.textContent ?? '',
    name: item.lastChild?.textContent ?? '',
  }));
}
