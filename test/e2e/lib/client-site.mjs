// @ts-check
import { readFile } from 'node:fs/promises';
import { serveFiles } from './static.mjs';

const dist = new URL('../../../web/packages/client/dist/', import.meta.url);

/**
 * Serves an empty page, and beside it the built @confab/client as `/client/index.js`.
 *
 * @param {Record<string, URL>} [scripts] Other modules, by path.
 */
export async function serveClient(scripts = {}) {
  const names = ['index.js', 'engine-worker.js', 'audio-worklets.js'];
  const modules = { ...scripts, ...Object.fromEntries(names.map((name) => [`/client/${name}`, new URL(name, dist)])) };
  const served = Object.entries(modules).map(async ([path, url]) => [
    path,
    { type: 'text/javascript', body: await readFile(url, 'utf8') },
  ]);
  return serveFiles({
    '/': { type: 'text/html', body: '<!doctype html><link rel="icon" href="data:,">' },
    ...Object.fromEntries(await Promise.all(served)),
  });
}
