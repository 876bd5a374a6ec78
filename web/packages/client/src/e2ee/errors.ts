/** What can go wrong in E2EE v1: the codes of spec/vectors/README.md, which the Go implementation shares. */
export type E2eeErrorCode =
  | 'truncated'
  | 'trailing-bytes'
  | 'type-unexpected'
  | 'version-unsupported'
  | 'suite-unsupported'
  | 'meeting-foreign'
  | 'mac-invalid'
  | 'signature-invalid'
  | 'kem-invalid'
  | 'name-invalid'
  | 'roles-invalid'
  | 'sender-mismatch'
  | 'recipient-mismatch'
  | 'channel-stale'
  | 'wrap-replayed'
  | 'wrap-invalid'
  | 'commit-mismatch'
  | 'key-stale'
  | 'equivocation'
  | 'request-stale'
  | 'heartbeat-stale'
  | 'statement-stale'
  | 'statement-expired'
  | 'host-mismatch'
  | 'code-invalid'
  | 'not-minimal'
  | 'key-unknown'
  | 'frame-invalid'
  | 'frame-replayed'
  | 'source-mismatch'
  | 'codec-unknown'
  | 'flags-invalid'
  | 'out-of-range'
  | 'text-invalid'
  | 'payload-empty'
  | 'link-invalid'
  | 'room-invalid'
  | 'index-taken'
  | 'announcement-replayed'
  | 'announcement-changed'
  | 'member-unknown'
  | 'member-rejected'
  | 'channel-unknown'
  | 'key-missing'
  | 'not-sending'
  | 'closed'
  | 'not-host'
  | 'host-unproven'
  | 'not-admitted'
  | 'removed-by-host'
  | 'silent'
  | 'code-unexpected'
  | 'code-differs'
  | 'unsupported';

/** The one error this folder throws on bad input. `code` is stable; `message` is for people and holds no secret. */
export class E2eeError extends Error {
  override readonly name = 'E2eeError';

  constructor(
    readonly code: E2eeErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
