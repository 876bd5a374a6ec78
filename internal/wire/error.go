package wire

import (
	"errors"
	"fmt"

	"github.com/openconfab/confab/internal/wire/pb"
)

// Error is a failure the other side is told of, or has told of. Spec: wire.md §6.
type Error struct {
	// Code is stable, from the table in spec/wire.md §6.
	Code string
	// Message is for people: what is wrong and what to do.
	Message string
	// Retryable: trying again later may help.
	Retryable bool
}

// Errorf returns an Error with the traits of its code. It panics when the code is not in the table.
func Errorf(code, format string, args ...any) *Error {
	traits, known := codes[code]
	if !known {
		panic("wire: no such error code: " + code)
	}
	return &Error{Code: code, Message: fmt.Sprintf(format, args...), Retryable: traits.retryable}
}

// ErrorFromProto returns what the other side told. Its code may be one this version does not know.
func ErrorFromProto(m *pb.Error) *Error {
	return &Error{Code: m.GetCode(), Message: m.GetMessage(), Retryable: m.GetRetryable()}
}

// CodeOf returns the code of the *Error in err's chain, or "" when there is none.
func CodeOf(err error) string {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return ""
}

// Error implements error.
func (e *Error) Error() string { return e.Code + ": " + e.Message }

// Is reports whether target is an *Error of the same code, whatever its message.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code
}

// Proto returns the message that tells the other side; requestID is 0 when it answers no request.
func (e *Error) Proto(requestID uint32) *pb.Error {
	return &pb.Error{Code: e.Code, Message: e.Message, Retryable: e.Retryable, RequestId: requestID}
}
