// @ts-check
// A planned meeting on the meeting site, from the invitation to its end for all: one node with SQLite, two with PostgreSQL.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join as path } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { openChromium } from '../browsers/chromium.mjs';
import { openFirefox } from '../browsers/firefox.mjs';
import { until } from '../browsers/page.mjs';
import { freePort, startServer } from '../lib/server.mjs';
import { startPostgres } from '../lib/postgres.mjs';
import { click, enter, othersSeen, seesMoving } from '../lib/meet.mjs';

/** @typedef {import('../browsers/page.mjs').Page} Page */
/** @typedef {import('../lib/server.mjs').Server} Server */

/** @type {Record<string, () => Promise<{ servers: Server[], stop: () => Promise<void> }>>} */
const deployments = {
  'one node with SQLite': async () => {
    const folder = await mkdtemp(path(tmpdir(), 'confab-data-'));
    const server = await startServer({ args: ['--data-dir', folder] });
    return {
      servers: [server],
      stop: async () => {
        await server.stop();
        await rm(folder, { recursive: true });
      },
    };
  },
  'two nodes with PostgreSQL': async () => {
    const database = await startPostgres();
    const env = { CONFAB_DATABASE: database.url, CONFAB_CLUSTER_SECRET: 'x'.repeat(32) };
    const ports = [await freePort(), await freePort()];
    const servers = await Promise.all(
      ports.map((port, i) =>
        startServer({
          env,
          args: ['--cluster-listen', `127.0.0.1:${port}`, '--cluster-peers', `127.0.0.1:${ports[1 - i]}`],
        }),
      ),
    );
    return {
      servers,
      stop: async () => {
        await Promise.all(servers.map((server) => server.stop()));
        await database.stop();
      },
    };
  },
};

for (const [name, deploy] of Object.entries(deployments)) {
  describe(`a meeting on ${name}`, { timeout: 400_000 }, () => {
    /** @type {Awaited<ReturnType<typeof deploy>>} */
    let deployment;
    /** @type {Page} */
    let host;
    /** @type {Page} */
    let guest;
    /** What the host sends, and the same at the guest's node. */
    let link = '';
    let guestLink = '';

    before(async () => {
      deployment = await deploy();
      [host, guest] = await Promise.all([openChromium(), openFirefox()]);
      for (const page of [host, guest]) {
        await page.goto(`${deployment.servers[0]?.origin}/healthz`);
        await page.evaluate(() => localStorage.setItem('confab.preferences', '{"quality":"saver","language":"en"}'));
      }
    });

    after(async () => {
      await Promise.all([host?.close(), guest?.close()]);
      await deployment?.stop();
    });

    test('is planned, and gives an invitation whose secret the server never gets', async () => {
      await host.goto(`${deployment.servers[0]?.origin}/`);
      await click(host, '[data-action=schedule]');
      await host.click('input[name=title]');
      await host.type('Consultation');
      await click(host, '[data-action=plan]');
      link = await until(
        host,
        'the invitation is shown',
        () => document.querySelector('.card .confab-link')?.textContent,
      );
      assert.match(link, /\/m\/[\w.-]+#e1\./);
      await click(host, '[data-action=done]');
      await until(host, 'it is listed', () =>
        document.querySelector('.recent li')?.textContent?.includes('Consultation'),
      );
      const guestNode = deployment.servers.at(-1)?.origin ?? '';
      guestLink = guestNode + new URL(link).pathname + new URL(link).hash;
    });

    test('its owner enters as host', async () => {
      await enter(host, link, 'Hanna Host');
      await inCall(host);
      await click(host, '[data-action=people]');
      await until(host, 'host controls are there', () => document.querySelector('.confab-host-panel') !== null);
      await until(host, 'it guards the keys', () => {
        const { founder, guarded } = /** @type {any} */ (window).confab.room.encryption.get();
        return founder && guarded;
      });
    });

    test('who has the invitation waits', async () => {
      await enter(guest, guestLink, 'Gus Guest');
      await until(guest, 'the waiting screen is shown', () => document.querySelector('[data-phase=waiting]') !== null);
      await until(host, 'the host is told who', () =>
        document.querySelector('.confab-waiting-list li')?.textContent?.startsWith('Gus Guest'),
      );
      assert.deepEqual(await othersSeen(host), []);
    });

    test('and is let in', async () => {
      await click(host, '[data-action=admit]');
      await inCall(guest);
      await seesMoving(host, 'Gus Guest');
      await seesMoving(guest, 'Hanna Host');
    });

    test('a guest is no host', async () => {
      await click(guest, '[data-action=people]');
      await until(guest, 'both are listed', () => document.querySelectorAll('.confab-people li').length === 2);
      const refused = await guest.evaluate(() =>
        /** @type {any} */ (window).confab.room.moderation.end().then(
          () => 'done',
          (/** @type {any} */ error) => error.code,
        ),
      );
      assert.equal(refused, 'forbidden');
    });

    test('a host is told what was done, and what not', async () => {
      const answers = await host.evaluate(async () => {
        const { moderation } = /** @type {any} */ (window).confab.room;
        const all = [
          moderation.lowerHand(),
          moderation.muteAll(),
          moderation.admit('nobody'),
          moderation.remove('nobody'),
        ];
        return (await Promise.allSettled(all)).map((one) => (one.status === 'rejected' ? one.reason.code : one.status));
      });
      assert.deepEqual(answers, ['fulfilled', 'fulfilled', 'closed', 'closed']);
    });

    test('who was let in is back at once when the page is loaded anew, in a locked meeting too', async () => {
      await enter(guest, guestLink, 'Gus Guest');
      await inCall(guest);
      await click(host, '[data-action=waiting-room]');
      await click(host, '[data-action=lock]');
      await until(host, 'it is locked', () => {
        const box = /** @type {HTMLInputElement | null} */ (document.querySelector('[data-action=lock]'));
        return box?.checked;
      });
      await enter(guest, guestLink, 'Gus Guest');
      await inCall(guest);
      assert.equal(await host.evaluate(() => document.querySelector('.confab-waiting-list')), null);
    });

    test('its settings outlast the call: for somebody new it stays locked', async () => {
      await click(guest, '[data-action=leave]');
      await until(guest, 'the end is shown', () => document.querySelector('.confab-ended') !== null);
      await guest.evaluate(async () => void (await fetch('/v1/sign-out', { method: 'POST' })));
      await enter(guest, guestLink, 'Nina New');
      await until(guest, 'it is refused', () =>
        document.querySelector('.confab-ended h1')?.textContent?.includes('locked'),
      );
      await click(host, '[data-action=lock]');
    });

    test('ends for all, and nobody comes back', async () => {
      await until(host, 'it is open', () => {
        const box = /** @type {HTMLInputElement | null} */ (document.querySelector('[data-action=lock]'));
        return box && !box.checked;
      });
      await enter(guest, guestLink, 'Gus Guest');
      await inCall(guest);
      await click(host, '[data-action=end-ask]');
      await click(host, '[data-action=end]');
      for (const page of [host, guest]) {
        await until(page, 'the end is told', () =>
          document.querySelector('.confab-ended h1')?.textContent?.includes('over'),
        );
      }
      await enter(guest, guestLink, 'Gus Guest');
      await until(guest, 'it is over', () => document.querySelector('.confab-ended h1')?.textContent?.includes('over'));
    });
  });
}

/** @param {Page} page */
function inCall(page) {
  return until(page, 'the call is shown', () => document.querySelector('.confab-call[data-state=connected]') !== null);
}
