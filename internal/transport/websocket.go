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

func (g *wsGroup) SetUrgency(Urgency) {}
func (g *wsGroup) Close() error       { return nil }
func (g *wsGroup) Reset()             {}

func (g *wsGroup) Write(o *wire.Object) error {
	var head [1 + wire.MaxVarintLen]byte
	return g.conn.write(wire.AppendVarint(append(head[:0], wire.WebSocketObject), g.alias), o.Bytes())
}

func (c *wsConn) write(head, body []byte) error {
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
		c.corked, c.out.corked = true, true
	}
}

func (c *wsConn) Uncork() error {
	if !c.corked {
		return c.errOr(nil)
	}
	c.corked, c.out.corked = false, false
	err := c.out.flush()
	c.out.release()
	c.sendPong()
	if err != nil {
		return c.writeFailed(err)
	}
	return c.errOr(nil)
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

// wsWriter puts messages into frames. Its lock guards everything and is held while writing.
type wsWriter struct {
	lock
	conn   net.Conn
	client bool
	// vectored: conn writes several buffers by one system call.
	vectored bool
	corked   bool
	closed   bool
	// gathered holds complete frames that have not been written; nil when there are none.
	gathered *[]byte
	vector   net.Buffers
	pair     [2][]byte
	space    [ws.MaxHeaderSize]byte
}

func newWSWriter(conn net.Conn, client bool) wsWriter {
	w := wsWriter{lock: newLock(), conn: conn, client: client}
	if tcp := tcpConn(conn); tcp != nil && !isTLS(conn) {
		w.conn, w.vectored = tcp, true
	}
	return w
}

func (w *wsWriter) message(head, body []byte) error {
	if w.closed {
		return net.ErrClosed
	}
	if w.gathered == nil {
		w.gathered = getScratch()
	}
	header := ws.Header{Fin: true, OpCode: ws.OpBinary, Length: int64(len(head) + len(body)), Masked: w.client}
	if w.client {
		header.Mask = ws.NewMask()
	}
	w.append(header)
	start := len(*w.gathered)
	*w.gathered = append(*w.gathered, head...)
	switch {
	case w.client || len(body) <= gatherLimit:
		*w.gathered = append(*w.gathered, body...)
		body = nil
	case !w.vectored:
		n := min(len(body), max(0, tlsRecord-len(*w.gathered)))
		*w.gathered = append(*w.gathered, body[:n]...)
		body = body[n:]
	}
	if w.client {
		ws.Cipher((*w.gathered)[start:], header.Mask, 0)
	}
	if len(body) == 0 {
		if w.corked && len(*w.gathered) < corkLimit {
			return nil
		}
		return w.flush()
	}
	w.pair = [2][]byte{*w.gathered, body}
	w.vector = w.pair[:]
	_, err := w.vector.WriteTo(w.conn)
	w.pair = [2][]byte{}
	w.recycle()
	w.closed = err != nil
	return err
}

func (w *wsWriter) pong(payload []byte) error {
	if w.closed {
		return net.ErrClosed
	}
	w.controlFrame(ws.OpPong, payload)
	return w.flush()
}

// close writes a close frame after everything else, once.
func (w *wsWriter) close(body []byte) error {
	w.acquire()
	defer w.release()
	if w.closed {
		return net.ErrClosed
	}
	w.controlFrame(ws.OpClose, body)
	err := w.flush()
	w.closed = true
	return err
}

func (w *wsWriter) controlFrame(op ws.OpCode, payload []byte) {
	if w.gathered == nil {
		w.gathered = getScratch()
	}
	header := ws.Header{Fin: true, OpCode: op, Length: int64(len(payload)), Masked: w.client}
	if w.client {
		header.Mask = ws.NewMask()
	}
	w.append(header)
	start := len(*w.gathered)
	*w.gathered = append(*w.gathered, payload...)
	if w.client {
		ws.Cipher((*w.gathered)[start:], header.Mask, 0)
	}
}

func (w *wsWriter) append(h ws.Header) {
	ws.WriteHeaderBuffer((*appender)(w.gathered), h, w.space[:])
}

func (w *wsWriter) flush() error {
	if w.gathered == nil {
		return nil
	}
	defer w.recycle()
	_, err := w.conn.Write(*w.gathered)
	w.closed = err != nil
	return err
}

func (w *wsWriter) recycle() {
	putScratch(w.gathered)
	w.gathered = nil
}

type appender []byte

func (a *appender) Write(b []byte) (int, error) {
	*a = append(*a, b...)
	return len(b), nil
}
