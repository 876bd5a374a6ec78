/** Serves the `portTicker` on the other end: workers' timers keep running in hidden tabs. */
export declare function serveTicks(port: MessagePort): void;
