import { LinkError } from './errors.js';
import type { Route } from './connector.js';
import type { Session } from './session.js';
import type { TransportKind } from './types.js';

/**
 * Why a connection is looked for, from the least to the most urgent: to move from WebSocket to WebTransport; because the
 * node is going away; because the one in use is silent or stuck; because there is none; because there never was one.
 */
export type SearchPurpose = 'upgrade' | 'go-away' | 'failover' | 'reconnect' | 'join';

const urgency: Record<SearchPurpose, number> = { upgrade: 0, 'go-away': 1, failover: 2, reconnect: 3, join: 4 };

/** One search for a connection, over as many attempts as it takes. */
export class Search {
  /** Set while Hello is out: from then on the node may have given up the connection in use for the new one. */
  committed = false;
  /** The session the present Hello resumes. */
  resumes: Session | undefined;
  readonly #controller = new AbortController();
  #wake: (() => void) | undefined;

  constructor(public purpose: SearchPurpose) {}

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Whether a search for `purpose` should be begun instead. A failover under way just becomes more urgent. */
  yieldsTo(purpose: SearchPurpose): boolean {
    if (this.committed || urgency[this.purpose] >= urgency[purpose]) return false;
    if (this.purpose !== 'failover') return true;
    this.purpose = purpose;
    return false;
  }

  /** The route of the next attempt, away from the transport in use when that is what fails. */
  route(inUse: TransportKind | undefined): Route {
    if (this.purpose === 'upgrade') return 'webtransport-only';
    if (this.purpose === 'failover' && inUse === 'webtransport') return 'websocket-first';
    return 'usual';
  }

  commit(resumes: Session | undefined): void {
    this.committed = true;
    this.resumes = resumes;
  }

  failed(): void {
    this.committed = false;
    this.resumes = undefined;
  }

  /** Resolves when {@link wake} is called. */
  woken(): Promise<void> {
    return new Promise((resolve) => (this.#wake = resolve));
  }

  /** Tries again at once: the network is back. */
  wake(): void {
    this.#wake?.();
  }

  stop(): void {
    this.#controller.abort(new LinkError('aborted', 'the search is over'));
  }
}
