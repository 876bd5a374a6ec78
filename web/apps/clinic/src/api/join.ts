import type { KeyProvider } from '@confab/client';
import { post } from './request.js';
import type { Ticket } from './types.js';

/** What it takes to enter the call of a visit. */
export interface Entrance {
  readonly node: string;
  readonly keys: KeyProvider;
  /** The first token, which was just made. */
  readonly token: string;
}

/** Asks the clinic for a way into a call. A token lasts minutes, so a call asks anew whenever it has to connect. */
export async function entrance(visit: string, key: string | undefined, signal?: AbortSignal): Promise<Entrance> {
  const ticket = await post<Ticket>(`visits/${visit}/join`, undefined, { key, signal });
  const secret = Uint8Array.from(atob(ticket.secret), (character) => character.charCodeAt(0));
  return { node: ticket.node, token: ticket.token, keys: { secret } };
}
