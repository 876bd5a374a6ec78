import type { Announcement } from './announcement.js';
import type { Bytes } from './bytes.js';
import type { Held } from './key.js';
import { HeldFrames } from './held-frames.js';
import { isVideo } from './kid.js';
import type { E2eeError } from './errors.js';
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
  /** Why nothing of it is waited for any more. */
  left: E2eeError | undefined;
  /** Sources whose video was lost while the key was missing. */
  readonly lostVideo = new Set<number>();
  /** When a keyframe was asked for last, by source. */
  readonly keyframeAskedAt = new Map<number, number>();

  /** wire: the announcement as it came; retired: a key got a time to be erased at. */
  constructor(
    readonly session: string,
    readonly announcement: Announcement,
    readonly wire: Bytes,
    retired: () => void,
  ) {
    this.ring = new Keyring(announcement.index, retired);
    this.held = new HeldFrames(({ source }) => {
      if (isVideo(source)) this.lostVideo.add(source);
    });
  }

  /** Gives up all that is held for the member, for good. */
  leave(reason: E2eeError): void {
    this.left = reason;
    this.ring.erase();
    this.held.clear(reason);
    this.incoming = undefined;
    this.outgoing = undefined;
  }
}
