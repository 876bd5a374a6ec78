/** What an error ends: the connection (the session may be resumed), the session, or nothing. */
export type ErrorScope = 'connection' | 'session' | 'nothing';

export interface ErrorMeaning {
  readonly ends: ErrorScope;
  /** Whether trying again without a change may succeed. */
  readonly retryable: boolean;
}

/** The error codes of spec/wire.md §6. */
export const wireErrors = {
  malformed: { ends: 'connection', retryable: false },
  'version-unsupported': { ends: 'connection', retryable: false },
  'hello-timeout': { ends: 'connection', retryable: true },
  unauthorized: { ends: 'connection', retryable: false },
  'room-invalid': { ends: 'connection', retryable: false },
  'room-full': { ends: 'connection', retryable: true },
  'server-full': { ends: 'connection', retryable: true },
  'resume-unknown': { ends: 'connection', retryable: true },
  'rate-limited': { ends: 'session', retryable: true },
  'slow-client': { ends: 'session', retryable: true },
  replaced: { ends: 'session', retryable: false },
  split: { ends: 'session', retryable: true },
  removed: { ends: 'session', retryable: false },
  blocked: { ends: 'session', retryable: false },
  rejected: { ends: 'session', retryable: false },
  forgotten: { ends: 'session', retryable: false },
  ended: { ends: 'session', retryable: false },
  locked: { ends: 'connection', retryable: false },
  'guests-refused': { ends: 'connection', retryable: false },
  'token-revoked': { ends: 'connection', retryable: false },
  'foreign-key': { ends: 'connection', retryable: false },
  'recording-refused': { ends: 'connection', retryable: false },
  'shutting-down': { ends: 'connection', retryable: true },
  forbidden: { ends: 'nothing', retryable: false },
  unavailable: { ends: 'nothing', retryable: true },
  waiting: { ends: 'nothing', retryable: false },
  'participant-unknown': { ends: 'nothing', retryable: false },
  'track-unknown': { ends: 'nothing', retryable: true },
  'track-limit': { ends: 'nothing', retryable: false },
  'subscription-limit': { ends: 'nothing', retryable: false },
  'track-invalid': { ends: 'nothing', retryable: false },
  'object-too-large': { ends: 'nothing', retryable: false },
  'message-too-large': { ends: 'nothing', retryable: false },
  internal: { ends: 'session', retryable: true },
} as const satisfies Record<string, ErrorMeaning>;

/** A code of spec/wire.md §6. */
export type WireErrorCode = keyof typeof wireErrors;

/** The meaning of `code`, or undefined when this version does not know it. */
export function errorMeaning(code: string): ErrorMeaning | undefined {
  return Object.hasOwn(wireErrors, code) ? wireErrors[code as WireErrorCode] : undefined;
}

/** Bytes that break the protocol, or an error the other side sent. */
export class WireError extends Error {
  override readonly name = 'WireError';

  constructor(
    readonly code: WireErrorCode,
    message: string,
  ) {
    super(message);
  }
}
