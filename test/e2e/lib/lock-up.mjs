// @ts-check
import { setTimeout } from 'node:timers/promises';

/** @typedef {import('../browsers/page.mjs').Page} Page */

const silent = Symbol('silent');
/** Longer than any page on a busy machine takes to answer. */
const silenceMs = 15_000;
const deadlineMs = 60_000;

/**
 * Waits for a condition that is true once a page of WebKitGTK has opened its camera. The page stops to answer then once in fifty times,
 * whatever it does, and more often when it has stopped a camera just before: GStreamer's gst_pad_set_active waits for a lock that its own
 * thread holds. Only that is excused: where the page answers and the condition does not come, this fails.
 *
 * @param {Page} page
 * @param {string} what Names the condition in the failure.
 * @param {() => unknown} condition
 * @returns {Promise<boolean>} Whether the page has locked up, so that another window has to go on.
 */
export async function locksUp(page, what, condition) {
  /** @type {unknown} */
  let last;
  for (const end = Date.now() + deadlineMs; ;) {
    const answer = await Promise.race([
      page.evaluate(condition).catch((/** @type {unknown} */ error) => void (last = error)),
      setTimeout(silenceMs, silent, { ref: false }),
    ]);
    if (answer === silent) {
      console.error('WebKitGTK has locked up while it opened its camera: going on in another window');
      return true;
    }
    if (answer) return false;
    if (Date.now() > end)
      throw new Error(`${page.engine}: not within ${deadlineMs} ms: ${what} (last: ${String(last)})`);
    await setTimeout(100);
  }
}

/** In the page: whether it shows its own picture in a call. */
export function showsItself() {
  return [...document.querySelectorAll('[data-local=true] video')].some(
    (video) => /** @type {HTMLVideoElement} */ (video).videoWidth > 0,
  );
}
