package meeting

import "fmt"

// A Code tells programs what went wrong. Codes are stable; those of Decide are also wire codes (spec/wire.md §6).
type Code string

// The codes.
const (
	// CodeNotFound: there is no such thing, or the caller may not know of it.
	CodeNotFound Code = "not-found"
	// CodeForbidden: the caller knows of the meeting but may not do this.
	CodeForbidden Code = "forbidden"
	// CodeInvalid: a value is out of range.
	CodeInvalid Code = "invalid"
	// CodeVersion: somebody else has changed the meeting since the caller read it.
	CodeVersion Code = "version-conflict"
	// CodeTaken: a meeting with this id is there.
	CodeTaken Code = "id-taken"
	// CodeIdempotency: the idempotency key was used for another request.
	CodeIdempotency Code = "idempotency-conflict"
	// CodeMeetingLimit: the owner has as many meetings as allowed.
	CodeMeetingLimit Code = "meeting-limit"
	// CodeEnded: the meeting is over.
	CodeEnded Code = "ended"
	// CodeBlocked: a host has blocked the identity.
	CodeBlocked Code = "blocked"
	// CodeRevoked: the token was revoked, or was issued before its bearer was removed.
	CodeRevoked Code = "token-revoked"
	// CodeLocked: the meeting is locked and has no waiting room.
	CodeLocked Code = "locked"
	// CodeGuestsRefused: the meeting takes nobody whom nobody vouches for.
	CodeGuestsRefused Code = "guests-refused"
	// CodeRecording: the meeting does not let everybody record.
	CodeRecording Code = "recording-refused"
	// CodeForeignKey: the token is signed with a key that does not own the meeting.
	CodeForeignKey Code = "foreign-key"
)

// An Error says what went wrong and what to do. It never holds a secret.
type Error struct {
	Code    Code
	Message string
}

// Error implements error.
func (e *Error) Error() string { return string(e.Code) + ": " + e.Message }

// Is reports whether target is an *Error of the same code.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code
}

func errorf(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

func notFound() *Error { return errorf(CodeNotFound, "there is no such meeting, or it is not yours") }
