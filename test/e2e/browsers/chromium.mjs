// @ts-check
import { chromium } from 'playwright-core';

import { bounded, driversLongest } from './page.mjs';

/** @typedef {import('./page.mjs').Page} Page */

/**
 * @param {{ tone?: string, soundServer?: string, width?: number, height?: number, preferences?: object }} [o] `tone`: a WAV file the
 *   fake microphone plays; `soundServer`: address of a PulseAudio server to play on, instead of a sink that swallows everything;
 *   `preferences`: what the person has chosen before, on any site with the screens of the packages.
 * @returns {Promise<Page>}
 */
export async function openChromium(o = {}) {
  const browser = await chromium.launch({
    executablePath: process.env.CONFAB_CHROMIUM ?? '/usr/bin/chromium',
    headless: true,
    timeout: driversLongest,
    ...(o.soundServer && {
      env: { ...process.env, PULSE_SERVER: o.soundServer },
      ignoreDefaultArgs: ['--mute-audio'],
    }),
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--autoplay-policy=no-user-gesture-required',
      '--use-fake-device-for-media-stream=fps=15',
      '--use-fake-ui-for-media-stream',
      '--auto-select-desktop-capture-source=Entire screen',
      ...(o.tone ? [`--use-file-for-fake-audio-capture=${o.tone}`] : []),
    ],
  });
  const context = await browser.newContext({ viewport: { width: o.width ?? 1280, height: o.height ?? 800 } });
  context.setDefaultTimeout(driversLongest);
  if (o.preferences) await context.addInitScript(prefer, JSON.stringify(o.preferences));
  const page = await context.newPage();
  /** @type {string[]} */
  const lines = [];
  page.on('console', (message) => lines.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => lines.push(`uncaught: ${error.stack ?? error.message}`));
  return bounded({
    engine: 'chromium',
    goto: async (url) => void (await page.goto(url)),
    evaluate: (fn, ...args) => page.evaluate(`(${fn})(...${JSON.stringify(args)})`),
    resize: (width, height) => page.setViewportSize({ width, height }),
    screenshot: async (path) => void (await page.screenshot({ path })),
    type: (keys) => page.keyboard.type(keys),
    press: (name) => page.keyboard.press(name),
    click: (selector) => page.click(selector),
    colorScheme: (colorScheme) => page.emulateMedia({ colorScheme }),
    log: () => lines,
    close: () => browser.close(),
  });
}

/** In each page, before its scripts. @param {string} preferences */
function prefer(preferences) {
  if (location.protocol === 'http:') localStorage['confab.preferences'] ??= preferences;
}
