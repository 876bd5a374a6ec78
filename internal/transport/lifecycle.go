package transport

import (
	"context"
	"errors"
	"io"
	"net"
	"sync/atomic"

	"github.com/openconfab/confab/internal/wire"
)

// Codes with which a connection is closed. Spec: wire.md §6.
const (
	webTransportOrderly = 0
	webTransportCoded   = 1
	webSocketOrderly    = 1000
	webSocketCoded      = 4000
)

// lifecycle is the one end of a connection: the first cause stays. No goroutine waits for it.
type lifecycle struct {
	ctx    context.Context
	cancel context.CancelCauseFunc
	// goodbye ends a connection that works, telling the other side the code.
	goodbye func(code string)
	// ended is set by the one who sees to the end.
	ended atomic.Bool
	// finished is closed when nothing of the connection is left.
	finished chan struct{}
}

func newLifecycle(goodbye func(code string)) *lifecycle {
	ctx, cancel := context.WithCancelCause(context.Background())
	return &lifecycle{ctx: ctx, cancel: cancel, goodbye: goodbye, finished: make(chan struct{})}
}

// Context implements Conn.
func (l *lifecycle) Context() context.Context { return l.ctx }

// Done implements Conn.
func (l *lifecycle) Done() <-chan struct{} { return l.ctx.Done() }

// Close implements Conn.
func (l *lifecycle) Close(code string) {
	if !l.ended.CompareAndSwap(false, true) {
		return
	}
	l.cancel(net.ErrClosed)
	go func() {
		defer close(l.finished)
		l.goodbye(code)
	}()
}

// endedBy sees to the end of a connection that the other side has left, unless it is closed here already.
func (l *lifecycle) endedBy(cause error, cleanUp func()) {
	if !l.ended.CompareAndSwap(false, true) {
		return
	}
	l.cancel(cause)
	defer close(l.finished)
	cleanUp()
}

// wait returns when nothing of the connection is left, which is at most closeTimeout and a bit after its end.
func (l *lifecycle) wait() { <-l.finished }

// errOr returns why the connection ended, or err when it has not.
func (l *lifecycle) errOr(err error) error {
	if l.ctx.Err() != nil {
		return context.Cause(l.ctx)
	}
	return err
}

// closedByPeer returns the error of a connection that the other side closed, giving a code or, in order, none.
func closedByPeer(code string) error {
	if code == "" {
		return io.EOF
	}
	return &wire.Error{Code: code, Message: "the other side ended the connection", Retryable: wire.Retryable(code)}
}

func errConnectionLost(err error) error {
	return errors.Join(errors.New("transport: the connection was lost"), err)
}
