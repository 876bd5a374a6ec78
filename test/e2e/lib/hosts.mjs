// @ts-check
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { nft } from './firewall.mjs';

const bridge = 'hosts';
const network = '198.18.0';
/** The address of the test itself, for the hosts. */
export const here = `${network}.254`;

/**
 * A host in the test's network, with a network namespace and an address of its own.
 *
 * @typedef {object} Host
 * @property {string} address
 * @property {string[]} prefix What runs a command there, in front of it.
 */

/**
 * Makes hosts that reach each other, and that the test reaches by their addresses and by 127.0.0.1 at the ports: browsers
 * open cameras and microphones for no other page without a certificate.
 *
 * @param {number[]} ports One for each host, TCP and UDP.
 * @returns {Promise<{ hosts: Host[], close: () => Promise<void> }>}
 */
export async function openHosts(ports) {
  ip('link', 'add', bridge, 'type', 'bridge');
  ip('addr', 'add', `${here}/24`, 'dev', bridge);
  ip('link', 'set', bridge, 'up');
  writeFileSync(`/proc/sys/net/ipv4/conf/${bridge}/route_localnet`, '1');
  const opened = await Promise.all(ports.map((_, i) => openHost(i + 1)));
  nft(`add table ip ${bridge}
add chain ip ${bridge} out { type nat hook output priority -100; }
add chain ip ${bridge} post { type nat hook postrouting priority 100; }
add rule ip ${bridge} post oifname ${bridge} ip saddr 127.0.0.1 masquerade
${ports.map((port, i) => `add rule ip ${bridge} out ip daddr 127.0.0.1 meta l4proto { tcp, udp } th dport ${port} dnat to ${opened[i]?.address}`).join('\n')}`);
  return {
    hosts: opened,
    close: async () => {
      await Promise.all(opened.map((host) => host.close()));
      nft(`delete table ip ${bridge}`);
      ip('link', 'del', bridge);
    },
  };
}

/** @param {number} number */
async function openHost(number) {
  const holder = spawn('unshare', ['--net', 'sh', '-c', 'ip link set lo up && echo made && exec cat'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const [line] = await once(createInterface(holder.stdout), 'line');
  if (line !== 'made') throw new Error(`No network namespace was made: ${line}`);
  const near = `host${number}`;
  const address = `${network}.${number}`;
  const prefix = ['nsenter', `--net=/proc/${holder.pid}/ns/net`];
  ip('link', 'add', near, 'master', bridge, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', String(holder.pid));
  ip('link', 'set', near, 'up');
  for (const command of [
    ['addr', 'add', `${address}/24`, 'dev', 'eth0'],
    ['link', 'set', 'eth0', 'up'],
  ]) {
    execFileSync(/** @type {string} */ (prefix[0]), [...prefix.slice(1), 'ip', ...command]);
  }
  return {
    address,
    prefix,
    close: async () => {
      const ended = once(holder, 'exit');
      holder.stdin.end();
      await ended;
    },
  };
}

/** @param {string[]} args */
function ip(...args) {
  execFileSync('ip', args);
}
