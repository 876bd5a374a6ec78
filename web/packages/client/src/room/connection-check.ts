import { EngineClient } from './engine-client.js';
import { parseNodeUrl } from './meeting-link.js';
import { requireSupport } from './support.js';
import type { ConnectionReport } from './types.js';

/**
 * Tries whether a node can be reached by each transport and how fast it answers, without joining a room. Never asks
 * for a device. Rejects only for what has nothing to do with the network: a bad link, an insecure page, an old browser, a missing
 * engine, a node that does not trust the page.
 */
export async function checkConnection(url: string | URL): Promise<ConnectionReport> {
  requireSupport();
  const { origin } = parseNodeUrl(url);
  const engine = new EngineClient({
    deltas() {},
    frame: (_track, frame) => frame.close(),
    request: async () => '',
    log() {},
    crashed() {},
  });
  try {
    return await engine.request<'checkConnection'>({ method: 'checkConnection', origin });
  } finally {
    engine.terminate();
  }
}
