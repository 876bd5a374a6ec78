// @ts-check
// Runs the tests in a network of their own: nothing leaves it, and what a test does to its network harms nobody else.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const files = process.argv.slice(2);
const tests = files.length > 0 ? files : ['tests/'];
const inside = `ip link set lo up && exec "$0" --test --test-reporter=spec --test-concurrency=1 --test-timeout=600000 "$@"`;
const root = process.getuid?.() === 0 ? [] : ['--map-root-user'];
const { status, error } = spawnSync('unshare', [...root, '--net', 'sh', '-c', inside, process.execPath, ...tests], {
  cwd: here,
  stdio: 'inherit',
  env: { ...process.env, CONFAB_E2E_NETWORK: 'own' },
});
if (error) throw new Error('The end-to-end tests need unshare(1) from util-linux', { cause: error });
process.exit(status ?? 1);
