import type { DisconnectReason, RoomErrorCode } from '../room/types.js';
import { Failure } from './failure.js';

interface Meaning {
  readonly code: RoomErrorCode;
  readonly reason: DisconnectReason;
  /** For people; the node's own message is used where there is none. */
  readonly message?: string;
  readonly retryable?: boolean;
}

/** What the codes of spec/wire.md §6, and the link's own, mean to a page. */
const MEANINGS: Record<string, Meaning> = {
  unreachable: {
    code: 'unreachable',
    reason: 'failed',
    message: 'The meeting server cannot be reached. Check your internet connection, then try again.',
    retryable: true,
  },
  'untrusted-origin': { code: 'untrusted-origin', reason: 'failed' },
  timeout: {
    code: 'timeout',
    reason: 'failed',
    message: 'The meeting server does not answer. Check your internet connection, then try again.',
    retryable: true,
  },
  aborted: { code: 'aborted', reason: 'client', message: 'Connecting was aborted.', retryable: true },
  left: { code: 'closed', reason: 'client', message: 'You left the meeting.' },
  unauthorized: { code: 'unauthorized', reason: 'unauthorized' },
  'room-invalid': { code: 'room-invalid', reason: 'failed' },
  'room-full': { code: 'room-full', reason: 'room-full', retryable: true },
  'server-full': { code: 'limit', reason: 'failed', retryable: true },
  replaced: {
    code: 'replaced',
    reason: 'replaced',
    message: 'You joined this meeting again from another window or device.',
  },
  removed: { code: 'removed', reason: 'removed', message: 'The host took you out of the meeting.' },
  blocked: { code: 'blocked', reason: 'removed', message: 'A host does not let you into this meeting.' },
  rejected: { code: 'rejected', reason: 'removed', message: 'A host did not let you in.' },
  forgotten: { code: 'forgotten', reason: 'failed', message: 'Nobody let you in. Try again later.', retryable: true },
  ended: { code: 'ended', reason: 'ended', message: 'The meeting is over.' },
  locked: {
    code: 'locked',
    reason: 'failed',
    message: 'The meeting is locked. Ask a host to open it.',
    retryable: true,
  },
  'guests-refused': { code: 'unauthorized', reason: 'unauthorized' },
  'token-revoked': { code: 'unauthorized', reason: 'unauthorized' },
  'foreign-key': { code: 'unauthorized', reason: 'unauthorized' },
  'recording-refused': { code: 'forbidden', reason: 'unauthorized' },
  'shutting-down': { code: 'shutting-down', reason: 'shutting-down', retryable: true },
  'slow-client': {
    code: 'timeout',
    reason: 'slow',
    message: 'This device or its connection was too slow to keep up. Join again.',
    retryable: true,
  },
  'rate-limited': { code: 'rate-limited', reason: 'failed', retryable: true },
  'hello-timeout': { code: 'timeout', reason: 'failed', retryable: true },
  forbidden: { code: 'forbidden', reason: 'failed' },
  unavailable: { code: 'unreachable', reason: 'failed', retryable: true },
  'participant-unknown': {
    code: 'closed',
    reason: 'failed',
    message: 'That person is not in the meeting any more.',
  },
  'track-unknown': { code: 'track-unknown', reason: 'failed', retryable: true },
  'track-limit': { code: 'limit', reason: 'failed' },
  'subscription-limit': { code: 'limit', reason: 'failed' },
  'message-too-large': { code: 'limit', reason: 'failed' },
};

const OTHER: Meaning = { code: 'protocol', reason: 'failed' };

/** The failure that a node's or the link's code stands for. */
export function wireFailure(code: string, message: string): Failure {
  const meaning = MEANINGS[code] ?? OTHER;
  return new Failure(meaning.code, meaning.message ?? message, meaning.retryable ?? false);
}

/** Why a link that ended with `code` was over. */
export function disconnectReason(code: string): DisconnectReason {
  return (MEANINGS[code] ?? OTHER).reason;
}
