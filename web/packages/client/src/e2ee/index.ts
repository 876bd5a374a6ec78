/** End-to-end encryption, E2EE v1 (spec/e2ee.md). Runs in a worker, a window or Node; knows nothing of the network. */
export { Role } from './announcement.js';
export type { OutgoingMessage } from './distribution.js';
export { E2eeError, type E2eeErrorCode } from './errors.js';
export type { E2eeEvent } from './events.js';
export { type Identity, generateIdentity } from './identity.js';
export { FrameSource, slotOf } from './kid.js';
export { formatFragment, formatLink, generateSecret, isVerified, parseFragment, parseLink } from './link.js';
export { type CodecName, type FrameRecord, encodeRecord, parseRecord } from './record.js';
export { E2eeSession, type E2eeSessionOptions } from './session.js';
