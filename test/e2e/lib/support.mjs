// @ts-check
import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort, startServer } from './server.mjs';

const repository = fileURLToPath(new URL('../../..', import.meta.url));

/**
 * Builds the support desk, and starts it beside a node that knows it.
 *
 * @returns {Promise<{ origin: string, node: import('./server.mjs').Server, stop: () => Promise<void> }>}
 */
export async function startSupport() {
  const folder = mkdtempSync(join(tmpdir(), 'confab-support-'));
  const binary = join(folder, 'support');
  execFileSync('go', ['build', '-o', binary, './examples/support'], {
    cwd: repository,
    env: { ...process.env, CGO_ENABLED: '0' },
  });
  const port = await freePort();
  const origin = `http://localhost:${port}`;
  const env = {
    CONFAB_WEBHOOK_SECRET: `whsec_${randomBytes(32).toString('base64')}`,
    CONFAB_API_KEYS: `support:${randomBytes(32).toString('hex')}`,
  };
  const node = await startServer({
    env,
    args: ['--trusted-origin', origin, '--webhook-url', `${origin}/webhooks/confab`],
  });
  const args = ['--addr', `localhost:${port}`, '--node', node.origin, '--data', folder, '--demo', '--grace', '3s'];
  const child = spawn(binary, [...args, '--site', join(repository, 'web/apps/support/dist')], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...env, CONFAB_API_KEY: env.CONFAB_API_KEYS },
  });
  const ended = once(child, 'exit');
  // It says where it is once it listens.
  await Promise.race([once(child.stdout, 'data'), ended]);
  if (child.exitCode !== null) throw new Error(`The support desk ended with ${child.exitCode}`);
  return {
    origin,
    node,
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
      await node.stop();
      await rm(folder, { recursive: true });
    },
  };
}
