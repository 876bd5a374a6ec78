// @ts-check
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** Built by make: see test/api/provider. */
const binary = fileURLToPath(new URL('../../../bin/openid-provider', import.meta.url));

/** What the provider knows nodes by, and one of its people. */
export const client = { id: 'confab', secret: 'provider-secret' };
export const person = { user: 'test-user@localhost', password: 'verysecure', name: 'Test User' };

/**
 * An OpenID provider in a process of its own.
 *
 * @returns {Promise<{ issuer: string, letSignIn: (node: string) => Promise<void>, stop: () => Promise<void> }>}
 */
export async function startProvider() {
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
    },
  };
}
