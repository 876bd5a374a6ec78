// Package transport carries control messages and objects over WebTransport and WebSocket, behind one interface.
// It is the only package that imports QUIC, HTTP/3 or WebSocket libraries.
package transport

import (
	"context"
	"errors"
	"time"

	"github.com/openconfab/confab/internal/wire"
)

// Kind tells which protocol carries a connection.
type Kind uint8

// The kinds of connection.
const (
	WebTransport Kind = iota + 1
	WebSocket
)

// String returns the kind's name in logs and metrics.
func (k Kind) String() string {
	switch k {
	case WebTransport:
		return "webtransport"
	case WebSocket:
		return "websocket"
	default:
		return "unknown"
	}
}

// Errors that a Conn returns besides those of the network.
var (
	// ErrDatagramTooLarge: the object does not fit a datagram of this connection; send it in a group.
	ErrDatagramTooLarge = errors.New("transport: object too large for a datagram")
	// ErrDatagramsUnsupported: this connection has no datagrams.
	ErrDatagramsUnsupported = errors.New("transport: no datagrams on this connection")
	// ErrStale: the group was reset, by this side or the other.
	ErrStale = errors.New("transport: group was reset")
	// ErrTooManyGroups: the other side allows no further group until it has seen the end of an open one.
	ErrTooManyGroups = errors.New("transport: too many open groups")
)

// Urgency orders the groups of a multiplexed connection: what is more urgent leaves first. Control and datagrams go
// before all groups. Spec: wire.md §3.7.
type Urgency uint8

// The urgencies of groups.
const (
	UrgencyAudio Urgency = iota
	UrgencyScreenKeyframe
	UrgencyCameraBase
	// UrgencyRest is that of a group for which none was set.
	UrgencyRest
)

// A Conn is one connection of a client with a node, seen from either end. Spec: wire.md §§2.1, 3.5, 3.6.
//
// ReadControl is for one goroutine at a time, and so is WriteControl; everything else may be called concurrently.
//
// After Close, or when the other side is gone, every call returns an error and Done is closed. The error is io.EOF
// after an orderly end by the other side, a *wire.Error when it closed with a code, net.ErrClosed after Close, and
// otherwise what the network said. Malformed input does not close the connection: the call that met it returns a
// *wire.Error, and the caller tells the other side and closes with its code.
type Conn interface {
	Kind() Kind
	// RemoteAddr is for logs and limits.
	RemoteAddr() string

	// ReadControl returns the next control message. The slice is the caller's. A message longer than the limit
	// set by SetControlLimit fails with a *wire.Error of code "malformed".
	ReadControl() ([]byte, error)
	// WriteControl sends one control message and may block on a slow path; msg may be reused when it returns.
	WriteControl(msg []byte) error
	SetControlLimit(bytes int)

	// ReceiveObjects hands over arriving objects until the connection ends, and returns why it ended. One call a
	// connection, and soon: objects that arrive before it wait, and when not Multiplexed, so does all behind them.
	// handle is called from many goroutines, in order within a group's stream; it owns one reference of the object.
	// Malformed or over-long objects are reported to fault (a *wire.Error) and end their stream only. Neither is called
	// after ReceiveObjects returned, and neither should take long.
	ReceiveObjects(maxObject int, handle func(alias uint64, o *wire.Object), fault func(error)) error

	// StreamBytes is how much has come on the streams of groups, from the alias on, complete objects or not. It is 0
	// unless the connection is Multiplexed.
	StreamBytes() uint64

	// RoundTrip is the smoothed time from writing to acknowledgement, 0 when the connection can't tell. When it grows,
	// something queues in the kernel or on the path.
	RoundTrip() time.Duration

	// Multiplexed reports whether groups and control travel independently (WebTransport), so that a blocked group
	// does not hold up others. When false, every write shares one ordered pipe and the caller orders them.
	Multiplexed() bool
	// OpenGroup starts a group under alias. It never waits for the other side: ErrTooManyGroups.
	OpenGroup(alias uint64) (Group, error)
	// SendDatagram sends an object as one datagram, unreliably; on a slow path it waits until at most 31 others are
	// before it. ErrDatagramTooLarge and ErrDatagramsUnsupported leave the connection as it is.
	SendDatagram(alias uint64, o *wire.Object) error

	// Cork lets small writes gather until Uncork, so that they share a system call, and Uncork sends them and reports
	// whether that failed. They are for one goroutine, which does all the writing between them. When Multiplexed, they do
	// nothing: QUIC gathers by itself.
	Cork()
	Uncork() error

	// TryCork is Cork for a goroutine that must not wait. Until TryUncork all writes return at once; when the network does
	// not take something, it is kept and the connection is Stuck: no more should be written. False changes nothing: somebody
	// else is writing, or this connection can only be written to by who may wait.
	TryCork() bool
	Stuck() bool
	// TryUncork ends TryCork. When it returns false, something is still kept, and a goroutine that may wait is to call
	// Uncork.
	TryUncork() bool

	// Close ends the connection with a code of wire.md §6; an empty code is an orderly end. It does not block on the
	// network: control messages written before it are still sent for a moment, groups are abandoned.
	Close(code string)
	Done() <-chan struct{}
	// Context is cancelled when the connection ends.
	Context() context.Context
}

// A Group sends the objects of one group. Write is for one goroutine at a time; Reset may be called meanwhile.
type Group interface {
	// SetUrgency applies to what has not left yet. It does nothing on WebSocket, where the caller orders.
	SetUrgency(Urgency)
	// Write sends one object and may block on a slow path until the object is sent or the group is reset. It
	// does not take over a reference of o.
	Write(o *wire.Object) error
	// Close ends the group in order.
	Close() error
	// Reset abandons what has not left yet (WebTransport), or does nothing (WebSocket).
	Reset()
}
