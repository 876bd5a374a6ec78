// @ts-check
import { once } from 'node:events';
import { connect, createServer } from 'node:net';

/**
 * Leads TCP connections on to another place. One that has a path is in every network of the machine.
 *
 * @param {{ path: string } | { host: string, port: number }} from
 * @param {{ path: string } | { host: string, port: number }} to
 * @returns {Promise<() => Promise<void>>} What ends it.
 */
export async function openPassage(from, to) {
  /** @type {Set<import('node:net').Socket>} */
  const sockets = new Set();
  const server = createServer((near) => {
    const far = connect(to);
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
      socket.on('error', () => (near.destroy(), far.destroy()));
    }
    near.pipe(far).pipe(near);
  });
  server.listen(from);
  await once(server, 'listening');
  return async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  };
}
