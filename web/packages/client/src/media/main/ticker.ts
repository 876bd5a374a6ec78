/** A timer that a hidden tab does not slow down. */
export interface Ticker {
  /** Calls `fn` about every `ms` until the returned function is called. */
  every(ms: number, fn: () => void): () => void;
}

/** A ticker behind a port whose other end was given to `serveTicks` in a worker. */
export declare function portTicker(port: MessagePort): Ticker;
