// @ts-check
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { freePort, startServer } from './server.mjs';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/**
 * A sample application with a node of its own, as `make run-NAME` starts them; everything is kept in memory.
 *
 * @typedef {object} Sample
 * @property {string} origin
 * @property {string[]} log
 * @property {() => Promise<void>} stop
 */

/**
 * @param {string} name Of bin/NAME and web/apps/NAME.
 * @returns {Promise<Sample>}
 */
export async function startSample(name) {
  const port = await freePort();
  const origin = `http://localhost:${port}`;
  const key = `${name}:${randomBytes(32).toString('hex')}`;
  const env = { CONFAB_WEBHOOK_SECRET: `whsec_${randomBytes(32).toString('base64')}` };
  const node = await startServer({
    env: { ...env, CONFAB_API_KEYS: key },
    args: ['--trusted-origin', origin, '--webhook-url', `${origin}/webhooks/confab`],
  });
  const args = ['-addr', `localhost:${port}`, '-node', node.origin, '-site', `${root}web/apps/${name}/dist`, '-demo'];
  const child = spawn(`${root}bin/${name}`, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env, CONFAB_API_KEY: key },
  });
  /** @type {string[]} */
  const log = [];
  for (const stream of [child.stdout, child.stderr]) createInterface(stream).on('line', (line) => log.push(line));
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill();
      await once(child, 'exit');
    }
    await node.stop();
  };
  for (const end = Date.now() + 60_000; ;) {
    const answer = await fetch(origin).catch(() => undefined);
    if (answer?.ok) return { origin, log, stop };
    if (child.exitCode !== null || Date.now() > end) {
      await stop();
      throw new Error(`${name} does not answer at ${origin}:\n${log.join('\n')}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
