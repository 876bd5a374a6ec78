import type { Bytes } from './bytes.js';
import type { ComparisonState } from './comparing.js';
import type { HostingState } from './hosting.js';
import type { Emoji } from './sas-emoji.js';
import type { E2eeErrorCode } from './errors.js';

/** What a session tells the application. `session` is the participant's session at the node. */
export type E2eeEvent =
  /** A participant's announcement was accepted: it is given keys. roles: bits of Role. */
  | {
      readonly type: 'memberVerified';
      readonly session: string;
      readonly name: string;
      readonly roles: number;
      readonly identityKey: Bytes;
    }
  /**
   * A participant is not a member: it gets no keys, its frames do not open. Tell the user; `mac-invalid` means that it does
   * not hold this meeting's link.
   */
  | { readonly type: 'memberRefused'; readonly session: string; readonly code: E2eeErrorCode }
  /** A member left and the key that excludes it is in use; until then show it. Not sent for refused participants. */
  | { readonly type: 'memberGone'; readonly session: string }
  /** A member misbehaved in a way that no accident explains, for example `equivocation`. Warn the user by name. */
  | { readonly type: 'memberFlagged'; readonly session: string; readonly code: E2eeErrorCode }
  /** The members whose frames have not opened for a while: all of them, each time the set changes. */
  | { readonly type: 'undecryptableChanged'; readonly sessions: readonly string[] }
  /** A new generation of one's own key is in use: make a keyframe of every video now. */
  | { readonly type: 'keyRotated' }
  /**
   * A participant that holds the secret is given no keys and is not heard: `not-admitted`, `removed-by-host`, `silent`. Show it
   * as such. memberVerified follows if it is let in.
   */
  | {
      readonly type: 'memberApart';
      readonly session: string;
      readonly code: E2eeErrorCode;
      readonly name: string;
      readonly roles: number;
      readonly identityKey: Bytes;
    }
  /**
   * For half a minute a member has given its keys to others than this session does: somebody may be listening whom not
   * everybody sees. Or, not `differs`, that is over.
   */
  | { readonly type: 'rosterDiffers'; readonly session: string; readonly differs: boolean }
  /** Which members are hosts, whether this one is, and whether keys go to those only whom a host admitted. */
  | ({ readonly type: 'hostsChanged' } & HostingState)
  /** What `decisions` gives has changed: keep it for a page that is loaded anew. Once an hour as well, for it says who was there when. */
  | { readonly type: 'decided' }
  /** Comparing emoji with a member went on; emoji: seven, while the state is `shown`. */
  | {
      readonly type: 'comparisonChanged';
      readonly session: string;
      readonly state: ComparisonState;
      readonly emoji: readonly Emoji[] | undefined;
    }
  /** Video of a member was lost for want of its key, which is held now: ask for keyframes. At most one a second each. */
  | { readonly type: 'keyframeWanted'; readonly session: string; readonly source: number }
  /** A participant has one's own index: leave and join again with a new session. Once in billions of joins. */
  | { readonly type: 'indexCollision'; readonly session: string };
