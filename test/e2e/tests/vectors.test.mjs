// @ts-check
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { openChromium } from '../browsers/chromium.mjs';
import { openFirefox } from '../browsers/firefox.mjs';
import { openWebKit } from '../browsers/webkit.mjs';
import { bundle } from '../lib/bundle.mjs';
import { serveFiles } from '../lib/static.mjs';

const folder = new URL('../../../spec/vectors/', import.meta.url);

/** The wire's vectors are the transport's, which has no cryptography that could differ between engines. */
const isEncryption = (/** @type {string} */ name) => name.endsWith('.json') && !name.startsWith('wire-');

describe('vectors of E2EE v1 in real browsers', { timeout: 300_000 }, () => {
  /** @type {{ name: string, content: unknown }[]} */
  let files;
  /** @type {{ origin: string, close: () => Promise<void> }} */
  let site;

  before(async () => {
    const names = (await readdir(folder)).filter(isEncryption);
    files = await Promise.all(
      names.map(async (name) => ({
        name: name.replace(/\.json$/, ''),
        content: JSON.parse(await readFile(new URL(name, folder), 'utf8')),
      })),
    );
    site = await serveFiles({
      '/': { type: 'text/html', body: '<!doctype html><title>vectors</title><script src="/vectors.js"></script>' },
      '/vectors.js': { type: 'text/javascript', body: await bundle('packages/client/src/e2ee/vectors.ts', 'vectors') },
      '/files.json': { type: 'application/json', body: JSON.stringify(files) },
    });
  });

  after(() => site?.close());

  for (const [engine, open] of Object.entries({ chromium: openChromium, firefox: openFirefox, webkit: openWebKit })) {
    test(engine, async () => {
      const page = await open();
      try {
        await page.goto(site.origin);
        const results = await page.evaluate(async () => {
          const loaded = await (await fetch('/files.json')).json();
          return /** @type {any} */ (window).vectors.runVectors(loaded);
        });
        const failed = results.filter((/** @type {any} */ result) => !result.ok);
        assert.deepEqual(failed, []);
        for (const { name } of files) {
          assert.ok(
            results.some((/** @type {any} */ result) => result.name.startsWith(`${name}: `)),
            `${name} ran no vector`,
          );
        }
      } finally {
        await page.close();
      }
    });
  }
});
