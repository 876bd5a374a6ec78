package transport

import (
	"bufio"
	"errors"
	"io"
	"net"
	"sync/atomic"
	"time"

	"github.com/gobwas/ws"

	"github.com/openconfab/confab/internal/wire"
)

// wsConn is a WebSocket after its handshake.
type wsConn struct {
	*lifecycle
	conn   net.Conn
	client bool

	controlLimit atomic.Int64
	frames       wsReader
	control      chan []byte
	// readErr is why reading ended; it is set before readEnded is closed.
	readErr   error
	readEnded chan struct{}
	// receiver is set before receiving is closed.
	receiver  *wsReceiver
	receiving chan struct{}

	out wsWriter
	// corked: the goroutine that called Cork holds the lock of out until it calls Uncork.
	corked bool
	pong   atomic.Pointer[[]byte]
}

var _ Conn = (*wsConn)(nil)

// newWebSocketConn takes over conn, of which br may have read ahead.
func newWebSocketConn(conn net.Conn, br *bufio.Reader, client bool) *wsConn {
	limitUnsent(conn)
	c := &wsConn{
		conn:      conn,
		client:    client,
		control:   make(chan []byte),
		readEnded: make(chan struct{}),
		receiving: make(chan struct{}),
		out:       newWSWriter(conn, client),
	}
	c.lifecycle = newLifecycle(c.finish)
	c.frames = wsReader{in: br, client: client, onPing: c.answerPing}
	c.controlLimit.Store(defaultControlLimit)
	go c.read()
	return c
}

func (c *wsConn) Kind() Kind                { return WebSocket }
func (c *wsConn) RemoteAddr() string        { return c.conn.RemoteAddr().String() }
func (c *wsConn) Multiplexed() bool         { return false }
func (c *wsConn) StreamBytes() uint64       { return 0 }
func (c *wsConn) RoundTrip() time.Duration  { return tcpRoundTrip(c.conn) }
func (c *wsConn) SetControlLimit(bytes int) { c.controlLimit.Store(int64(bytes)) }

func (c *wsConn) SendDatagram(uint64, *wire.Object) error {
	return c.errOr(ErrDatagramsUnsupported)
}

// left ends the connection when the other side has. One that only sent what is malformed is still to be told by Close.
func (c *wsConn) left() {
	if closed, ok := errors.AsType[*wsClosedError](c.readErr); ok {
		c.endedBy(closed.cause, func() {
			c.conn.SetWriteDeadline(time.Now().Add(closeTimeout))
			c.out.close(closed.answer)
			c.conn.Close()
		})
	} else if wire.CodeOf(c.readErr) == "" {
		c.endedBy(errConnectionLost(c.readErr), func() { c.conn.Close() })
	}
}

// finish says goodbye and waits until the other side does. What was sent would be lost if this side closed the TCP
// connection with something unread.
func (c *wsConn) finish(code string) {
	defer func() {
		c.conn.Close()
		<-c.readEnded
	}()
	c.conn.SetDeadline(time.Now().Add(closeTimeout))
	body := ws.NewCloseFrameBody(webSocketCoded, code)
	if code == "" {
		body = ws.NewCloseFrameBody(webSocketOrderly, "")
	}
	if c.out.close(body) == nil {
		<-c.readEnded
		if wire.CodeOf(c.readErr) != "" {
			io.Copy(io.Discard, c.frames.in)
		}
	}
}

func (c *wsConn) ReadControl() ([]byte, error) {
	select {
	case msg := <-c.control:
		return msg, nil
	case <-c.Done():
	case <-c.readEnded:
		if wire.CodeOf(c.readErr) != "" {
			return nil, c.errOr(c.readErr)
		}
		<-c.Done()
	}
	return nil, c.errOr(nil)
}

func (c *wsConn) WriteControl(msg []byte) error {
	return c.write([]byte{wire.WebSocketControl}, msg)
}

// wsGroup is nothing but an alias: all groups share the one ordered pipe.
type wsGroup struct {
	conn  *wsConn
	alias uint64
}

func (c *wsConn) OpenGroup(alias uint64) (Group, error) {
	if err := c.errOr(nil); err != nil {
		return nil, err
	}
	return &wsGroup{c, alias}, nil
}

// objectHead is what is before an object in its message.
type objectHead [1 + wire.MaxVarintLen]byte

func (h *objectHead) of(alias uint64) []byte {
	return wire.AppendVarint(append(h[:0], wire.WebSocketObject), alias)
}

func (g *wsGroup) SetUrgency(Urgency) {}
func (g *wsGroup) Close() error       { return nil }
func (g *wsGroup) Reset()             {}

func (g *wsGroup) Write(o *wire.Object) error {
	if g.conn.corked && g.conn.out.eager && o.Len() > eagerLimit {
		return g.conn.out.postpone(g.alias, o)
	}
	var head objectHead
	return g.conn.write(head.of(g.alias), o.Bytes())
}

func (c *wsConn) write(head, body []byte) error {
	if c.corked && c.out.eager {
		// Whether the connection has ended shows when one who may wait uncorks.
		return c.out.message(head, body)
	}
	if err := c.errOr(nil); err != nil {
		return err
	}
	if c.corked {
		if err := c.out.message(head, body); err != nil {
			return c.writeFailed(err)
		}
		return nil
	}
	if !c.out.acquireUntil(c.Done()) {
		return c.errOr(nil)
	}
	err := c.out.message(head, body)
	c.out.release()
	c.sendPong()
	if err != nil {
		return c.writeFailed(err)
	}
	return nil
}

func (c *wsConn) Cork() {
	if c.out.acquireUntil(c.Done()) {
		c.corked = true
		c.out.cork(false)
	}
}

func (c *wsConn) Uncork() error {
	if !c.corked {
		return c.errOr(nil)
	}
	c.corked = false
	err := c.out.settle()
	c.out.release()
	c.sendPong()
	if err != nil {
		return c.writeFailed(err)
	}
	return c.errOr(nil)
}

func (c *wsConn) TryCork() bool {
	if c.out.spill == nil || !c.out.try() {
		return false
	}
	c.corked = true
	c.out.cork(true)
	return true
}

func (c *wsConn) Stuck() bool { return c.out.isStuck() }

func (c *wsConn) TryUncork() bool {
	for {
		if payload := c.pong.Swap(nil); payload != nil && !c.out.closed {
			c.out.controlFrame(ws.OpPong, *payload)
		}
		// What fails leaves it stuck, and Uncork tells.
		if _ = c.out.flush(); c.out.isStuck() {
			return false
		}
		c.corked = false
		_ = c.out.settle()
		c.out.release()
		if c.pong.Load() == nil || !c.TryCork() {
			return true
		}
	}
}

// writeFailed ends the connection, for a frame may have left in part. If the other side has said why it is going, the
// reader is about to know.
func (c *wsConn) writeFailed(err error) error {
	c.conn.SetReadDeadline(time.Now().Add(closeTimeout / 2))
	select {
	case <-c.Done():
	case <-time.After(closeTimeout):
		c.cancel(errConnectionLost(err))
		c.Close("")
	}
	return c.errOr(err)
}

// answerPing never blocks the reader: if a write is under way, the writer sends the pong when it is done. Of several
// pings the last is answered (RFC 6455 §5.5.3).
func (c *wsConn) answerPing(payload []byte) {
	c.pong.Store(&payload)
	c.sendPong()
}

func (c *wsConn) sendPong() {
	for c.pong.Load() != nil && c.out.try() {
		if payload := c.pong.Swap(nil); payload != nil {
			c.out.pong(*payload)
		}
		c.out.release()
	}
}
