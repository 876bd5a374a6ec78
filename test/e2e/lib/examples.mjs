// @ts-check
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { serveFiles } from './static.mjs';

/** The repository. */
export const root = fileURLToPath(new URL('../../../', import.meta.url));

const types = new Map([
  ['.html', 'text/html'],
  ['.js', 'text/javascript'],
  ['.css', 'text/css'],
]);

/**
 * Serves a folder on localhost, as any server of files does.
 *
 * @param {string} folder
 */
export async function serveFolder(folder) {
  /** @type {Record<string, { type: string, body: string }>} */
  const files = {};
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    const address = file.slice(folder.length).replace(/^\/index\.html$/, '/');
    files[address] = { type: types.get(extname(file)) ?? 'text/plain', body: await readFile(file, 'utf8') };
  }
  return serveFiles(files);
}

/**
 * Starts a program, and waits until it answers at its address. Returns what ends it.
 *
 * @param {string[]} command
 * @param {string} folder
 * @param {Record<string, string>} env
 * @param {string} address
 * @returns {Promise<() => Promise<void>>}
 */
export async function startProgram([program = '', ...args], folder, env, address) {
  const child = spawn(program, args, { cwd: folder, stdio: 'inherit', env: { ...process.env, ...env } });
  const ended = once(child, 'exit');
  const stop = async () => {
    child.kill('SIGTERM');
    await ended;
  };
  for (const end = Date.now() + 60_000; ;) {
    const answer = await fetch(address).catch(() => undefined);
    if (answer?.ok) return stop;
    if (child.exitCode !== null || Date.now() > end) {
      await stop();
      throw new Error(`${program} ${args.join(' ')} does not answer at ${address}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
