// @ts-check
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Builder, By, Key } from 'selenium-webdriver';
import { once } from 'node:events';

import { bounded } from './page.mjs';

/** @typedef {import('./page.mjs').Page} Page */

const miniBrowser = process.env.CONFAB_WEBKIT ?? '/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser';

/** Keys that WebDriver names by a private code point. */
const specialKeys = /** @type {Record<string, string>} */ ({
  Escape: Key.ESCAPE,
  Enter: Key.ENTER,
  Tab: Key.TAB,
  ' ': Key.SPACE,
});

/** @returns {Promise<number>} A TCP port that was free a moment ago. */
async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  server.close();
  await once(server, 'close');
  return port;
}

/** Starts an X server on a display of its own choosing. */
async function startDisplay() {
  const xvfb = spawn('Xvfb', ['-displayfd', '3', '-screen', '0', '1400x1000x24', '-nolisten', 'tcp'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  });
  const out = /** @type {import('node:stream').Readable} */ (xvfb.stdio[3]);
  const [data] = await once(out, 'data');
  return { display: `:${String(data).trim()}`, stop: () => xvfb.kill() };
}

/** Settings of GTK under which the buttons above the page leave the window as narrow as it is asked to be. */
async function makeSettings() {
  const folder = await mkdtemp(join(tmpdir(), 'confab-e2e-'));
  await mkdir(join(folder, 'gtk-3.0'));
  await writeFile(join(folder, 'gtk-3.0', 'gtk.css'), 'button, image, entry { min-width: 0; margin: 0; padding: 0 }');
  return folder;
}

/**
 * Opens WebKitGTK's MiniBrowser. Its mock microphone bips at 1500 Hz and bops at 500 Hz over a low hum. Its mock camera makes
 * pictures of 1280×720 and scales them when a page asks for others, in a thread of its own, by a converter that it shares with the
 * painting of pictures into canvases and does not lock. In a call with pictures of two sizes, one is then painted as if it had the size
 * of the other, which ends the process within seconds. Cameras that people have are scaled elsewhere.
 *
 * @param {{ soundServer?: string, size?: { width: number, height: number } }} [o] `soundServer`: address of a PulseAudio server to
 *   play on, for which GStreamer needs its plug-in; `size`: of the page, 1024×730 unless told.
 * @returns {Promise<Page>}
 */
export async function openWebKit(o = {}) {
  const [screen, settings] = await Promise.all([startDisplay(), makeSettings()]);
  const port = await freePort();
  const driverProcess = spawn('WebKitWebDriver', [`--port=${port}`, '--host=127.0.0.1'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      DISPLAY: screen.display,
      XDG_CONFIG_HOME: settings,
      WEBKIT_DISABLE_COMPOSITING_MODE: '1',
      WEBKIT_DISABLE_DMABUF_RENDERER: '1',
      LIBGL_ALWAYS_SOFTWARE: '1',
      ...(o.soundServer && { PULSE_SERVER: o.soundServer }),
    },
  });
  /** @type {string[]} */
  const lines = [];
  for (const stream of [driverProcess.stdout, driverProcess.stderr]) {
    stream.on('data', (data) => lines.push(...String(data).split('\n').filter(Boolean)));
  }
  const server = `http://127.0.0.1:${port}`;
  await listening(server);
  const driver = await new Builder()
    .usingServer(server)
    .withCapabilities({
      browserName: 'MiniBrowser',
      'webkitgtk:browserOptions': {
        binary: miniBrowser,
        args: [
          '--automation',
          '--enable-mock-capture-devices=true',
          '--enable-media-stream=true',
          '--enable-write-console-messages-to-stdout=true',
        ],
      },
    })
    .build();
  await driver.manage().setTimeouts({ script: 60_000, pageLoad: 60_000 });
  const resize = async (/** @type {number} */ width, /** @type {number} */ height) => {
    const window = driver.manage().window();
    await window.setRect({ width, height });
    const shown = /** @type {number} */ (await driver.executeScript('return innerHeight'));
    await window.setRect({ width, height: 2 * height - shown });
  };
  if (o.size) await resize(o.size.width, o.size.height);
  return bounded({
    engine: 'webkit',
    goto: (url) => driver.get(url),
    evaluate: async (fn, ...args) => {
      const result = /** @type {{ ok?: any, error?: string }} */ (
        await driver.executeAsyncScript(
          `const done = arguments[arguments.length - 1];
           Promise.resolve().then(() => (${fn})(...${JSON.stringify(args)}))
             .then((ok) => done({ ok: ok === undefined ? null : ok }), (e) => done({ error: String(e && e.stack || e) }));`,
        )
      );
      if (result.error !== undefined) throw new Error(result.error);
      return result.ok;
    },
    resize,
    screenshot: async (file) => writeFile(file, Buffer.from(await driver.takeScreenshot(), 'base64')),
    type: async (keys) => void (await driver.actions().sendKeys(keys).perform()),
    press: async (name) =>
      void (await driver
        .actions()
        .sendKeys(specialKeys[name] ?? name)
        .perform()),
    // WebKitWebDriver's own click never returns, one time in five, when the click takes its target off the page.
    click: async (selector) =>
      void (await driver.executeScript(
        'arguments[0].focus(); arguments[0].click();',
        driver.findElement(By.css(selector)),
      )),
    colorScheme: async () => {
      throw new Error('webkit: the driver cannot emulate a colour scheme');
    },
    log: () => lines,
    close: async () => {
      // A page that has locked up does not let itself be closed.
      const patience = new Promise((resolve) => setTimeout(resolve, 5_000));
      await Promise.race([driver.quit().catch(() => {}), patience]);
      driverProcess.kill();
      screen.stop();
      await rm(settings, { recursive: true, force: true });
    },
  });
}

/** @param {string} server */
async function listening(server) {
  const end = Date.now() + 60_000;
  for (;;) {
    try {
      await fetch(`${server}/status`);
      return;
    } catch (error) {
      if (Date.now() > end) throw new Error(`WebKitWebDriver does not answer at ${server}`, { cause: error });
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
