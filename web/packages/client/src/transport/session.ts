import type { Limits } from '../wire/gen/confab/v1/control_pb.js';
import type { Outbox } from './outbox.js';

/** What goes on over any number of connections. Spec: wire.md §§2.2, 4. */
export interface Session {
  readonly id: string;
  /** The join token it began with, told again at every resume. */
  readonly token: string;
  readonly limits: Limits;
  readonly outbox: Outbox;
  ticket: Uint8Array;
  /** Number of the last control message of the node that was handed over. */
  processed: number;
  /** Bytes handed over since the node was last told of `processed`. */
  unacknowledgedBytes: number;
}
