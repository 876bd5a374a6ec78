// @ts-check
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { copyFileSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import openapiTS, { astToString } from 'openapi-typescript';
import { binary, startServer } from '../lib/server.mjs';

const here = fileURLToPath(new URL('..', import.meta.url));
const folder = `${here}out/backend`;
const key = `clinic:${randomBytes(32).toString('hex')}`;

describe('a client that is generated from the OpenAPI document', { timeout: 120_000 }, () => {
  /** @type {import('../lib/server.mjs').Server} */
  let server;

  before(async () => {
    server = await startServer({ env: { CONFAB_API_KEYS: key } });
    const document = new URL(`${server.origin}/v1/openapi.json`);
    mkdirSync(folder, { recursive: true });
    writeFileSync(`${folder}/api.d.ts`, astToString(await openapiTS(document)));
    copyFileSync(`${here}backend/backend.ts`, `${folder}/backend.ts`);
  });

  after(() => server?.stop());

  test('its types fit, and it makes a meeting and joins it', async () => {
    const options = ['--strict', '--target', 'ES2022', '--module', 'NodeNext', '--skipLibCheck', '--types', 'node'];
    execFileSync('npx', ['tsc', '--ignoreConfig', ...options, `${folder}/backend.ts`], { cwd: here, stdio: 'inherit' });
    const made = JSON.parse(execFileSync('node', [`${folder}/backend.js`, server.origin, key], { encoding: 'utf8' }));
    assert.equal(made.role, 'host');
    const link = `${made.link}#e1.${randomBytes(32).toString('base64url')}`;
    const recorder = spawn(binary, ['record', link, '--out', mkdtempSync(join(tmpdir(), 'confab-api-'))], {
      stdio: 'ignore',
      env: { ...process.env, CONFAB_TOKEN: made.token },
    });
    try {
      await present(
        `${server.origin}/v1/meetings/${new URL(link).pathname.slice('/m/'.length)}/participants`,
        'dr-ann',
      );
    } finally {
      recorder.kill('SIGKILL');
    }
  });
});

/**
 * @param {string} list The address of a list of participants.
 * @param {string} identity Who has to be in it.
 */
async function present(list, identity) {
  for (const end = Date.now() + 60_000; ;) {
    const response = await fetch(list, { headers: { Authorization: `Bearer ${key}` } });
    const { participants } = await response.json();
    const found = participants.find((/** @type {{ identity: string }} */ one) => one.identity === identity);
    if (found) return assert.equal(found.waiting, undefined);
    assert.ok(Date.now() < end, `${identity} has not come`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
