// @ts-check
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** The program under test. */
export const binary = process.env.CONFAB_BIN ?? fileURLToPath(new URL('../../../bin/confab', import.meta.url));

/** @returns {Promise<number>} A TCP port of 127.0.0.1 that was free a moment ago. */
export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  server.close();
  await once(server, 'close');
  return port;
}

/**
 * A `confab serve` process.
 *
 * @typedef {object} Server
 * @property {string} origin
 * @property {number} port
 * @property {string[]} log
 * @property {() => Promise<string>} metrics The text of /metrics.
 * @property {(signal?: NodeJS.Signals) => Promise<void>} stop
 */

/**
 * Starts a server and waits until it says that it is ready.
 *
 * @param {{ port?: number, env?: Record<string, string>, args?: string[], prefix?: string[], host?: string, bind?: string }} [o]
 *   `prefix`: a command that runs the server, such as `ip netns exec NAME`; `host`: the address to reach it by.
 * @returns {Promise<Server>}
 */
export async function startServer(o = {}) {
  const port = o.port ?? (await freePort());
  const host = o.host ?? 'localhost';
  const [command, ...args] = [
    ...(o.prefix ?? []),
    binary,
    'serve',
    '--addr',
    `${o.bind ?? ''}:${port}`,
    ...(o.args ?? []),
  ];
  const data = mkdtempSync(join(tmpdir(), 'confab-data-'));
  const child = spawn(/** @type {string} */ (command), args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    // Browsers are ended before their node is, so that there is nobody left for whom it should wait.
    env: { ...process.env, CONFAB_DATA_DIR: data, CONFAB_DRAIN: '0s', ...o.env },
  });
  child.once('exit', () => rmSync(data, { recursive: true, force: true }));
  /** @type {string[]} */
  const log = [];
  for (const stream of [child.stdout, child.stderr]) createInterface(stream).on('line', (line) => log.push(line));
  const origin = `http://${host}:${port}`;
  await ready(origin, child, log);
  return {
    origin,
    port,
    log,
    metrics: async () => (await fetch(`${origin}/metrics`)).text(),
    stop: async (signal = 'SIGTERM') => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill(signal);
      await once(child, 'exit');
    },
  };
}

/**
 * @param {string} origin
 * @param {import('node:child_process').ChildProcess} child
 * @param {string[]} log
 */
async function ready(origin, child, log) {
  const end = Date.now() + 60_000;
  for (;;) {
    if (child.exitCode !== null) throw new Error(`confab serve ended with ${child.exitCode}:\n${log.join('\n')}`);
    try {
      if ((await fetch(`${origin}/readyz`)).ok) return;
    } catch {
      // Not listening yet.
    }
    if (Date.now() > end) throw new Error(`confab serve is not ready at ${origin}:\n${log.join('\n')}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
