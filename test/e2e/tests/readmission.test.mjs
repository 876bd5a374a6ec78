// @ts-check
// Encryption of a locked meeting whose link names its host: a person who reloads the page is the same to it, and whom no host let in is not.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import { openChromium } from '../browsers/chromium.mjs';
import { openFirefox } from '../browsers/firefox.mjs';
import { until } from '../browsers/page.mjs';
import { serveClient } from '../lib/client-site.mjs';
import { binary, startServer } from '../lib/server.mjs';

/** @typedef {import('../browsers/page.mjs').Page} Page */

const keys = `app:${Buffer.alloc(24, 3).toString('hex')}`;

describe('coming again to a locked meeting', { timeout: 240_000 }, () => {
  /** @type {Awaited<ReturnType<typeof serveClient>>} */
  let site;
  /** @type {import('../lib/server.mjs').Server} */
  let server;
  /** @type {Page} */
  let host;
  /** @type {Page} */
  let guest;
  /** @type {string} */
  let link;

  before(async () => {
    site = await serveClient();
    server = await startServer({
      env: { CONFAB_API_KEYS: keys },
      args: ['--trusted-origin', site.origin],
    });
    [host, guest] = await Promise.all([openChromium(), openFirefox()]);
    await host.goto(`${site.origin}/`);
    await guest.goto(`${site.origin}/`);
    link = await host.evaluate(async (origin) => {
      const client = '/client/index.js';
      const { createMeetingLink } = await import(client);
      return (await createMeetingLink({ origin, room: 'practice' })).url;
    }, server.origin);
    await join(host, mint('doctor', '--admin'));
    await join(guest, mint('patient'));
    await until(host, 'they know each other', standing, ['patient', 'active', 0]);
    await host.evaluate(() => /** @type {any} */ (window).room.moderation.setLocked(true));
    await until(guest, 'the keys are guarded', () => /** @type {any} */ (window).room.encryption.get().guarded);
  });

  after(async () => {
    await Promise.all([host?.close(), guest?.close()]);
    await server?.stop();
    await site?.close();
  });

  /** @param {Page} page @param {string} token */
  const join = (page, token) =>
    page.evaluate(
      async (/** @type {string} */ url, /** @type {string} */ joinToken) => {
        const client = '/client/index.js';
        const { Room, linkKeys } = await import(client);
        const w = /** @type {any} */ (window);
        w.heard = [];
        w.room = new Room({ keys: linkKeys(url) });
        w.room.on('dataReceived', (/** @type {any} */ { text }) => w.heard.push(text));
        await w.room.connect(url, joinToken);
      },
      link,
      token,
    );

  for (const reload of [1, 2]) {
    test(`who reloads gets the keys without being let in again, ${reload}`, async () => {
      await guest.goto(`${site.origin}/`);
      await join(guest, mint('patient'));
      await until(host, 'the host gives it the keys', standing, ['patient', 'active', 0]);
      await until(guest, 'it gives the host its keys', standing, ['doctor', 'active', 0]);
      await until(guest, 'and guards them', () => /** @type {any} */ (window).room.encryption.get().guarded);
      await host.evaluate(
        (number) => /** @type {any} */ (window).room.localParticipant.publishData(`again ${number}`),
        reload,
      );
      await until(guest, 'it can read', (text) => /** @type {any} */ (window).heard.includes(text), [
        `again ${reload}`,
      ]);
    });
  }

  test('the same name under another key gets none until the host lets it in', async () => {
    await guest.evaluate(() => sessionStorage.clear());
    await guest.goto(`${site.origin}/`);
    await join(guest, mint('patient'));
    await until(host, 'it is shown', standing, ['patient', 'apart', 1]);
    const alerts = await host.evaluate(() => /** @type {any} */ (window).room.encryption.get().alerts);
    assert.deepEqual(alerts, [{ code: 'not-admitted', identity: 'patient' }]);
    await host.evaluate(() => /** @type {any} */ (window).room.moderation.letIn('patient'));
    await until(host, 'it is in', standing, ['patient', 'active', 0]);
  });

  test('who closes the page is gone, sooner than one whose connection is lost', async () => {
    for (let times = 0; times < 3; times++) {
      await guest.goto('about:blank');
      await until(host, 'it has left', isAbsent, ['patient'], 20_000);
      await guest.goto(`${site.origin}/`);
      await join(guest, mint('patient'));
      await until(host, 'it is there again', standing, ['patient', 'active', 0]);
    }
  });
});

/** @param {string} identity @param {string[]} flags */
function mint(identity, ...flags) {
  const args = ['token', '--room', 'practice', '--identity', identity, ...flags];
  return execFileSync(binary, args, {
    env: { ...process.env, CONFAB_API_KEYS: keys },
    encoding: 'utf8',
  }).trim();
}

// In the pages.

/** @param {string} identity */
function isAbsent(identity) {
  return !(/** @type {any} */ (window).room.remoteParticipants.get(identity));
}

/** @param {string} identity @param {string} encryption @param {number} alerts */
function standing(identity, encryption, alerts) {
  const { room } = /** @type {any} */ (window);
  return (
    room.remoteParticipants.get(identity)?.encryption === encryption && room.encryption.get().alerts.length === alerts
  );
}
