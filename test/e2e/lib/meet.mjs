// @ts-check
import { until } from '../browsers/page.mjs';

/** @typedef {import('../browsers/page.mjs').Page} Page */

/**
 * Opens a meeting link and joins it as a person does: name, button. Whoever tests three engines on two cores has chosen to save
 * data before. In WebKitGTK the camera is opened once, in the call: opening it again right after it was stopped locks the page up
 * once in fifty times (its GStreamer's gst_pad_set_active waits for a lock that its own thread holds).
 *
 * @param {Page} page
 * @param {string} link
 * @param {string} name
 */
export async function join(page, link, name) {
  await page.goto(new URL('/healthz', link).href);
  const camera = page.engine !== 'webkit';
  const preferences = JSON.stringify({ quality: 'saver', camera });
  await page.evaluate((chosen) => localStorage.setItem('confab.preferences', chosen), preferences);
  await page.goto(link);
  await until(page, 'the name field is shown', () => document.querySelector('input[name=name]') !== null);
  await listenToOutput(page);
  await ask(page, name);
  await until(page, 'the call is shown', () => document.querySelector('.confab-call[data-state=connected]') !== null);
  if (!camera) await page.click('[data-action=camera]');
}

/**
 * Opens a meeting link and asks to be in, with what was chosen before; what comes of it is not waited for.
 *
 * @param {Page} page
 * @param {string} link
 * @param {string} name
 */
export async function enter(page, link, name) {
  // Another fragment alone would load nothing.
  await page.goto('about:blank');
  await page.goto(link);
  await until(page, 'the name field is shown', () => document.querySelector('input[name=name]') !== null);
  await ask(page, name);
}

/** @param {Page} page @param {string} name */
async function ask(page, name) {
  await page.evaluate((value) => {
    const field = /** @type {HTMLInputElement} */ (document.querySelector('input[name=name]'));
    Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value')?.set?.call(field, value);
    field.dispatchEvent(new Event('input', { bubbles: true }));
  }, name);
  await page.click('[data-action=join]');
}

/**
 * Clicks what may be about to come.
 *
 * @param {Page} page
 * @param {string} selector
 */
export async function click(page, selector) {
  await until(page, `${selector} is there`, (wanted) => document.querySelector(wanted) !== null, [selector]);
  await page.click(selector);
}

/**
 * Taps everything the page plays, before it plays anything: keeps an analyser beside each audio output.
 *
 * @param {Page} page
 */
export async function listenToOutput(page) {
  await page.evaluate(() => {
    const w = /** @type {any} */ (window);
    if (w.outputAnalysers) return;
    w.outputAnalysers = [];
    const connect = AudioNode.prototype.connect;
    /** @type {any} */ (AudioNode.prototype).connect = function (
      /** @type {any} */ target,
      /** @type {any[]} */ ...rest
    ) {
      if (target instanceof AudioDestinationNode) {
        const analyser = this.context.createAnalyser();
        analyser.fftSize = 8192;
        analyser.smoothingTimeConstant = 0;
        connect.call(this, analyser);
        w.outputAnalysers.push(analyser);
      }
      return connect.call(this, target, ...rest);
    };
  });
}

/**
 * Whether the page plays a tone of the frequency right now: the level there stands out from the neighbourhood.
 *
 * @param {Page} page
 * @param {number} frequency In hertz.
 * @param {number} [deadlineMs]
 */
export function hears(page, frequency, deadlineMs = 60_000) {
  return until(page, `a tone of ${frequency} Hz is heard`, heard, [frequency], deadlineMs);
}

/** @param {number} frequency */
function heard(frequency) {
  const analysers = /** @type {AnalyserNode[]} */ (/** @type {any} */ (window).outputAnalysers ?? []);
  return analysers.some((analyser) => {
    const spectrum = new Float32Array(analyser.frequencyBinCount);
    analyser.getFloatFrequencyData(spectrum);
    const width = analyser.context.sampleRate / analyser.fftSize;
    const at = Math.round(frequency / width);
    const near = (/** @type {number} */ from, /** @type {number} */ to) =>
      spectrum.slice(Math.max(0, at + from), at + to);
    const peak = Math.max(...near(-3, 4));
    const around = [...near(-40, -12), ...near(12, 40)].sort((a, b) => a - b);
    const median = around[around.length >> 1] ?? -200;
    return peak > -65 && peak - median > 15;
  });
}

/**
 * Whether nothing at all is played.
 *
 * @param {Page} page
 * @returns {Promise<boolean>}
 */
export function silent(page) {
  return page.evaluate(() => {
    const analysers = /** @type {AnalyserNode[]} */ (/** @type {any} */ (window).outputAnalysers ?? []);
    return analysers.every((analyser) => {
      const samples = new Float32Array(analyser.fftSize);
      analyser.getFloatTimeDomainData(samples);
      return samples.every((sample) => Math.abs(sample) < 1e-4);
    });
  });
}

/**
 * Waits until the tile of the named participant shows a picture that moves: its pixels come to differ from the first look. A page
 * with the element is looked at inside of it.
 *
 * @param {Page} page
 * @param {string} name
 * @param {number} [deadlineMs]
 */
export async function seesMoving(page, name, deadlineMs = 60_000) {
  await page.evaluate(() => void delete (/** @type {any} */ (window).firstLook));
  await until(page, `${name}'s video moves`, moved, [name], deadlineMs);
}

/** @param {string} name */
function moved(name) {
  const shown = document.querySelector('confab-room')?.shadowRoot ?? document;
  const tile = [...shown.querySelectorAll('.confab-tile[data-local=false]')].find(
    (candidate) => candidate.getAttribute('aria-label') === name,
  );
  const video = /** @type {HTMLCanvasElement | HTMLVideoElement | null | undefined} */ (
    tile?.querySelector('canvas, video')
  );
  if (!video) return false;
  const probe = document.createElement('canvas');
  probe.width = 64;
  probe.height = 36;
  const context = /** @type {CanvasRenderingContext2D} */ (probe.getContext('2d', { willReadFrequently: true }));
  context.drawImage(video, 0, 0, 64, 36);
  const pixels = context.getImageData(0, 0, 64, 36).data;
  let lit = 0;
  for (let i = 0; i < pixels.length; i += 4) {
    if ((pixels[i] ?? 0) + (pixels[i + 1] ?? 0) + (pixels[i + 2] ?? 0) > 60) lit++;
  }
  if (lit < 100) return false;
  const w = /** @type {any} */ (window);
  if (!w.firstLook) {
    w.firstLook = pixels;
    return false;
  }
  let changed = 0;
  for (let i = 0; i < pixels.length; i += 4) {
    const difference = (/** @type {number} */ at) => Math.abs((pixels[i + at] ?? 0) - w.firstLook[i + at]);
    if (difference(0) + difference(1) + difference(2) > 40) changed++;
  }
  return changed > 4;
}

/**
 * Names on the tiles of the others.
 *
 * @param {Page} page
 * @returns {Promise<string[]>}
 */
export function othersSeen(page) {
  return page.evaluate(() =>
    [...document.querySelectorAll('.confab-tile[data-local=false]')]
      .map((tile) => tile.getAttribute('aria-label') ?? '')
      .sort(),
  );
}

/**
 * Waits until the page is connected in this way. On a busy machine it may have changed to the other and be about to come back.
 *
 * @param {Page} page
 * @param {'webtransport' | 'websocket'} transport
 */
export function comesTo(page, transport) {
  const isOn = (/** @type {string} */ wanted) =>
    /** @type {any} */ (window).confab.room.snapshot.get().transport === wanted;
  return until(page, `the call goes over ${transport}`, isOn, [transport]);
}

/**
 * Writes a chat message as a person does.
 *
 * @param {Page} page
 * @param {string} text
 */
export async function say(page, text) {
  const open = await page.evaluate(() => document.querySelector('.confab-side-panel[data-panel=chat]') !== null);
  if (!open) await page.click('[data-action=chat]');
  await until(page, 'the message field is shown', () => document.querySelector('textarea[name=message]') !== null);
  await page.click('textarea[name=message]');
  await page.type(text);
  await page.press('Enter');
}

/**
 * @param {Page} page
 * @param {string} text
 */
export async function reads(page, text) {
  const open = await page.evaluate(() => document.querySelector('.confab-side-panel[data-panel=chat]') !== null);
  if (!open) await page.click('[data-action=chat]');
  await until(
    page,
    `the chat says "${text}"`,
    (wanted) => [...document.querySelectorAll('.confab-message-text')].some((line) => line.textContent === wanted),
    [text],
  );
}

/** @param {Page} page */
export async function leave(page) {
  await page.click('[data-action=leave]');
  await until(page, 'the end is shown', () => document.querySelector('.confab-ended') !== null);
}
