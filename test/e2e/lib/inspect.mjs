// @ts-check
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

/** @typedef {import('../browsers/page.mjs').Page} Page */

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/**
 * Lets what moves come to rest, runs axe in the page, and looks for boxes out of which something sticks sideways.
 *
 * @param {Page} page
 * @param {string} name Of the screen, for the failure.
 */
export async function assertAccessible(page, name) {
  const { overflowing, violations } = await page.evaluate(inspect);
  assert.deepEqual(violations, [], name);
  assert.deepEqual(overflowing, [], `${name}: wider than the room they have`);
}

/** It is a text: the site's policy lets no page evaluate one itself. */
const inspect = /** @type {any} */ (
  `async () => {
  if (!window.axe) { ${axe} }
  const passing = document.getAnimations().filter(({ effect }) => effect?.getComputedTiming().endTime !== Infinity);
  await Promise.allSettled(passing.map((animation) => animation.finished));
  const { violations } = await window.axe.run(document, { resultTypes: ['violations'] });
  return {
    overflowing: [...document.querySelectorAll('html, body, body *')]
      .filter((e) => e instanceof HTMLElement && getComputedStyle(e).overflowX === 'visible' && e.clientWidth > 1)
      .filter((e) => e.scrollWidth > e.clientWidth + 1)
      .filter((e) => ![...e.children].some((child) => getComputedStyle(child).position === 'absolute'))
      .map((e) => e.localName + '.' + e.className + ': ' + e.scrollWidth + ' px in ' + e.clientWidth),
    violations: violations
      .filter((v) => v.impact === 'serious' || v.impact === 'critical')
      .map((v) => v.id + ': ' + v.nodes.map((n) => n.html.slice(0, 120)).join(' | ')),
  };
}`
);
