// @ts-check
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Starts a sound server that keeps time as a sound card does and plays to nobody.
 *
 * @returns {Promise<{ address: string, stop: () => Promise<void> }>} `address` is for PULSE_SERVER.
 */
export async function startSoundServer() {
  const folder = await mkdtemp(join(tmpdir(), 'confab-sound-'));
  const socket = join(folder, 'socket');
  const options = ['-n', '--daemonize=no', '--exit-idle-time=-1', '--use-pid-file=no', '--log-level=error'];
  const modules = ['module-null-sink rate=48000', `module-native-protocol-unix auth-anonymous=1 socket=${socket}`];
  const server = spawn('pulseaudio', [...options, ...modules.flatMap((module) => ['--load', module])], {
    stdio: 'ignore',
    env: { ...process.env, HOME: folder, XDG_RUNTIME_DIR: folder },
  });
  const ended = once(server, 'exit').catch((error) => error);
  const stop = async () => {
    server.kill();
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  for (const end = Date.now() + 60_000; ;) {
    try {
      await access(socket);
      return { address: `unix:${socket}`, stop };
    } catch (cause) {
      if (Date.now() < end && server.exitCode === null && server.pid !== undefined) {
        await new Promise((resolve) => setTimeout(resolve, 50));
        continue;
      }
      await stop();
      throw new Error('pulseaudio does not start: it comes with scripts/install-packages.sh pulseaudio', { cause });
    }
  }
}
