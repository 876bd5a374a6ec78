import type { Random } from './crypto.js';
import type { Decisions } from './decisions.js';
import type { OutgoingMessage } from './distribution.js';
import type { E2eeEvent } from './events.js';
import type { Identity } from './identity.js';
import type { E2eeSession } from './session.js';

/** What an E2eeSession is made from. */
export interface E2eeSessionOptions {
  /** The meeting secret, 32 bytes; all zero for a meeting entered without one. */
  readonly secret: Uint8Array;
  /** The room id. */
  readonly room: string;
  /** The display name, for the members only: at most 256 bytes of UTF-8 without control characters. */
  readonly name: string;
  /** Whom the link names as host: see hostOf. Undefined when nobody can prove to be in charge. */
  readonly host?: Uint8Array | undefined;
  /** Bits of Role. Without the publisher's, the first seal makes the sender key. */
  readonly roles: number;
  /** Who the member is; the same object over several joinings keeps it recognisable. Default: a new identity. */
  readonly identity?: Identity;
  /**
   * The session of the joining before in the same meeting, closed or not: what hosts had decided then, and who was verified by
   * emoji, goes on to count.
   */
  readonly previous?: E2eeSession | undefined;
  /** Without previous: what an earlier page was told to keep by `decided`, of a meeting of the same host. */
  readonly decisions?: Decisions | undefined;
  /** Milliseconds of a clock that never goes back, for example `performance.now`. */
  readonly now: () => number;
  /** Milliseconds since 1970, for statements that expire. Default: Date.now. */
  readonly wall?: () => number;
  /** A message for the node to distribute, in order. */
  readonly onSend: (message: OutgoingMessage) => void;
  readonly onEvent: (event: E2eeEvent) => void;
  /** nextWake changed, or advance was called before it had come. */
  readonly onWake?: () => void;
  /** Largest outgoing E2eeMessage; below the node's limits.control_message_bytes. Default 60000. */
  readonly maxMessageBytes?: number;
  /** For tests. Default: the system's. */
  readonly random?: Random;
}
