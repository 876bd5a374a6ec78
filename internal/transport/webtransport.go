package transport

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"sync/atomic"
	"time"

	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/http3"
	"github.com/quic-go/webtransport-go"

	"github.com/openconfab/confab/internal/wire"
)

// wtConn is a WebTransport session that has its control stream, alone on its QUIC connection.
type wtConn struct {
	*lifecycle
	session   *webtransport.Session
	sessionID quic.StreamID
	quic      *quic.Conn
	control   *webtransport.Stream
	// request is the stream of the CONNECT request; nil on the client.
	request *http3.Stream

	controlLimit atomic.Int64
	// reading guards reader, writing the sending direction of control.
	reading *lock
	reader  *bufio.Reader
	writing *lock

	sending    streamSet[*wtGroup]
	receiving  streamSet[*webtransport.ReceiveStream]
	unfinished atomic.Int64
	// streamBytes is what has come on the streams of groups.
	streamBytes atomic.Uint64
}

var _ Conn = (*wtConn)(nil)

// newWebTransportConn takes over the session and its QUIC connection. release, which may be nil, is called when both are
// gone.
func newWebTransportConn(
	session *webtransport.Session, id quic.StreamID, qconn *quic.Conn, control *webtransport.Stream, request *http3.Stream, release func(),
) *wtConn {
	c := &wtConn{
		session:   session,
		sessionID: id,
		quic:      qconn,
		control:   control,
		request:   request,
		reading:   newLock(),
		reader:    bufio.NewReaderSize(control, readAhead),
		writing:   newLock(),
	}
	c.controlLimit.Store(defaultControlLimit)
	closeConn := func() {
		c.quic.CloseWithError(quic.ApplicationErrorCode(http3.ErrCodeNoError), "")
		if release != nil {
			release()
		}
	}
	c.lifecycle = newLifecycle(func(code string) {
		defer closeConn()
		c.finish(code)
	})
	context.AfterFunc(session.Context(), func() {
		c.endedBy(c.sessionError(), func() {
			defer closeConn()
			c.endStreams()
			// The library tells the end of a session to none of the streams that both sides have ended: a write to one, or a
			// read, would wait for ever.
			c.control.SetDeadline(time.Now())
		})
	})
	return c
}

func (c *wtConn) Kind() Kind                { return WebTransport }
func (c *wtConn) RemoteAddr() string        { return c.quic.RemoteAddr().String() }
func (c *wtConn) Multiplexed() bool         { return true }
func (c *wtConn) StreamBytes() uint64       { return c.streamBytes.Load() }
func (c *wtConn) RoundTrip() time.Duration  { return c.quic.ConnectionStats().SmoothedRTT }
func (c *wtConn) Cork()                     {}
func (c *wtConn) TryCork() bool             { return false }
func (c *wtConn) Stuck() bool               { return false }
func (c *wtConn) TryUncork() bool           { return true }
func (c *wtConn) Uncork() error             { return context.Cause(c.ctx) }
func (c *wtConn) SetControlLimit(bytes int) { c.controlLimit.Store(int64(bytes)) }

// finish says goodbye and waits for the other side to go.
func (c *wtConn) finish(code string) {
	c.endStreams()
	c.finishControl()
	number := webtransport.SessionErrorCode(webTransportCoded)
	if code == "" {
		number = webTransportOrderly
	}
	c.closeSession(number, code)
	// Closing the QUIC connection now could overtake the close of the session: that is left to the other side, which
	// knows that it has seen it.
	select {
	case <-c.quic.Context().Done():
	case <-time.After(closeTimeout):
	}
}

// closeSessionCapsule is WT_CLOSE_SESSION (draft-ietf-webtrans-http3 §5).
const closeSessionCapsule http3.CapsuleType = 0x2843

// closeSession tells the other side the code. A node does so by itself, because the library at the same time stops the
// other direction of the stream, from which browsers conclude that the connection was lost.
func (c *wtConn) closeSession(number webtransport.SessionErrorCode, reason string) {
	if c.request == nil {
		c.session.CloseWithError(number, reason)
		return
	}
	var capsule bytes.Buffer
	http3.WriteCapsule(&capsule, closeSessionCapsule, append(binary.BigEndian.AppendUint32(nil, uint32(number)), reason...))
	if c.request.TryWriteAll(capsule.Bytes()) == nil {
		c.request.Close()
	}
}

func (c *wtConn) endStreams() {
	c.sending.end(func(g *wtGroup) { g.Reset() })
	c.receiving.end(func(s *webtransport.ReceiveStream) {
		s.SetReadDeadline(time.Now())
		s.CancelRead(wire.StreamResetStale)
	})
}

// finishControl ends the control stream and waits for the other side to end its direction, which says that it has read
// everything: closing a session discards what is still on its way. Spec: wire.md §2.8.
func (c *wtConn) finishControl() {
	deadline := time.Now().Add(closeTimeout)
	c.control.SetWriteDeadline(deadline)
	c.writing.acquire()
	c.control.Close()
	c.writing.release()

	c.control.SetReadDeadline(time.Now())
	c.reading.acquire()
	defer c.reading.release()
	c.control.SetReadDeadline(deadline)
	if _, err := io.Copy(io.Discard, c.control); err == nil && c.request != nil {
		time.Sleep(acknowledgeTime)
	}
}

// sessionError translates why the session ended.
func (c *wtConn) sessionError() error {
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := c.session.AcceptUniStream(cancelled)
	if ended, ok := errors.AsType[*webtransport.SessionError](err); ok {
		if ended.ErrorCode == webTransportOrderly {
			return closedByPeer("")
		}
		return closedByPeer(ended.Message)
	}
	if cause := context.Cause(c.quic.Context()); cause != nil {
		err = cause
	}
	if ended, ok := errors.AsType[*quic.ApplicationError](err); ok && ended.Remote &&
		(ended.ErrorCode == 0 || ended.ErrorCode == quic.ApplicationErrorCode(http3.ErrCodeNoError)) {
		return closedByPeer("")
	}
	return errConnectionLost(err)
}

func (c *wtConn) ReadControl() ([]byte, error) {
	if !c.reading.acquireUntil(c.Done()) {
		return nil, c.errOr(nil)
	}
	defer c.reading.release()
	if err := c.errOr(nil); err != nil {
		return nil, err
	}
	msg, err := wire.ReadControl(c.reader, int(c.controlLimit.Load()))
	if err == nil || wire.CodeOf(err) != "" {
		return msg, err
	}
	if reset, ok := errors.AsType[*webtransport.StreamError](err); ok && reset.Remote {
		return nil, wire.Errorf(wire.CodeMalformed, "the control stream was reset")
	}
	if errors.Is(err, io.EOF) {
		if c.writing.acquireUntil(c.Done()) {
			c.control.Close()
			c.writing.release()
		}
	}
	// The end of the session should follow, and says why.
	select {
	case <-c.Done():
	case <-time.After(2 * closeTimeout):
		if errors.Is(err, io.EOF) {
			c.cancel(closedByPeer(""))
		} else {
			c.cancel(errConnectionLost(err))
		}
		c.Close("")
	}
	return nil, c.errOr(err)
}

func (c *wtConn) WriteControl(msg []byte) error {
	if !c.writing.acquireUntil(c.Done()) {
		return c.errOr(nil)
	}
	defer c.writing.release()
	if err := c.errOr(nil); err != nil {
		return err
	}
	if err := writePrefixed(c.control, wire.AppendVarint(nil, uint64(len(msg))), msg); err != nil {
		return c.errOr(err)
	}
	return nil
}

func (c *wtConn) SendDatagram(alias uint64, o *wire.Object) error {
	if err := c.errOr(nil); err != nil {
		return err
	}
	buf := getScratch()
	defer putScratch(buf)
	*buf = wire.AppendAliased(*buf, alias, o)
	err := c.session.SendDatagram(*buf)
	if _, tooLarge := errors.AsType[*quic.DatagramTooLargeError](err); tooLarge {
		return ErrDatagramTooLarge
	}
	if err != nil {
		return c.errOr(err)
	}
	return nil
}

// writePrefixed writes prefix ‖ body, at once if body is small.
func writePrefixed(w io.Writer, prefix, body []byte) error {
	buf := getScratch()
	defer putScratch(buf)
	*buf = append(*buf, prefix...)
	if len(body) <= gatherLimit {
		*buf = append(*buf, body...)
		body = nil
	}
	if _, err := w.Write(*buf); err != nil || body == nil {
		return err
	}
	_, err := w.Write(body)
	return err
}
