/** From the main thread to the capture worklet. */
export type CaptureControl =
  | { readonly kind: 'output'; readonly port: MessagePort }
  | { readonly kind: 'mute'; readonly muted: boolean }
  /** Answered with a {@link ReleasedPort}. */
  | { readonly kind: 'release' }
  | { readonly kind: 'stop' };

/** The port given with `output`, to be used by another worklet. */
export interface ReleasedPort {
  readonly port: MessagePort;
}

/** From the main thread to the playout worklet. */
export type PlayoutControl =
  | { readonly kind: 'input'; readonly port: MessagePort }
  | { readonly kind: 'output-latency'; readonly ms: number }
  | { readonly kind: 'stop' };
