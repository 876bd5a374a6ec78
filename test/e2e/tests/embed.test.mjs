// @ts-check
// The element and the frame in pages of another site, in a call with the meeting site.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { openChromium } from '../browsers/chromium.mjs';
import { openFirefox } from '../browsers/firefox.mjs';
import { until } from '../browsers/page.mjs';
import { join, othersSeen, seesMoving } from '../lib/meet.mjs';
import { freePort, startServer } from '../lib/server.mjs';
import { serveFiles } from '../lib/static.mjs';

/** @typedef {import('../browsers/page.mjs').Page} Page */

const secret = Buffer.alloc(32, 9).toString('base64url');

describe('embedding', { timeout: 300_000 }, () => {
  /** @type {Awaited<ReturnType<typeof serveFiles>>} */
  let site;
  /** @type {import('../lib/server.mjs').Server} */
  let server;
  /** @type {Page} */
  let withElement;
  /** @type {Page} */
  let withFrame;
  /** @type {Page} */
  let meet;
  /** @type {string} */
  let link;

  before(async () => {
    const port = await freePort();
    const origin = `http://localhost:${port}`;
    link = `${origin}/m/embedding#e1.${secret}`;
    const head = '<!doctype html><html lang="en"><title>A shop</title><link rel="icon" href="data:,">';
    site = await serveFiles({
      '/element': {
        type: 'text/html',
        body: `${head}<style>button { display: none }</style>
          <script type="module" src="${origin}/element/index.js"></script>
          <confab-room url="${link}" display-name="Ella Element" lang="de" invite></confab-room>
          <script>document.querySelector('confab-room').strings = { prejoin: { join: 'Eintreten' } }</script>`,
      },
      '/frame': {
        type: 'text/html',
        body: `${head}<main style="height: 600px"></main>
          <script type="module">
            import { createEmbed } from '${origin}/element/embed.js';
            window.heard = [];
            window.embed = createEmbed(document.querySelector('main'), { url: '${link}', displayName: 'Frida Frame' });
            for (const name of ['connected', 'participant-connected', 'data-received', 'disconnected'])
              embed.addEventListener('confab-' + name, (event) => heard.push([name, event.detail]));
          </script>`,
      },
    });
    server = await startServer({ port, args: ['--trusted-origin', site.origin] });
    [withElement, withFrame, meet] = await Promise.all([openChromium(), openFirefox(), openChromium()]);
    await join(meet, link, 'Mia Meet');
  });

  after(async () => {
    await Promise.all([withElement?.close(), withFrame?.close(), meet?.close()]);
    await server?.stop();
    await site?.close();
  });

  test('the element asks for a name and devices in the language of the page', async () => {
    await withElement.goto(`${site.origin}/element`);
    const asked = await until(withElement, 'the element asks', () => {
      const shown = document.querySelector('confab-room')?.shadowRoot;
      const field = /** @type {HTMLInputElement | null | undefined} */ (shown?.querySelector('input[name=name]'));
      const button = shown?.querySelector('[data-action=join]');
      // Said by the page before the element was loaded.
      return button?.textContent === 'Eintreten' && field?.value;
    });
    assert.equal(asked, 'Ella Element');
  });

  test('joins, and tells the page by events', async () => {
    await withElement.evaluate(async () => {
      const w = /** @type {any} */ (window);
      w.heard = [];
      // The events bubble and leave the shadow tree.
      document.addEventListener('confab-participant-connected', (event) =>
        w.heard.push(/** @type {CustomEvent} */ (event).detail.participant.identity),
      );
      await /** @type {any} */ (document.querySelector('confab-room')).join();
    });
    await seesMoving(meet, 'Ella Element');
    await until(withElement, 'the other is there', () => /** @type {any} */ (window).heard.length === 1);
    await until(withElement, 'the other is shown', () => {
      const tile = document.querySelector('confab-room')?.shadowRoot?.querySelector('[aria-label="Mia Meet"]');
      return (tile?.querySelector('canvas')?.width ?? 0) > 0;
    });
  });

  test("is not changed by the page's styles", async () => {
    const display = await withElement.evaluate(() => {
      const button = document.querySelector('confab-room')?.shadowRoot?.querySelector('[data-action=microphone]');
      return button && getComputedStyle(button).display;
    });
    assert.equal(display, 'grid');
  });

  test('is steered by the page', async () => {
    await withElement.evaluate(async () => {
      await /** @type {any} */ (document.querySelector('confab-room')).setCameraEnabled(false);
    });
    await until(
      meet,
      'its avatar is shown',
      () => document.querySelector('.confab-tile[aria-label="Ella Element"] .confab-avatar') !== null,
    );
  });

  test('the frame joins when the page says so', async () => {
    await withFrame.goto(`${site.origin}/frame`);
    await until(withFrame, 'the page has its frame', () => /** @type {any} */ (window).embed !== undefined);
    await withFrame.evaluate(() => /** @type {any} */ (window).embed.join());
    await seesMoving(meet, 'Frida Frame');
    assert.deepEqual(await othersSeen(meet), ['Ella Element', 'Frida Frame']);
    await until(withFrame, 'the page is told of both', () => {
      const heard = /** @type {[string, any][]} */ (/** @type {any} */ (window).heard);
      return (
        heard.filter(([name, { participant }]) => name === 'participant-connected' && participant.identity).length === 2
      );
    });
  });

  test('leaves when the page says so, and when the element is taken away', async () => {
    await withFrame.evaluate(() => /** @type {any} */ (window).embed.leave());
    await withElement.evaluate(() => document.querySelector('confab-room')?.remove());
    const ended = await withElement.evaluate(async () => {
      const gone = /** @type {any} */ (document.createElement('confab-room'));
      gone.setAttribute('url', location.href);
      document.body.append(gone);
      const joining = gone.join();
      gone.remove();
      return joining.catch((/** @type {Error} */ error) => error.name);
    });
    assert.equal(ended, 'AbortError');
    await until(meet, 'both are gone', () => document.querySelectorAll('.confab-tile[data-local=false]').length === 0);
  });

  test('a page that is not trusted can show no frame', async () => {
    const other = await serveFiles({
      '/': { type: 'text/html', body: `<!doctype html><title>Elsewhere</title>` },
    });
    try {
      await meet.goto(`${other.origin}/`);
      const frames = await meet.evaluate(async (origin) => {
        const frame = document.createElement('iframe');
        const ready = new Promise((resolve) =>
          addEventListener('message', (event) => event.data?.confab === 'ready' && resolve('ready')),
        );
        const loaded = new Promise((resolve) => frame.addEventListener('load', () => resolve('loaded')));
        frame.src = `${origin}/embed`;
        document.body.append(frame);
        await loaded;
        // A page that was refused is another origin's error page: it says nothing, and can't be looked into.
        return Promise.race([ready, fetch('/').then(() => 'silent')]);
      }, server.origin);
      assert.equal(frames, 'silent');
    } finally {
      await other.close();
    }
  });
});
