import type { ConnectionReport } from '../room/types.js';
import type { Connection } from '../transport/connection.js';
import { browserEnvironment, LinkError, type TransportKind } from '../transport/index.js';
import { encodeClientMessage } from '../wire/control.js';
import { HelloSchema } from '../wire/gen/confab/v1/control_pb.js';
import { create } from '../wire/protobuf/create.js';
import { wireFailure } from './wire-errors.js';

const LONGEST_MS = 6_000;

type Way = ConnectionReport[TransportKind];
type Attempt = Way & { readonly rttMs?: number };

/**
 * Opens a connection by each transport, and on it says Hello in no version, which a node answers with an error: so
 * whatever stands between has let messages through both ways, and nobody was joined.
 */
export async function checkConnection(origin: string): Promise<ConnectionReport> {
  const environment = browserEnvironment();
  const signal = AbortSignal.timeout(LONGEST_MS);
  let document;
  try {
    document = await environment.fetchDocument(origin, signal);
  } catch (error) {
    if (error instanceof LinkError && !error.retryable) throw wireFailure(error.code, error.message);
    const unreachable: Way = { ok: false, ms: 0, reason: reasonOf(error) };
    return { ok: false, webtransport: unreachable, websocket: unreachable, rttMs: undefined };
  }
  const { webtransport: endpoint, websocket } = document;
  const { dialWebTransport, dialWebSocket } = environment;
  const ways: Record<TransportKind, (() => Promise<Connection>) | string> = {
    websocket: () => dialWebSocket(websocket, signal),
    webtransport: !dialWebTransport
      ? 'this browser has no WebTransport'
      : !endpoint
        ? 'the server offers no WebTransport'
        : () => dialWebTransport(endpoint, signal),
  };
  const [first, second] = await Promise.all([attempt(ways.webtransport, signal), attempt(ways.websocket, signal)]);
  const rtts = [first.rttMs, second.rttMs].filter((ms) => ms !== undefined);
  return {
    ok: first.ok || second.ok,
    webtransport: wayOf(first),
    websocket: wayOf(second),
    rttMs: rtts.length > 0 ? Math.round(Math.min(...rtts)) : undefined,
  };
}

async function attempt(dial: (() => Promise<Connection>) | string, signal: AbortSignal): Promise<Attempt> {
  if (typeof dial === 'string') return { ok: false, ms: 0, reason: dial };
  const start = performance.now();
  try {
    const connection = await dial();
    const ms = Math.round(performance.now() - start);
    try {
      return { ok: true, ms, rttMs: await roundTrip(connection, signal) };
    } finally {
      connection.close();
    }
  } catch (error) {
    return { ok: false, ms: Math.round(performance.now() - start), reason: reasonOf(error) };
  }
}

function roundTrip(connection: Connection, signal: AbortSignal): Promise<number> {
  return new Promise((resolve, reject) => {
    const start = performance.now();
    signal.addEventListener('abort', () => reject(new Error('it opened, but no message came through')));
    connection.start({
      control: () => resolve(performance.now() - start),
      object() {},
      fault() {},
      abandoned() {},
      probe() {},
      ended: () => reject(new Error('it opened, but was closed without an answer')),
    });
    connection.sendControl(encodeClientMessage({ case: 'hello', value: create(HelloSchema, { versions: [] }) }));
  });
}

function wayOf({ ok, ms, reason }: Attempt): Way {
  return { ok, ms, ...(reason !== undefined && { reason }) };
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
