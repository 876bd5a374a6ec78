import { pageStorage } from './storage.js';
import type { RoomSnapshot } from './types.js';

type Transport = NonNullable<RoomSnapshot['transport']>;

const storage = pageStorage('localStorage');

/** A laptop may be on another network by then. */
const VALID_MS = 60 * 60 * 1000;

/** Which transport worked last with a node, if that was not long ago: where UDP is blocked, the next join is faster. */
export function transportHint(origin: string): Transport | undefined {
  const [transport, time] = (storage.get(key(origin)) ?? '').split(' ');
  if (transport !== 'webtransport' && transport !== 'websocket') return undefined;
  return Date.now() - Number(time) < VALID_MS ? transport : undefined;
}

export function rememberTransport(origin: string, transport: Transport): void {
  storage.set(key(origin), `${transport} ${Date.now()}`);
}

function key(origin: string): string {
  return `confab transport ${origin}`;
}
