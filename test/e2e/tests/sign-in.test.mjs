// @ts-check
// Signing in as a person does, with an OpenID provider that is a process of its own: its form, back, own meetings, signing out.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { openChromium } from '../browsers/chromium.mjs';
import { openFirefox } from '../browsers/firefox.mjs';
import { until } from '../browsers/page.mjs';
import { client, person, startProvider } from '../lib/provider.mjs';
import { freePort, startServer } from '../lib/server.mjs';

/** @typedef {import('../browsers/page.mjs').Page} Page */

describe('signing in', { timeout: 300_000 }, () => {
  /** @type {Awaited<ReturnType<typeof startProvider>>} */
  let provider;
  /** @type {import('../lib/server.mjs').Server} */
  let server;
  /** What was planned before, by the same person in another browser. */
  /** @type {string[]} */
  const planned = [];

  before(async () => {
    provider = await startProvider();
    const port = await freePort();
    await provider.letSignIn(`http://localhost:${port}`);
    server = await startServer({
      port,
      args: ['--oidc-issuer', provider.issuer, '--oidc-client-id', client.id],
      env: { CONFAB_OIDC_CLIENT_SECRET: client.secret },
    });
  });

  after(async () => {
    await server?.stop();
    await provider?.stop();
  });

  for (const open of [openChromium, openFirefox]) {
    describe(`with ${open.name.slice('open'.length)}`, () => {
      /** @type {Page} */
      let page;

      before(async () => {
        page = await open();
        await page.goto(`${server.origin}/`);
        await page.evaluate(() => localStorage.setItem('confab.preferences', '{"quality":"saver","language":"en"}'));
      });
      after(() => page?.close());

      test('leads to the provider and back', async () => {
        await page.goto(`${server.origin}/`);
        await click(page, '[data-action=sign-in]');
        await fillForm(page);
        await until(page, 'the name is shown', named, [person.name]);
        assert.equal(await page.evaluate(() => location.pathname + location.search), '/');
      });

      test('shows the meetings of the person, those too that were planned in another browser', async () => {
        for (const title of planned) await until(page, `${title} is listed`, listed, [title]);
        const title = `Planned with ${page.engine}`;
        await click(page, '[data-action=schedule]');
        await page.click('input[name=title]');
        await page.type(title);
        await click(page, '[data-action=plan]');
        await until(page, 'the invitation is shown', () => document.querySelector('.card .confab-link') !== null);
        await click(page, '[data-action=done]');
        await until(page, 'it is listed', listed, [title]);
        planned.push(title);
      });

      test('no script can read the session', async () => {
        assert.equal(await page.evaluate(() => document.cookie), '');
      });

      test('brings one who came for a meeting back to it, with the secret that no server got', async () => {
        const id = await page.evaluate(async () => {
          const headers = { 'Content-Type': 'application/json' };
          const body = '{"settings":{"guests":false}}';
          return (await (await fetch('/v1/meetings', { method: 'POST', headers, body })).json()).id;
        });
        await signOut(page);
        const link = `${server.origin}/m/${id}#e1.${Buffer.alloc(32, 7).toString('base64url')}`;
        await page.goto('about:blank');
        await page.goto(link);
        await click(page, 'input[name=name]');
        await page.type('Nobody');
        await click(page, '[data-action=join]');
        await click(page, '[data-action=sign-in]');
        await fillForm(page);
        await until(page, 'the page is back', (wanted) => location.href === wanted, [link]);
      });

      test('ends here and at the provider', async () => {
        await page.goto('about:blank');
        await page.goto(`${server.origin}/`);
        await signOut(page);
        const me = await page.evaluate(async () => (await fetch('/v1/me')).json());
        assert.equal(me.guest, true);
        assert.equal(await page.evaluate(() => document.body.textContent?.includes('Planned with') ?? false), false);
      });
    });
  }
});

/** @param {Page} page At the provider's form. */
async function fillForm(page) {
  await until(page, "the provider's form is shown", () => document.querySelector('input[name=password]') !== null);
  await page.click('input[name=username]');
  await page.type(person.user);
  await page.click('input[name=password]');
  await page.type(person.password);
  await page.press('Enter');
}

/** @param {Page} page */
async function signOut(page) {
  await click(page, '[data-action=sign-out]');
  await until(
    page,
    'nobody is signed in',
    () => location.pathname === '/' && document.querySelector('[data-action=sign-in]') !== null,
  );
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

/** @param {string} name */
function named(name) {
  return document.querySelector('.account-name')?.textContent === name;
}

/** @param {string} title */
function listed(title) {
  return [...document.querySelectorAll('.recent li')].some((item) => item.textContent?.includes(title));
}
