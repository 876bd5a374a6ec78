import { parseConnectDocument, type ConnectDocument } from '../wire/connect-document.js';
import type { Dial } from './connection.js';
import { LinkError } from './errors.js';
import { MemoryHints, type TransportHints } from './hints.js';
import { dialWebSocket } from './websocket.js';
import { dialWebTransport } from './webtransport.js';

/** What a link needs of the world around it. */
export interface LinkEnvironment {
  /** Gets `/v1/connect` of an origin. */
  fetchDocument(origin: string, signal: AbortSignal): Promise<ConnectDocument>;
  /** Absent where the browser has no WebTransport. */
  readonly dialWebTransport: Dial<NonNullable<ConnectDocument['webtransport']>> | undefined;
  readonly dialWebSocket: Dial<ConnectDocument['websocket']>;
  /** Whether `auto` keeps away from WebTransport, because the browser's is not fit for calls. */
  readonly avoidWebTransport: boolean;
  readonly hints: TransportHints;
  /** Fires `online` when the network comes back. */
  readonly network: EventTarget;
  /** Names this client in the node's logs; at most 64 bytes. */
  readonly userAgent: string;
  /** From 0 to below 1. */
  random(): number;
}

const workerHints = new MemoryHints();

/** The environment of a page or worker. `hints` default to a memory as long as the worker's life. */
export function browserEnvironment(hints: TransportHints = workerHints): LinkEnvironment {
  const { userAgent } = navigator;
  return {
    fetchDocument,
    dialWebTransport: typeof WebTransport === 'undefined' ? undefined : dialWebTransport,
    dialWebSocket,
    avoidWebTransport: isWebKit(userAgent),
    hints,
    network: globalThis,
    userAgent: `confab-web ${/(Firefox|Edg|Chrome|Version)\/[\d.]+/.exec(userAgent)?.[0] ?? ''}`.slice(0, 64).trim(),
    random: Math.random,
  };
}

/**
 * Safari's WebTransport does not give out stream credit again and may die of reading datagrams, so a call over it stops
 * after a while; its WebSocket is sound.
 */
function isWebKit(userAgent: string): boolean {
  return userAgent.includes('AppleWebKit/') && !/Chrome\/|Chromium\/|Edg\//.test(userAgent);
}

async function fetchDocument(origin: string, signal: AbortSignal): Promise<ConnectDocument> {
  const url = new URL('/v1/connect', origin);
  const response = await fetch(url, { cache: 'no-store', credentials: 'omit', signal });
  if (response.status === 403) {
    const page = globalThis.origin;
    throw new LinkError('untrusted-origin', `${origin} refuses pages of ${page}: give it --trusted-origin ${page}`, {
      retryable: false,
    });
  }
  if (!response.ok)
    throw new LinkError('unreachable', `${url.href} answered ${response.status}: is this a Confab node?`);
  return parseConnectDocument(await response.json());
}
