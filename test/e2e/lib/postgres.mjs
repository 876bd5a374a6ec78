// @ts-check
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './server.mjs';

const debian = '/usr/lib/postgresql';

/**
 * A PostgreSQL server of its own, with nothing in it, as Debian's package installs it. It refuses to run as root, so it runs as
 * the package's user then.
 *
 * @returns {Promise<{ url: string, stop: () => Promise<void> }>}
 */
export async function startPostgres() {
  const version = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a))[0] : undefined;
  if (version === undefined) throw new Error('PostgreSQL is not installed: scripts/install-packages.sh postgresql');
  const bin = join(debian, version, 'bin');
  const data = mkdtempSync(join(tmpdir(), 'confab-postgres-'));
  const root = process.getuid?.() === 0;
  const [command, ...prefix] = root ? ['runuser', '-u', 'postgres', '--'] : ['env'];
  if (root) {
    const id = (/** @type {string} */ flag) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
    chownSync(data, id('-u'), id('-g'));
  }
  const initdb = [join(bin, 'initdb'), '-D', data, '-U', 'postgres', '--auth', 'trust', '--no-sync', '-E', 'UTF8'];
  execFileSync(/** @type {string} */ (command), [...prefix, ...initdb, '--locale', 'C'], {
    stdio: 'pipe',
    cwd: tmpdir(),
  });
  const port = await freePort();
  const options = ['-D', data, '-p', `${port}`, '-k', data, '-c', 'listen_addresses=127.0.0.1', '-c', 'fsync=off'];
  const child = spawn(/** @type {string} */ (command), [...prefix, join(bin, 'postgres'), ...options], {
    stdio: ['ignore', 'ignore', 'pipe'],
    cwd: tmpdir(),
  });
  let log = '';
  await new Promise((resolve, reject) => {
    child.on('exit', () => reject(new Error(`postgres has ended:\n${log}`)));
    child.stderr.on('data', (text) => {
      log += text;
      if (log.includes('ready to accept connections')) resolve(undefined);
    });
  });
  child.removeAllListeners('exit');
  return {
    url: `postgres://postgres@127.0.0.1:${port}/postgres?sslmode=disable`,
    stop: async () => {
      const ended = once(child, 'exit');
      const pid = Number(execFileSync('head', ['-n', '1', join(data, 'postmaster.pid')], { encoding: 'utf8' }));
      process.kill(pid, 'SIGINT');
      await ended;
      rmSync(data, { recursive: true });
    },
  };
}
