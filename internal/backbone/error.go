package backbone

import "errors"

// Errors of a Backbone.
var (
	// ErrTooLarge: the message is over MaxMessage.
	ErrTooLarge = errors.New("backbone: the message is larger than the backbone carries")
	// ErrAway: there is no connection to the server beneath at the moment.
	ErrAway = errors.New("backbone: not connected")
	// ErrClosed: the backbone was closed.
	ErrClosed = errors.New("backbone: closed")
)
