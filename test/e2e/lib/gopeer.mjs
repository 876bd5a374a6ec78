// @ts-check
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/**
 * A line of `gopeer`'s output; see test/e2e/gopeer.
 *
 * @typedef {{ event: string, meeting: number } & Record<string, any>} Line
 */

/**
 * A participant made of the Go client: in each meeting it shows the other's video back, and plays the sound of the meeting before.
 *
 * @typedef {object} GoPeer
 * @property {(what: string, test: (line: Line) => boolean, deadlineMs?: number) => Promise<Line>} line Waits for a line that
 *   came or comes.
 * @property {() => Promise<void>} stop Has it leave, and fails when it ends otherwise.
 */

/**
 * Builds it, and has it join meetings.
 *
 * @param {string[]} links Each is a link, or TRANSPORT=LINK.
 * @returns {Promise<GoPeer>}
 */
export async function startGoPeer(links) {
  const folder = mkdtempSync(join(tmpdir(), 'confab-gopeer-'));
  const binary = join(folder, 'gopeer');
  execFileSync('go', ['build', '-o', binary, './test/e2e/gopeer'], {
    cwd: fileURLToPath(new URL('../../..', import.meta.url)),
    env: { ...process.env, CGO_ENABLED: '0' },
  });
  const child = spawn(binary, links, { stdio: ['pipe', 'pipe', 'pipe'] });
  /** @type {Line[]} */
  const lines = [];
  /** @type {string[]} */
  const errors = [];
  createInterface(child.stdout).on('line', (text) => lines.push(JSON.parse(text)));
  createInterface(child.stderr).on('line', (text) => errors.push(text));
  return {
    line: async (what, test, deadlineMs = 60_000) => {
      const end = Date.now() + deadlineMs;
      for (;;) {
        const found = lines.findLast(test);
        if (found) return found;
        if (child.exitCode !== null || Date.now() > end) {
          const last = [...lines.slice(-6).map((line) => JSON.stringify(line)), ...errors].join('\n    ');
          throw new Error(`gopeer: not within ${deadlineMs} ms: ${what}\n    ${last}`);
        }
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    },
    stop: async () => {
      const ended = child.exitCode === null ? once(child, 'exit') : undefined;
      child.stdin.end();
      await ended;
      await rm(folder, { recursive: true });
      if (child.exitCode !== 0) throw new Error(`gopeer ended with ${child.exitCode}:\n${errors.join('\n')}`);
    },
  };
}
