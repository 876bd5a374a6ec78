// @ts-check
import { createServer } from 'node:http';
import { once } from 'node:events';

/**
 * Serves files made in memory on localhost, which browsers hold for a secure origin.
 *
 * @param {Record<string, { type: string, body: string }>} files By path.
 * @returns {Promise<{ origin: string, close: () => Promise<void> }>}
 */
export async function serveFiles(files) {
  const server = createServer((request, response) => {
    const file = files[new URL(request.url ?? '/', 'http://localhost').pathname];
    response.writeHead(file ? 200 : 404, { 'content-type': file?.type ?? 'text/plain' });
    response.end(file?.body ?? 'not found');
  });
  server.listen(0, 'localhost');
  await once(server, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return {
    origin: `http://localhost:${port}`,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
