// @ts-check
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** What the provider knows nodes by, and one of its people. */
export const client = { id: 'confab', secret: 'provider-secret' };
export const person = { user: 'test-user@localhost', password: 'verysecure', name: 'Test User' };

/**
 * An OpenID provider in a process of its own: see test/api/provider.
 *
 * @returns {Promise<{ issuer: string, letSignIn: (node: string) => Promise<void>, stop: () => Promise<void> }>}
 */
export async function startProvider() {
  const folder = mkdtempSync(join(tmpdir(), 'confab-provider-'));
  const binary = join(folder, 'provider');
  execFileSync('go', ['build', '-o', binary, './provider'], {
    cwd: fileURLToPath(new URL('../../api', import.meta.url)),
  });
  const child = spawn(binary, { stdio: ['pipe', 'pipe', 'inherit'] });
  const [issuer] = await once(createInterface(child.stdout), 'line');
  return {
    issuer,
    letSignIn: async (node) => {
      const answer = await fetch(`${issuer}test/node`, {
        method: 'POST',
        body: new URLSearchParams({ address: node }),
      });
      if (!answer.ok) throw new Error(`the provider answers ${answer.status}`);
    },
    stop: async () => {
      child.stdin.end();
      await once(child, 'exit');
      rmSync(folder, { recursive: true });
    },
  };
}
