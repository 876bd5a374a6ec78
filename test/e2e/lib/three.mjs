// @ts-check
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join as path } from 'node:path';
import { openChromium } from '../browsers/chromium.mjs';
import { openFirefox } from '../browsers/firefox.mjs';
import { until } from '../browsers/page.mjs';
import { openWebKit } from '../browsers/webkit.mjs';
import { locksUp, showsItself } from './lock-up.mjs';
import { hears, join, seesMoving } from './meet.mjs';
import { writeTone } from './tone.mjs';

/** @typedef {import('../browsers/page.mjs').Page} Page */

/** Frequencies of the fake microphones, in hertz. WebKit's is its own. */
export const tones = { chromium: 730, firefox: 1130, webkit: 1500 };
export const names = { chromium: 'Chris Chromium', firefox: 'Fiona Firefox', webkit: 'Wanda WebKit' };
export const engines = /** @type {const} */ (['chromium', 'firefox', 'webkit']);

/**
 * One window of each engine, and a link that names no host: whoever has it comes in.
 *
 * @typedef {object} Three
 * @property {Record<'chromium' | 'firefox' | 'webkit', Page>} pages
 * @property {string} link
 * @property {(engine: 'chromium' | 'firefox' | 'webkit', link: string) => Promise<void>} join With camera and microphone; another
 *   window may have taken the place of the engine's page afterwards.
 * @property {() => Promise<void>} joinAll
 * @property {(deadlineMs?: number) => Promise<void>} everyoneSeesAndHears
 * @property {() => Promise<void>} close
 */

/**
 * @param {string | Record<'chromium' | 'firefox' | 'webkit', string>} origin Of the node, or of that of each engine.
 * @param {string} [soundServer] Address of a PulseAudio server to play on.
 * @returns {Promise<Three>}
 */
export async function openThree(origin, soundServer) {
  const originOf = (/** @type {'chromium' | 'firefox' | 'webkit'} */ engine) =>
    typeof origin === 'string' ? origin : origin[engine];
  const folder = await mkdtemp(path(tmpdir(), 'confab-e2e-'));
  const tone = path(folder, 'tone.wav');
  await writeTone(tone, tones.chromium);
  const [chromium, firefox, webkit] = await Promise.all([
    openChromium({ tone, soundServer }),
    openFirefox({ frequency: tones.firefox, soundServer }),
    openWebKit({ soundServer }),
  ]);
  const pages = { chromium, firefox, webkit };
  const link = `${originOf('chromium')}/m/three-engines#e1.${randomBytes(32).toString('base64url')}`;
  /** @type {Three['join']} */
  const joinAs = async (engine, link) => {
    const to = originOf(engine) + link.slice(new URL(link).origin.length);
    await join(pages[engine], to, names[engine]);
    if (engine !== 'webkit') return;
    for (let windows = 1; await locksUp(pages.webkit, 'its own picture is shown', showsItself); windows++) {
      if (windows === 3) throw new Error('webkit: three windows in a row have locked up');
      await pages.webkit.close();
      for (const other of [pages.chromium, pages.firefox]) {
        await until(other, 'the lost window is gone', isAbsent, [names.webkit], 90_000);
      }
      pages.webkit = await openWebKit({ soundServer });
      await join(pages.webkit, to, names.webkit);
    }
  };
  return {
    pages,
    link,
    join: joinAs,
    joinAll: async () => {
      await joinAs('chromium', link);
      await Promise.all([joinAs('firefox', link), joinAs('webkit', link)]);
    },
    everyoneSeesAndHears: async (deadlineMs = 60_000) => {
      await Promise.all(
        engines.map(async (engine) => {
          for (const other of engines) {
            if (other === engine) continue;
            await seesMoving(pages[engine], names[other], deadlineMs);
            await hears(pages[engine], tones[other], deadlineMs);
          }
        }),
      );
    },
    close: async () => {
      await Promise.all(Object.values(pages).map((page) => page.close()));
      await rm(folder, { recursive: true });
    },
  };
}

const isAbsent = (/** @type {string} */ name) => !document.querySelector(`.confab-tile[aria-label^="${name}"]`);
