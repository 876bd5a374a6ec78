package e2ee

import "errors"

// Code says what is wrong with a message, frame, record or link. The values are stable, are the same in every
// implementation, and are explained in spec/vectors/README.md.
type Code string

// Codes of a message or its parts.
const (
	Truncated          Code = "truncated"
	TrailingBytes      Code = "trailing-bytes"
	TypeUnexpected     Code = "type-unexpected"
	VersionUnsupported Code = "version-unsupported"
	SuiteUnsupported   Code = "suite-unsupported"
	MeetingForeign     Code = "meeting-foreign"
	MACInvalid         Code = "mac-invalid"
	SignatureInvalid   Code = "signature-invalid"
	KEMInvalid         Code = "kem-invalid"
	NameInvalid        Code = "name-invalid"
	RolesInvalid       Code = "roles-invalid"
	SenderMismatch     Code = "sender-mismatch"
	RecipientMismatch  Code = "recipient-mismatch"
	ChannelStale       Code = "channel-stale"
	WrapReplayed       Code = "wrap-replayed"
	WrapInvalid        Code = "wrap-invalid"
	CommitMismatch     Code = "commit-mismatch"
	KeyStale           Code = "key-stale"
	Equivocation       Code = "equivocation"
	RequestStale       Code = "request-stale"
	HeartbeatStale     Code = "heartbeat-stale"
	StatementStale     Code = "statement-stale"
	StatementExpired   Code = "statement-expired"
	HostMismatch       Code = "host-mismatch"
	CodeInvalid        Code = "code-invalid"
)

// Codes of a frame, frame record or link.
const (
	NotMinimal     Code = "not-minimal"
	KeyUnknown     Code = "key-unknown"
	FrameInvalid   Code = "frame-invalid"
	FrameReplayed  Code = "frame-replayed"
	SourceMismatch Code = "source-mismatch"
	CodecUnknown   Code = "codec-unknown"
	FlagsInvalid   Code = "flags-invalid"
	OutOfRange     Code = "out-of-range"
	TextInvalid    Code = "text-invalid"
	PayloadEmpty   Code = "payload-empty"
	LinkInvalid    Code = "link-invalid"
	RoomInvalid    Code = "room-invalid"
)

// Codes that only a session gives.
const (
	IndexTaken           Code = "index-taken"
	AnnouncementReplayed Code = "announcement-replayed"
	AnnouncementChanged  Code = "announcement-changed"
	MemberUnknown        Code = "member-unknown"
	MemberRejected       Code = "member-rejected"
	ChannelUnknown       Code = "channel-unknown"
	KeyMissing           Code = "key-missing"
	NotSending           Code = "not-sending"
	SessionClosed        Code = "closed"
	NotHost              Code = "not-host"
	HostUnproven         Code = "host-unproven"
	NotAdmitted          Code = "not-admitted"
	RemovedByHost        Code = "removed-by-host"
	Silent               Code = "silent"
	RosterDiffers        Code = "roster-differs"
	CodeUnexpected       Code = "code-unexpected"
	CodeDiffers          Code = "code-differs"
)

// Error is every error of this package that bad input can cause. It never holds key material.
type Error struct {
	Code Code
	// Detail is for people: what is wrong and, where somebody can do something about it, what to do.
	Detail string
}

// Error returns the code and the detail.
func (e *Error) Error() string { return "e2ee: " + string(e.Code) + ": " + e.Detail }

// Is reports whether target is an *Error of the same code, so that errors.Is works with a bare code:
// errors.Is(err, &e2ee.Error{Code: e2ee.KeyMissing}).
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code
}

// CodeOf returns the code of err, or "" if err is nil or has none.
func CodeOf(err error) Code {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return ""
}

func fail(code Code, detail string) error { return &Error{Code: code, Detail: detail} }
