package client

import (
	"context"
	"errors"
	"net"

	"github.com/openconfab/confab/e2ee"
	"github.com/openconfab/confab/internal/wire"
)

// Errors that programs look for with errors.Is.
var (
	// ErrClosed: the room, track or subscription was closed.
	ErrClosed = errors.New("client: closed")
	// ErrUnauthorized: the node did not accept the token, or wants one.
	ErrUnauthorized = errors.New("client: unauthorized")
	// ErrNoKey: the link has no meeting secret and Config.Keys names none.
	ErrNoKey = errors.New("client: no meeting secret: use the whole invitation link, with everything after #, or set Config.Keys")
)

// Codes of an [Error] that the client itself gives; all others are those of spec/wire.md §6.
const (
	// CodeUnreachable: the node does not answer.
	CodeUnreachable = "unreachable"
	// CodeLinkInvalid: the link is no invitation and no node's address.
	CodeLinkInvalid = "link-invalid"
	// CodeConfigInvalid: a field of Config, or an argument, is out of range.
	CodeConfigInvalid = "config-invalid"
)

// Error is a failure with a stable code.
type Error struct {
	// Code is one of spec/wire.md §6, or one of the constants of this package.
	Code string
	// Message is for people: what is wrong and what to do.
	Message string
	// Retryable: trying again later may help.
	Retryable bool
	cause     error
}

// Error returns the code and the message.
func (e *Error) Error() string { return "client: " + e.Code + ": " + e.Message }

// Is reports whether target is an *Error of the same code, or ErrUnauthorized and e is of code "unauthorized".
func (e *Error) Is(target error) bool {
	if target == ErrUnauthorized {
		return e.Code == wire.CodeUnauthorized
	}
	t, ok := target.(*Error)
	return ok && t.Code == e.Code
}

// Unwrap returns what caused the error, such as that of the network.
func (e *Error) Unwrap() error { return e.cause }

// public translates an error of the packages below.
func public(err error) error {
	if err == nil || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	if errors.Is(err, net.ErrClosed) {
		return ErrClosed
	}
	if own, ok := errors.AsType[*Error](err); ok {
		return own
	}
	if coded, ok := errors.AsType[*wire.Error](err); ok {
		return &Error{Code: coded.Code, Message: coded.Message, Retryable: coded.Retryable}
	}
	if sealed, ok := errors.AsType[*e2ee.Error](err); ok {
		return &Error{Code: CodeConfigInvalid, Message: sealed.Detail, cause: err}
	}
	return &Error{Code: CodeUnreachable, Message: err.Error(), Retryable: true, cause: err}
}

func invalid(message string) error { return &Error{Code: CodeConfigInvalid, Message: message} }
