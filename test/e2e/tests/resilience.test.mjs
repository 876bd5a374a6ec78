// @ts-check
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { until } from '../browsers/page.mjs';
import { blockUdp } from '../lib/firewall.mjs';
import { comesTo } from '../lib/meet.mjs';
import { startServer } from '../lib/server.mjs';
import { engines, names, openThree } from '../lib/three.mjs';

describe('a call that loses its network or its server', { timeout: 400_000 }, () => {
  /** @type {import('../lib/server.mjs').Server} */
  let server;
  /** @type {import('../lib/three.mjs').Three} */
  let three;
  /** Outlives the server: meetings, and who is a guest. */
  let data = '';

  before(async () => {
    data = await mkdtemp(join(tmpdir(), 'confab-data-'));
    server = await startServer({ env: { CONFAB_DATA_DIR: data } });
    three = await openThree(server.origin);
    await three.joinAll();
    await three.everyoneSeesAndHears();
  });

  after(async () => {
    await three?.close();
    await server?.stop();
    await rm(data, { recursive: true });
  });

  test('UDP cut off: everyone is on WebSocket within 5 s, and nobody was seen to leave', async () => {
    const { chromium, firefox } = three.pages;
    for (const page of [chromium, firefox]) await comesTo(page, 'webtransport');
    for (const engine of engines) await three.pages[engine].evaluate(countDepartures);
    const unblock = blockUdp(server.port);
    try {
      await Promise.all(
        [chromium, firefox].map((page) => until(page, 'the call goes on over WebSocket', onWebSocket, [], 5_000)),
      );
      await three.everyoneSeesAndHears();
      for (const engine of engines) {
        assert.equal(await three.pages[engine].evaluate(departures), 0, `${engine} saw somebody leave`);
      }
    } finally {
      unblock();
    }
  });

  test('the server is killed and started again: everyone is back within 10 s by themselves', async () => {
    for (const engine of engines) await three.pages[engine].evaluate(countDepartures);
    await server.stop('SIGKILL');
    server = await startServer({ port: server.port, env: { CONFAB_DATA_DIR: data } });
    const others = (/** @type {string} */ engine) =>
      engines.filter((other) => other !== engine).map((other) => names[other]);
    await Promise.all(
      engines.map((engine) =>
        until(three.pages[engine], 'everyone is back', backWith, [others(engine).sort()], 10_000),
      ),
    );
    await three.everyoneSeesAndHears();
    for (const engine of engines) {
      assert.equal(await three.pages[engine].evaluate(departures), 0, `${engine} saw somebody leave`);
    }
  });
});

const onWebSocket = () => {
  const { state, transport } = /** @type {any} */ (window).confab.room.snapshot.get();
  return state === 'connected' && transport === 'websocket';
};

const backWith = (/** @type {string[]} */ wanted) => {
  const { state, remotes } = /** @type {any} */ (window).confab.room.snapshot.get();
  const present = remotes
    .filter((/** @type {any} */ p) => !p.away && p.encryption === 'active')
    .map((/** @type {any} */ p) => p.name)
    .sort();
  return state === 'connected' && JSON.stringify(present) === JSON.stringify(wanted);
};

const countDepartures = () => {
  const w = /** @type {any} */ (window);
  w.departures = 0;
  w.stopCounting?.();
  w.stopCounting = w.confab.room.on('participantDisconnected', () => w.departures++);
};
const departures = () => /** @type {any} */ (window).departures;
