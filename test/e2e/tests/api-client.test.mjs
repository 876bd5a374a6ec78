// @ts-check
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
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

  test('its types fit, and it makes a meeting and joins it', () => {
    const options = ['--strict', '--target', 'ES2022', '--module', 'NodeNext', '--skipLibCheck', '--types', 'node'];
    execFileSync('npx', ['tsc', '--ignoreConfig', ...options, `${folder}/backend.ts`], { cwd: here, stdio: 'inherit' });
    const made = JSON.parse(
      execFileSync('node', [`${folder}/backend.js`, server.origin, key], { encoding: 'utf8' }),
    );
    assert.equal(made.role, 'host');
    const report = JSON.parse(
      execFileSync(binary, ['doctor', '--json', `${made.link}#e1.${randomBytes(32).toString('base64url')}`], {
        encoding: 'utf8',
        env: { ...process.env, CONFAB_TOKEN: made.token },
      }),
    );
    const join = report.findings.find((/** @type {{ id: string }} */ finding) => finding.id === 'join');
    assert.equal(join?.status, 'ok', JSON.stringify(join));
  });
});
