import type { ConnectDocument } from '../wire/connect-document.js';
import type { Connection } from './connection.js';
import type { LinkEnvironment } from './environment.js';
import { race, type Runner } from './race.js';
import { within } from './timing.js';
import type { LinkOptions, TransportKind } from './types.js';

/** How a connection is looked for: as usual, first by WebSocket because WebTransport is failing, or only to move up. */
export type Route = 'usual' | 'websocket-first' | 'webtransport-only';

/** WebTransport's lead over WebSocket (spec/wire.md §1.3). */
const webTransportLeadMs = 800;
/** WebSocket's lead where it was WebSocket that worked last. */
const webSocketLeadMs = 3000;
const documentMs = 4000;

/** Opens connections to a node: asks it how it is reached, and races the transports. */
export class Connector {
  #origin: string;
  #document: ConnectDocument | undefined;

  constructor(
    private readonly options: Pick<LinkOptions, 'origin' | 'transport'>,
    private readonly environment: LinkEnvironment,
  ) {
    this.#origin = options.origin;
  }

  /** The node that is connected to next. */
  get origin(): string {
    return this.#origin;
  }

  /** Whether WebTransport is wanted and there, as far as is known. */
  get mayUseWebTransport(): boolean {
    if (!this.environment.dialWebTransport || this.options.transport === 'websocket') return false;
    if (this.options.transport === 'auto' && this.environment.avoidWebTransport) return false;
    return this.#document === undefined || this.#document.webtransport !== undefined;
  }

  /** Turns to another node. */
  turnTo(origin: string): void {
    if (origin === this.#origin) return;
    this.#origin = origin;
    this.#document = undefined;
  }

  /** Remembers which transport worked, where there was a choice. */
  worked(kind: TransportKind): void {
    if (this.options.transport === 'auto') this.environment.hints.set(this.#origin, kind);
  }

  /** Asks the node how it is reached, unless it is known and `fresh` is not set. */
  async ask(fresh: boolean, signal: AbortSignal): Promise<void> {
    if (!fresh && this.#document) return;
    const origin = this.#origin;
    const document = await within(documentMs, `${origin}/v1/connect`, signal, (bounded) =>
      this.environment.fetchDocument(origin, bounded),
    );
    if (origin === this.#origin) this.#document = document;
  }

  /** Opens a connection. {@link ask} was called before. */
  open(route: Route, signal: AbortSignal): Promise<Connection> {
    const { dialWebTransport, dialWebSocket, hints } = this.environment;
    const { webtransport, websocket } = this.#document!;
    const ways: Record<TransportKind, Runner['dial'] | undefined> = {
      webtransport:
        this.mayUseWebTransport && webtransport ? (signal) => dialWebTransport!(webtransport, signal) : undefined,
      websocket:
        this.options.transport !== 'webtransport' && route !== 'webtransport-only'
          ? (signal) => dialWebSocket(websocket, signal)
          : undefined,
    };
    const webSocketFirst =
      route === 'websocket-first' || (route === 'usual' && hints.get(this.#origin) === 'websocket');
    const kinds: TransportKind[] = webSocketFirst ? ['websocket', 'webtransport'] : ['webtransport', 'websocket'];
    const runners: Runner[] = [];
    for (const kind of kinds) {
      const dial = ways[kind];
      if (!dial) continue;
      const leadMs = webSocketFirst ? webSocketLeadMs : webTransportLeadMs;
      runners.push({ kind, dial, delayMs: runners.length === 0 ? 0 : leadMs });
    }
    return race(runners, signal);
  }
}
