/** What a page and the frame it embeds say to each other. Spec: spec/embed.md. */
export const version = 1;

/** Window messages: they carry nothing secret, for the frame does not know yet who is around it. */
export interface Ready {
  readonly confab: 'ready';
  readonly versions: readonly number[];
}
export interface Connect {
  readonly confab: 'connect';
  readonly version: number;
}

/** How the meeting is set up; the attributes of the element. */
export interface Setup {
  readonly url: string;
  readonly secret?: Uint8Array;
  /** The fingerprint of who decides about the meeting; with `secret` only. */
  readonly host?: Uint8Array;
  /** A join token; `true`: ask for one with `token-wanted`. */
  readonly token?: string | true;
  readonly displayName?: string;
  readonly lang?: string;
  readonly theme?: string;
  readonly layout?: string;
  readonly controls?: string;
  readonly autojoin?: boolean;
  readonly muted?: boolean;
  readonly cameraOff?: boolean;
  readonly invite?: boolean;
}

export const methods = ['join', 'leave', 'setMicrophoneEnabled', 'setCameraEnabled', 'setScreenShareEnabled'] as const;
export type Method = (typeof methods)[number];

/** Over the port, to the frame. */
export type ToFrame =
  | { readonly type: 'setup'; readonly setup: Setup }
  | { readonly type: 'call'; readonly id: number; readonly method: Method; readonly on?: boolean }
  | { readonly type: 'token'; readonly id: number; readonly token?: string; readonly error?: string };

/** Over the port, to the page. */
export type ToPage =
  | { readonly type: 'hello'; readonly version: number }
  | {
      readonly type: 'result';
      readonly id: number;
      readonly error?: { readonly code: string; readonly message: string };
    }
  | { readonly type: 'event'; readonly name: string; readonly detail: unknown }
  | { readonly type: 'token-wanted'; readonly id: number };
