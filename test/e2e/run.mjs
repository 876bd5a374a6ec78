// @ts-check
// Runs the tests in a network of their own: nothing leaves it, and what a test does to its network harms nobody else. Only the Iggy
// server that CONFAB_TEST_IGGY names is reached from there.
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openPassage } from './lib/passage.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const files = process.argv.slice(2);
const tests = files.length > 0 ? files : ['tests/'];
const inside = `ip link set lo up && exec "$0" --test --test-reporter=spec --test-concurrency=1 --test-timeout=600000 "$@"`;
const root = process.getuid?.() === 0 ? [] : ['--map-root-user'];

const folder = await mkdtemp(join(tmpdir(), 'confab-e2e-'));
const socket = join(folder, 'iggy');
const iggy = process.env.CONFAB_TEST_IGGY ? new URL(process.env.CONFAB_TEST_IGGY) : undefined;
const closePassage = iggy && (await openPassage({ path: socket }, { host: iggy.hostname, port: Number(iggy.port) }));
const child = spawn('unshare', [...root, '--net', 'sh', '-c', inside, process.execPath, ...tests], {
  cwd: here,
  stdio: 'inherit',
  env: { ...process.env, CONFAB_E2E_NETWORK: 'own', CONFAB_E2E_IGGY_SOCKET: socket },
});
child.on('error', (error) => {
  throw new Error('The end-to-end tests need unshare(1) from util-linux', { cause: error });
});
child.on('exit', async (code) => {
  await closePassage?.();
  await rm(folder, { recursive: true });
  process.exit(code ?? 1);
});
