// @ts-check
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const web = new URL('../../../web/', import.meta.url);
const { build } = /** @type {any} */ (createRequire(web)('esbuild'));

/**
 * Bundles a module of the web workspace for a browser; its exports become `window[globalName]`.
 *
 * @param {string} entry Path below web/.
 * @param {string} globalName
 * @returns {Promise<string>}
 */
export async function bundle(entry, globalName) {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL(entry, web))],
    bundle: true,
    write: false,
    format: 'iife',
    globalName,
    target: 'es2022',
  });
  return outputFiles[0].text;
}
