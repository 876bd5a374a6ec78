// @ts-check
// Prints how well the sound and the picture of one person are together, for every pair of engines that plays sound here. A flash and
// a beep that are captured at known times are seen and heard at known times; the difference of the two delays is the skew, and
// positive when sound is late. Run: node bench/av-sync.mjs [seconds per pair]
import { loadavg } from 'node:os';
import { openChromium } from '../browsers/chromium.mjs';
import { openFirefox } from '../browsers/firefox.mjs';
import { serveClient } from '../lib/client-site.mjs';
import { startServer } from '../lib/server.mjs';
import { startSoundServer } from '../lib/sound-server.mjs';

const seconds = Number(process.argv[2] ?? 40);
const open = { chromium: openChromium, firefox: openFirefox };
const pairs = /** @type {const} */ ([
  ['chromium', 'firefox'],
  ['chromium', 'chromium'],
  ['firefox', 'firefox'],
]);
/** The first are lost to joining, and to finding the pace. */
const warmUpMs = 5_000;
const longestDelayMs = 1_000;

const sound = await startSoundServer();
const script = (/** @type {string} */ name) => new URL(`av-sync/${name}`, import.meta.url);
const site = await serveClient({
  '/page.mjs': script('page.mjs'),
  '/onset-worklet.mjs': script('onset-worklet.mjs'),
});
const server = await startServer({ args: ['--trusted-origin', site.origin] });
try {
  const rows = [];
  for (const pair of pairs) rows.push(...(await measure(pair)));
  console.table(rows);
} finally {
  await server.stop();
  await site.close();
  await sound.stop();
}

/** @param {readonly ['chromium' | 'firefox', 'chromium' | 'firefox']} pair */
async function measure(pair) {
  const pages = await Promise.all(pair.map((engine) => open[engine]({ soundServer: sound.address })));
  try {
    const link = `${server.origin}/m/${pair.join('-')}#e1.${Buffer.alloc(32, 7).toString('base64url')}`;
    for (const each of pages) {
      await each.goto(`${site.origin}/`);
      await each.evaluate(async (link) => {
        const path = '/page.mjs';
        const w = /** @type {any} */ (window);
        w.bench = await import(path);
        await w.bench.start(link);
      }, link);
    }
    const since = Date.now() + warmUpMs;
    await new Promise((resolve) => setTimeout(resolve, warmUpMs + seconds * 1_000));
    const [a, b] = await Promise.all(
      pages.map((each) => each.evaluate(() => /** @type {any} */ (window).bench.results())),
    );
    return [row(`${pair[0]} → ${pair[1]}`, since, a, b), row(`${pair[1]} → ${pair[0]}`, since, b, a)];
  } finally {
    await Promise.all(pages.map((each) => each.close()));
  }
}

/** @typedef {Record<'beeps' | 'flashes' | 'heard' | 'seen', number[]>} Times */

/**
 * @param {string} name
 * @param {number} since
 * @param {Times} sender
 * @param {Times} receiver
 */
function row(name, since, { beeps, flashes }, { heard, seen }) {
  const events = beeps.flatMap((beep) => {
    const flash = flashes.find((time) => Math.abs(time - beep) < longestDelayMs / 2);
    const sound = heard.find((time) => time > beep && time < beep + longestDelayMs);
    const picture = flash && seen.find((time) => time > flash && time < flash + longestDelayMs);
    if (beep < since || !flash || !sound || !picture) return [];
    return { sound: sound - beep, picture: picture - flash, skew: sound - beep - (picture - flash) };
  });
  const sorted = (/** @type {number[]} */ values) => values.sort((a, b) => a - b);
  return {
    'from → to': name,
    flashes: events.length,
    'sound late by, median ms': quantile(sorted(events.map(({ skew }) => skew)), 0.5),
    'apart, p95 ms': quantile(sorted(events.map(({ skew }) => Math.abs(skew))), 0.95),
    'sound delay ms': quantile(sorted(events.map(({ sound }) => sound)), 0.5),
    'picture delay ms': quantile(sorted(events.map(({ picture }) => picture)), 0.5),
    load: loadavg()[0]?.toFixed(1),
  };
}

/** @param {readonly number[]} sorted @param {number} q */
function quantile(sorted, q) {
  return Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? NaN);
}
