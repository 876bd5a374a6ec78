import { type Announcement, Role } from './announcement.js';
import type { Bytes } from './bytes.js';
import type { Held } from './key.js';
import { HeldFrames } from './held-frames.js';
import { isVideo } from './kid.js';
import type { E2eeError, E2eeErrorCode } from './errors.js';
import type { Comparison } from './comparing.js';
import { KeyRequests } from './key-requests.js';
import { Keyring } from './keyring.js';

/** A channel in use. */
export interface LiveChannel {
  readonly number: number;
  readonly key: CryptoKey;
  /** Of the last wrap; −1 before the first. */
  counter: bigint;
}

/** One other verified member. */
export class Member {
  readonly ring: Keyring;
  readonly held: HeldFrames;
  readonly requests = new KeyRequests();
  /** The channel to the member, over which it gets one's own keys. */
  outgoing: LiveChannel | undefined;
  /** How many channels to the member were opened: the number of the last one. */
  channelsOpened = 0;
  /** The channel from the member. */
  incoming: LiveChannel | undefined;
  /** The newest key accepted. */
  newest: Held | undefined;
  /** seq of the last KEYREQ from the member, and of the last one to it. */
  lastRequest = -1n;
  requestsSent = 0n;
  /** When the member's last KEYREQ was answered. */
  answeredAt = -Infinity;
  /** The end of the line of its data messages, which are opened one after another. */
  lastData: Promise<unknown> = Promise.resolve();
  undecryptable = false;
  /** Why it is given no keys and is not heard: `not-admitted`, `removed-by-host`, `silent`. */
  apart: E2eeErrorCode | undefined;
  /** Whether it was decided for the first time that it is let in or set apart. */
  reviewed = false;
  /** seq of the last HEARTBEAT; when it last gave a sign of life, and how soon the next was due then. */
  lastHeartbeat = -1n;
  heardAt = -Infinity;
  period = 0;
  silent = false;
  /** Since when its roster differs from one's own, and whether that was told. */
  differsSince = Infinity;
  differs = false;
  comparison: Comparison = { state: 'none' };
  /** Why nothing of it is waited for any more. */
  left: E2eeError | undefined;
  /** Sources whose video was lost while the key was missing. */
  readonly lostVideo = new Set<number>();
  /** When a keyframe was asked for last, by source. */
  readonly keyframeAskedAt = new Map<number, number>();

  /** wire: the announcement as it came; founder: it is who the link names; retired: a key got a time to be erased at. */
  constructor(
    readonly session: string,
    readonly announcement: Announcement,
    readonly wire: Bytes,
    readonly founder: boolean,
    retired: () => void,
  ) {
    this.ring = new Keyring(announcement.index, retired);
    this.held = new HeldFrames(({ source }) => {
      if (isVideo(source)) this.lostVideo.add(source);
    });
  }

  /** Whether it is known to have a sender key. */
  get sends(): boolean {
    return (this.announcement.roles & Role.publisher) !== 0 || this.newest !== undefined;
  }

  /** Gives up all that is held for the member, for good. */
  leave(reason: E2eeError): void {
    this.left = reason;
    this.outgoing = undefined;
    this.forget(reason);
  }

  /** Gives up what is held to open its frames. */
  forget(reason: E2eeError): void {
    this.ring.erase();
    this.held.clear(reason);
    this.incoming = undefined;
  }
}
