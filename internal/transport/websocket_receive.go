package transport

import (
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/gobwas/ws"

	"github.com/openconfab/confab/internal/wire"
)

// wsReceiver hands over objects until it is ended.
type wsReceiver struct {
	receiver
	// mu is held while a handler runs, so that none runs after ReceiveObjects returned.
	mu    sync.Mutex
	ended bool
}

type webSocketCloseError struct {
	code   ws.StatusCode
	reason string
}

func (e *webSocketCloseError) Error() string {
	return fmt.Sprintf("websocket closed with %d %q", e.code, e.reason)
}

func (c *wsConn) ReceiveObjects(maxObject int, handle func(uint64, *wire.Object), fault func(error)) error {
	r := &wsReceiver{receiver: receiver{maxObject, handle, fault}}
	c.receiver = r
	close(c.receiving)
	defer func() {
		r.mu.Lock()
		r.ended = true
		r.mu.Unlock()
	}()
	select {
	case <-c.Done():
	case <-c.readEnded:
		if wire.CodeOf(c.readErr) != "" {
			return c.errOr(c.readErr)
		}
		<-c.Done()
	}
	return c.errOr(nil)
}

// read owns the reading side. It goes on after Close, discarding, until the other side has closed as well.
func (c *wsConn) read() {
	for c.readErr == nil {
		c.readErr = c.readMessage()
	}
	close(c.readEnded)
	c.left()
}

func (c *wsConn) readMessage() error {
	if err := c.frames.next(); err != nil {
		return err
	}
	if c.ctx.Err() != nil {
		return nil
	}
	kind, err := c.frames.ReadByte()
	switch {
	case errors.Is(err, io.EOF):
		return wire.Errorf(wire.CodeMalformed, "an empty message")
	case err != nil:
		return err
	case kind == wire.WebSocketControl:
		return c.readControl()
	case kind == wire.WebSocketObject:
		return c.readObject()
	default:
		return wire.Errorf(wire.CodeMalformed, "a message that is neither control (0) nor object (1): %d", kind)
	}
}

func (c *wsConn) readControl() error {
	limit := c.controlLimit.Load()
	var msg []byte
	var err error
	if size, known := c.frames.size(); !known {
		msg, err = io.ReadAll(io.LimitReader(&c.frames, limit+1))
	} else if size <= limit {
		msg = make([]byte, size)
		_, err = io.ReadFull(&c.frames, msg)
	} else {
		return wire.Errorf(wire.CodeMalformed, "a control message of %d bytes is over the limit of %d", size, limit)
	}
	if err != nil {
		return err
	}
	if int64(len(msg)) > limit {
		return wire.Errorf(wire.CodeMalformed, "a control message is over the limit of %d bytes", limit)
	}
	select {
	case c.control <- msg:
	case <-c.Done():
	}
	return nil
}

// readObject fails only when the connection does: a message that is no proper object is skipped.
func (c *wsConn) readObject() error {
	select {
	case <-c.receiving:
	case <-c.Done():
		return nil
	}
	r := c.receiver
	alias, o, err := parseMessage(&c.frames, r.maxObject)
	if err != nil && wire.CodeOf(err) == "" {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case err != nil && !r.ended:
		r.fault(err)
	case err == nil && !r.ended:
		r.handle(alias, o)
	case err == nil:
		o.Release()
	}
	return nil
}

// parseMessage reads an object from a message whose first byte is gone.
func parseMessage(m *wsReader, maxObject int) (alias uint64, o *wire.Object, err error) {
	if alias, err = wire.ReadVarint(m); err != nil {
		if errors.Is(err, io.EOF) {
			err = wire.Errorf(wire.CodeMalformed, "an object without alias")
		}
		return 0, nil, err
	}
	if size, known := m.size(); known {
		if err := wire.CheckObjectSize(uint64(size), maxObject); err != nil {
			return alias, nil, err
		}
		o, err = wire.ReadObject(m, int(size))
		return alias, o, err
	}
	fragments, err := io.ReadAll(io.LimitReader(m, int64(maxObject)+1))
	if err != nil {
		return alias, nil, err
	}
	if err := wire.CheckObjectSize(uint64(len(fragments)), maxObject); err != nil {
		return alias, nil, err
	}
	o, err = wire.ParseObject(fragments)
	return alias, o, err
}
