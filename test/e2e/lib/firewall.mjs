// @ts-check
import { execFileSync } from 'node:child_process';

/** @param {string} commands */
export function nft(commands) {
  if (process.env.CONFAB_E2E_NETWORK !== 'own') {
    throw new Error('This test changes its network: run it through `node run.mjs`, which gives it one of its own.');
  }
  execFileSync('nft', ['-f', '-'], { input: commands });
}

/** Drops every UDP packet to or from the port, as many companies' networks do. Returns what lets them pass again. */
export function blockUdp(/** @type {number} */ port) {
  const table = `confab_udp_${port}`;
  nft(`add table inet ${table}
add chain inet ${table} in { type filter hook input priority 0; }
add rule inet ${table} in udp dport ${port} drop
add rule inet ${table} in udp sport ${port} drop`);
  return () => nft(`delete table inet ${table}`);
}
