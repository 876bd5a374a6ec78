import { PendingCalls } from '../engine/calls.js';
import type {
  Delta,
  EngineRequest,
  ErrorState,
  FromEngine,
  LogLevel,
  PageRequest,
  PageResults,
  ToEngine,
} from '../engine/protocol.js';
import { warmUp } from '../media/main/warm-up.js';
import type { Rotation } from '../media/types.js';
import { ENGINE_WORKER } from './assets.js';
import { RoomError } from './errors.js';

/** By then a worker has read its script. */
const REVOKE_MS = 60_000;

export interface EngineHandlers {
  deltas(deltas: readonly Delta[]): void;
  /** The frame is the handler's to close. */
  frame(track: string, frame: VideoFrame, rotation: Rotation): void;
  /** Answers what the engine asks of the page; a port is transferred. */
  request(request: EngineRequest): Promise<unknown>;
  log(level: LogLevel, message: string): void;
  /** The worker could not be loaded or died. It answers nothing any more. */
  crashed(error: RoomError): void;
}

/** The page's end of one engine worker. */
export class EngineClient {
  readonly #handlers: EngineHandlers;
  readonly #calls = new PendingCalls(roomErrorOf);
  /** What is said to the worker before it is there. */
  #early: [ToEngine, Transferable[]][] = [];
  #worker: Worker | undefined;
  #ended = false;

  constructor(handlers: EngineHandlers) {
    this.#handlers = handlers;
    // The engine tries codecs as soon as it is asked anything, which is a media call.
    warmUp()
      .then(() => this.#start())
      .catch((error: unknown) => this.#crash(unable(error instanceof Error ? error.message : String(error))));
  }

  request<M extends PageRequest['method']>(
    request: Extract<PageRequest, { method: M }>,
    transfer: Transferable[] = [],
  ): Promise<PageResults[M]> {
    if (this.#ended) return Promise.reject(closedError());
    return this.#calls.call((id) => this.post({ type: 'request', id, request }, transfer)) as Promise<PageResults[M]>;
  }

  post(message: ToEngine, transfer: Transferable[] = []): void {
    if (this.#ended) {
      if (message.type === 'frame') message.frame.close();
      return;
    }
    if (this.#worker) this.#worker.postMessage(message, transfer);
    else this.#early.push([message, transfer]);
  }

  /** Ends the worker at once; what is unanswered is rejected. */
  terminate(reason = closedError()): void {
    if (this.#ended) return;
    this.#ended = true;
    if (this.#worker) {
      this.#worker.onmessage = this.#worker.onerror = null;
      this.#worker.terminate();
    }
    this.#calls.failAll(reason);
  }

  #start(): void {
    if (this.#ended) return;
    const worker = startWorker();
    let loaded = false;
    worker.onmessage = (event: MessageEvent<FromEngine>) => {
      loaded = true;
      this.#receive(event.data);
    };
    worker.onerror = (event) => {
      // Later it is a fault of one part, which the call as a whole may survive.
      if (loaded) this.#handlers.log('error', `uncaught in the engine: ${event.message}`);
      else this.#crash(event.message ? unable(event.message) : missing());
    };
    this.#worker = worker;
    for (const [message, transfer] of this.#early) worker.postMessage(message, transfer);
    this.#early = [];
  }

  #receive(message: FromEngine): void {
    switch (message.type) {
      case 'answer':
        return this.#calls.settle(message);
      case 'request':
        return void this.#answer(message.id, message.request);
      case 'deltas':
        return this.#handlers.deltas(message.deltas);
      case 'frame':
        return this.#handlers.frame(message.track, message.frame, message.rotation);
      case 'log':
        return this.#handlers.log(message.level, message.message);
    }
  }

  async #answer(id: number, request: EngineRequest): Promise<void> {
    try {
      const value = await this.#handlers.request(request);
      this.post({ type: 'answer', id, value }, value instanceof MessagePort ? [value] : []);
    } catch (error) {
      this.post({ type: 'answer', id, error: errorStateOf(error) });
    }
  }

  #crash(error: RoomError): void {
    this.terminate(error);
    this.#handlers.crashed(error);
  }
}

export function roomErrorOf(state: ErrorState): RoomError {
  return new RoomError(state.code, state.message, state.retryable);
}

function errorStateOf(error: unknown): ErrorState {
  if (error instanceof RoomError) return { code: error.code, message: error.message, retryable: error.retryable };
  return { code: 'unauthorized', message: error instanceof Error ? error.message : String(error), retryable: false };
}

/** What nothing can be done with any more, or yet. */
export function closedError(): RoomError {
  return new RoomError('closed', 'The room is closed. Connect to it first.');
}

function unable(reason: string): RoomError {
  return new RoomError('unsupported', `The media engine could not run in this browser: ${reason}.`);
}

/** What a browser says nothing of: there is no such file, or the page's policy forbids it. */
function missing(): RoomError {
  const message = `The engine did not load from ${ENGINE_WORKER.href}: docs/troubleshooting.md says what to look at.`;
  return new RoomError('engine-missing', message, true);
}

function startWorker(): Worker {
  const options = { type: 'module', name: 'confab-engine' } as const;
  // Turbopack gives a URL of a path alone; and of one that it can follow to new Worker it makes a worker that is no module.
  const address = new URL(ENGINE_WORKER.href, globalThis.location.href);
  if (address.origin === globalThis.location.origin) return new Worker(address.href, options);
  // Browsers refuse a worker script of another origin (a CDN), but not one that imports it.
  const source = `import ${JSON.stringify(address.href)};`;
  const url = URL.createObjectURL(new Blob([source], { type: 'text/javascript' }));
  const worker = new Worker(url, options);
  setTimeout(() => URL.revokeObjectURL(url), REVOKE_MS);
  return worker;
}
