// @ts-check
import puppeteer from 'puppeteer-core';

import { bounded, driversLongest } from './page.mjs';

/** @typedef {import('./page.mjs').Page} Page */

/**
 * @param {{ frequency?: number, soundServer?: string, width?: number, height?: number }} [o] `frequency`: tone of the fake
 *   microphone, in hertz; `soundServer`: address of a PulseAudio server to play on, instead of a mock device that loses 5 % of time.
 * @returns {Promise<Page>}
 */
export async function openFirefox(o = {}) {
  const browser = await puppeteer.launch({
    browser: 'firefox',
    executablePath: process.env.CONFAB_FIREFOX ?? '/usr/bin/firefox-esr',
    headless: true,
    timeout: driversLongest,
    ...(o.soundServer && { env: { ...process.env, PULSE_SERVER: o.soundServer } }),
    extraPrefsFirefox: {
      'media.navigator.streams.fake': true,
      'media.navigator.permission.disabled': true,
      'media.navigator.audio.fake_frequency': o.frequency ?? 1000,
      'media.autoplay.default': 0,
      'media.getusermedia.screensharing.enabled': true,
      // Without a sound card no AudioContext would ever run.
      'media.cubeb.force_mock_context': o.soundServer === undefined,
      'media.cubeb.sandbox': false,
      'network.captive-portal-service.enabled': false,
      'network.connectivity-service.enabled': false,
      'app.update.enabled': false,
      'datareporting.healthreport.uploadEnabled': false,
    },
  });
  // The window that it opens by itself has no focus, so that its buttons do not heed the keyboard; one that is brought to front has.
  const page = await browser.newPage();
  page.setDefaultTimeout(driversLongest);
  await page.bringToFront();
  await page.setViewport({ width: o.width ?? 1280, height: o.height ?? 800 });
  /** @type {string[]} */
  const lines = [];
  page.on('console', (message) => lines.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) =>
    lines.push(`uncaught: ${error instanceof Error ? (error.stack ?? error.message) : error}`),
  );
  return bounded({
    engine: 'firefox',
    goto: async (url) => void (await page.goto(url)),
    evaluate: (fn, ...args) => /** @type {Promise<any>} */ (page.evaluate(`(${fn})(...${JSON.stringify(args)})`)),
    resize: (width, height) => page.setViewport({ width, height }),
    screenshot: async (path) => void (await page.screenshot({ path: /** @type {`${string}.png`} */ (path) })),
    type: (keys) => page.keyboard.type(keys),
    press: (name) => page.keyboard.press(/** @type {any} */ (name)),
    click: (selector) => page.click(selector),
    colorScheme: async () => {
      throw new Error('firefox: the driver cannot emulate a colour scheme');
    },
    log: () => lines,
    close: () => browser.close(),
  });
}
