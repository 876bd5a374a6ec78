import type { Rotation } from '../media/types.js';
import { PendingCalls } from './calls.js';
import { errorState, Failure } from './failure.js';
import type { Delta, EngineRequest, FromEngine, LogLevel, PageRequest, ToEngine } from './protocol.js';

/** The part of a worker's global scope that the engine uses. */
export interface PagePort {
  postMessage(message: FromEngine, transfer: Transferable[]): void;
  onmessage: ((event: MessageEvent<ToEngine>) => void) | null;
}

export interface PageHandlers {
  /** Its result, or its rejection, is the answer. */
  request(request: PageRequest): Promise<unknown>;
  /** The frame is the handler's to close. */
  frame(key: number, frame: VideoFrame): void;
  wantedHeight(track: string, height: number): void;
  ticks(port: MessagePort): void;
}

/** The engine's end of the page. Deltas of one turn of the event loop travel as one message. */
export class Page {
  readonly #port: PagePort;
  readonly #calls = new PendingCalls((state) => new Failure(state.code, state.message, state.retryable));
  #deltas: Delta[] = [];

  constructor(port: PagePort) {
    this.#port = port;
  }

  /** Begins to receive. */
  listen(handlers: PageHandlers): void {
    this.#port.onmessage = ({ data: message }) => {
      switch (message.type) {
        case 'request':
          return void this.#answer(message.id, handlers.request(message.request));
        case 'answer':
          return this.#calls.settle(message);
        case 'frame':
          return handlers.frame(message.key, message.frame);
        case 'wantedHeight':
          return handlers.wantedHeight(message.track, message.height);
        case 'ticks':
          return handlers.ticks(message.port);
      }
    };
  }

  readonly emit = (delta: Delta): void => {
    if (this.#deltas.push(delta) === 1) queueMicrotask(() => this.#flush());
  };

  request(request: EngineRequest): Promise<unknown> {
    // It may be about what the page has yet to be told of.
    this.#flush();
    return this.#calls.call((id) => this.#port.postMessage({ type: 'request', id, request }, []));
  }

  /** Transfers the frame. */
  show(track: string, frame: VideoFrame, rotation: Rotation): void {
    this.#port.postMessage({ type: 'frame', track, frame, rotation }, [frame]);
  }

  log(level: LogLevel, message: string): void {
    this.#port.postMessage({ type: 'log', level, message }, []);
  }

  async #answer(id: number, result: Promise<unknown>): Promise<void> {
    try {
      const value = await result;
      // What the request changed is seen before its answer.
      this.#flush();
      this.#port.postMessage({ type: 'answer', id, value }, []);
    } catch (error) {
      this.#flush();
      this.#port.postMessage({ type: 'answer', id, error: errorState(error) }, []);
    }
  }

  #flush(): void {
    if (this.#deltas.length === 0) return;
    const deltas = this.#deltas;
    this.#deltas = [];
    this.#port.postMessage({ type: 'deltas', deltas }, []);
  }
}
