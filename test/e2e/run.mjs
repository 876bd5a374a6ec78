// @ts-check
// Runs all tests, or those that are named, in a network of their own: nothing leaves it, and what a test does to its network harms nobody
// else. Only the Iggy server that CONFAB_TEST_IGGY names is reached from there.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openPassage } from './lib/passage.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
/** Calls of three engines fill two processors by themselves, and some change the network. The other tests wait more than they compute. */
const alone = ['go-client', 'nodes-eye', 'publish-record', 'resilience', 'three-browsers'];

const named = process.argv.slice(2);
const all = (await readdir(join(here, 'tests'))).map((name) => join('tests', name));
const files = named.length > 0 ? named : all;
const isAlone = (/** @type {string} */ file) => alone.includes(basename(file, '.test.mjs'));

const folder = await mkdtemp(join(tmpdir(), 'confab-e2e-'));
const socket = join(folder, 'iggy');
const iggy = process.env.CONFAB_TEST_IGGY ? new URL(process.env.CONFAB_TEST_IGGY) : undefined;
const closePassage = iggy && (await openPassage({ path: socket }, { host: iggy.hostname, port: Number(iggy.port) }));
const passed = [
  await run(
    2,
    files.filter((file) => !isAlone(file)),
  ),
  await run(1, files.filter(isAlone)),
];
await closePassage?.();
await rm(folder, { recursive: true });
process.exit(passed.every(Boolean) ? 0 : 1);

/**
 * @param {number} atOnce How many files run at the same time.
 * @param {string[]} tests
 * @returns {Promise<boolean>} Whether they have passed.
 */
async function run(atOnce, tests) {
  if (tests.length === 0) return true;
  const root = process.getuid?.() === 0 ? [] : ['--map-root-user'];
  const options = `--test --test-reporter=spec --test-concurrency=${atOnce} --test-timeout=600000`;
  const inside = `ip link set lo up && exec "$0" ${options} "$@"`;
  const child = spawn('unshare', [...root, '--net', 'sh', '-c', inside, process.execPath, ...tests], {
    cwd: here,
    stdio: 'inherit',
    env: { ...process.env, CONFAB_E2E_NETWORK: 'own', CONFAB_E2E_IGGY_SOCKET: socket },
  });
  const [code] = await once(child, 'exit').catch((error) => {
    throw new Error('The end-to-end tests need unshare(1) from util-linux', { cause: error });
  });
  return code === 0;
}
