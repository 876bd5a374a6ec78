// @ts-check
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { binary } from './server.mjs';

/**
 * A running `confab publish` or `confab record`.
 *
 * @typedef {object} Command
 * @property {(what: string, done: () => unknown, deadlineMs?: number) => Promise<void>} until Polls a condition; fails when the
 *   command ends before.
 * @property {(deadlineMs?: number) => Promise<string>} ended Waits for its end, which has to be a good one, and returns what it printed.
 * @property {() => Promise<string>} interrupt Ctrl-C, then `ended`.
 * @property {() => void} kill Ends it whatever it does; for cleaning up.
 */

/**
 * @param {...string} args
 * @returns {Command}
 */
export function confab(...args) {
  const child = spawn(binary, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  /** @type {string[]} */
  const lines = [];
  for (const stream of [child.stdout, child.stderr]) createInterface(stream).on('line', (line) => lines.push(line));
  const running = () => child.exitCode === null && child.signalCode === null;
  const tail = () => lines.slice(-12).join('\n    ');
  /** @type {Command} */
  const command = {
    until: async (what, done, deadlineMs = 60_000) => {
      for (const end = Date.now() + deadlineMs; !(await done());) {
        if (!running() || Date.now() > end)
          throw new Error(`confab ${args[0]}: not before its end: ${what}\n    ${tail()}`);
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    },
    ended: async (deadlineMs = 120_000) => {
      const late = setTimeout(() => child.kill('SIGKILL'), deadlineMs);
      if (running()) await once(child, 'exit');
      clearTimeout(late);
      if (child.exitCode !== 0) {
        throw new Error(`confab ${args[0]} ended with ${child.exitCode ?? child.signalCode}:\n    ${tail()}`);
      }
      return lines.join('\n');
    },
    interrupt: () => {
      child.kill('SIGINT');
      return command.ended();
    },
    kill: () => void child.kill('SIGKILL'),
  };
  return command;
}
