// @ts-check
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join as path } from 'node:path';
import { fileURLToPath } from 'node:url';
import { here, openHosts } from './hosts.mjs';
import { openPassage } from './passage.mjs';
import { startServer } from './server.mjs';

const natsServer =
  process.env.CONFAB_NATS_SERVER ?? fileURLToPath(new URL('../../../bin/nats-server', import.meta.url));
const firstPort = 8081;
const clusterPort = 6222;
const natsPort = 4222;
const natsMonitor = 8222;
const secret = 'a secret of the tests, 32 bytes or more';

/** @typedef {import('./hosts.mjs').Host} Host */

/**
 * What joins nodes.
 *
 * @typedef {object} Backbone
 * @property {(host: Host) => Record<string, string>} env Of a node at a host.
 * @property {() => Promise<void>} stop
 */

/**
 * Nodes that are joined, each a process at a host of its own.
 *
 * @typedef {object} Nodes
 * @property {string[]} origins Where a browser of this machine reaches each.
 * @property {() => Promise<void>} stop
 */

/**
 * @param {number} count
 * @param {(hosts: Host[], spare: Host) => Promise<Backbone>} join
 * @returns {Promise<Nodes>}
 */
export async function startNodes(count, join) {
  const ports = Array.from({ length: count + 1 }, (_, i) => firstPort + i);
  const network = await openHosts(ports);
  const hosts = network.hosts.slice(0, count);
  const state = await mkdtemp(path(tmpdir(), 'confab-nodes-'));
  const backbone = await join(hosts, /** @type {Host} */ (network.hosts[count]));
  const servers = await Promise.all(
    hosts.map((host, i) =>
      startServer({
        port: firstPort + i,
        host: '127.0.0.1',
        prefix: host.prefix,
        env: { ...backbone.env(host), CONFAB_NODE_URL: `http://127.0.0.1:${firstPort + i}` },
        args: ['--node', `node ${i + 1}`, '--state-dir', path(state, String(i))],
      }),
    ),
  );
  for (const server of servers) await knowsAll(server.origin, count);
  return {
    origins: servers.map((server) => server.origin),
    stop: async () => {
      await Promise.all(servers.map((server) => server.stop()));
      await backbone.stop();
      await network.close();
      await rm(state, { recursive: true });
    },
  };
}

/** NATS inside the nodes. @param {Host[]} hosts @returns {Promise<Backbone>} */
export async function embedded(hosts) {
  const peers = hosts.map((host) => `${host.address}:${clusterPort}`).join(',');
  return {
    env: (host) => ({
      CONFAB_CLUSTER_LISTEN: `${host.address}:${clusterPort}`,
      CONFAB_CLUSTER_PEERS: peers,
      CONFAB_CLUSTER_SECRET: secret,
    }),
    stop: async () => {},
  };
}

/** A server of NATS at a host of its own. @param {Host[]} _ @param {Host} spare @returns {Promise<Backbone>} */
export async function nats(_, spare) {
  const folder = await mkdtemp(path(tmpdir(), 'confab-nats-'));
  const config = path(folder, 'nats.conf');
  await writeFile(config, 'max_payload: 8MB\n');
  const [command, ...args] = [...spare.prefix, natsServer, '--config', config, '--port', String(natsPort)];
  const child = spawn(/** @type {string} */ (command), [...args, '--http_port', String(natsMonitor)], {
    stdio: 'ignore',
  });
  await answers(`http://${spare.address}:${natsMonitor}/healthz`, (response) => response.ok);
  return {
    env: () => ({ CONFAB_BACKBONE: `nats://${spare.address}:${natsPort}` }),
    stop: async () => {
      const ended = once(child, 'exit');
      child.kill();
      await ended;
      await rm(folder, { recursive: true });
    },
  };
}

/** The server of Apache Iggy that CONFAB_TEST_IGGY names. @returns {Promise<Backbone>} */
export async function iggy() {
  const url = new URL(/** @type {string} */ (process.env.CONFAB_TEST_IGGY));
  const path = /** @type {string} */ (process.env.CONFAB_E2E_IGGY_SOCKET);
  const close = await openPassage({ host: here, port: Number(url.port) }, { path });
  url.hostname = here;
  url.pathname = '/confab-e2e';
  return { env: () => ({ CONFAB_BACKBONE: url.href }), stop: close };
}

/** @param {string} origin @param {number} count */
function knowsAll(origin, count) {
  return answers(`${origin}/v1/nodes`, async (response) => {
    const nodes = /** @type {{ reachable: boolean }[]} */ (await response.json());
    return nodes.filter((node) => node.reachable).length === count;
  });
}

/**
 * Asks until the answer is right; the deadline only bounds a failure.
 *
 * @param {string} url
 * @param {(response: Response) => boolean | Promise<boolean>} right
 */
async function answers(url, right) {
  const end = Date.now() + 60_000;
  for (;;) {
    try {
      if (await right(await fetch(url))) return;
    } catch {
      // Not listening yet.
    }
    if (Date.now() > end) throw new Error(`${url} does not answer as it should`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
