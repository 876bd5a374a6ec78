package link

import (
	"sync/atomic"
	"time"

	"github.com/openconfab/confab/internal/transport"
	"github.com/openconfab/confab/internal/wire"
	"github.com/openconfab/confab/internal/wire/pb"
)

// attachment is one connection of a link, from Welcome to its end.
type attachment struct {
	link *Link
	conn transport.Conn
	// base is the address of the node.
	base    string
	session *session
	since   time.Time

	// cursor is the number of the last numbered message that came on this connection. It belongs to the reader.
	cursor uint64
	// sent is the number of the last numbered message that was sent on it. It belongs to the writer.
	sent uint64
	// pace is how fast numbered messages go. It belongs to the writer.
	pace pace
	// wake rouses the writer; wakeVideo that of video, which is the same unless the connection is multiplexed.
	wake, wakeVideo chan struct{}
	// heard is set when anything comes.
	heard atomic.Bool

	// What follows is guarded by the lock of the link.

	// posted are messages without a number.
	posted [][]byte
	// over is set when the connection is lost, for the reason in err.
	over      bool
	err       error
	videoSent bool
	liveness
}

func newAttachment(l *Link, conn transport.Conn, base string, s *session) *attachment {
	a := &attachment{link: l, conn: conn, base: base, session: s, since: time.Now(), wake: make(chan struct{}, 1)}
	a.wakeVideo = a.wake
	if conn.Multiplexed() {
		a.wakeVideo = make(chan struct{}, 1)
	}
	return a
}

// run starts reading and writing; the lock of the link is held.
func (a *attachment) run() {
	a.link.tasks.Go(a.read)
	a.link.tasks.Go(a.receive)
	if a.conn.Multiplexed() {
		a.link.tasks.Go(a.writeUrgent)
	} else {
		a.videoSent = true
		a.link.tasks.Go(a.writeAll)
	}
}

// read hands over control messages until the connection ends.
func (a *attachment) read() {
	for {
		b, err := a.conn.ReadControl()
		if err != nil {
			a.lose(err)
			return
		}
		a.hear()
		m, err := wire.UnmarshalServer(b, len(b))
		if err != nil {
			a.lose(err)
			return
		}
		if err := a.take(m, len(b)); err != nil {
			a.lose(err)
			return
		}
	}
}

// take processes a message. Its error ends the connection.
func (a *attachment) take(m *pb.ServerMessage, size int) error {
	switch kind := m.Kind.(type) {
	case *pb.ServerMessage_Welcome:
		return wire.Errorf(wire.CodeMalformed, "a second Welcome came")
	case *pb.ServerMessage_Closed:
		a.link.forget(a.session)
		return &wire.Error{
			Code:      kind.Closed.GetCode(),
			Message:   kind.Closed.GetMessage(),
			Retryable: wire.Retryable(kind.Closed.GetCode()),
		}
	case *pb.ServerMessage_Error:
		if wire.EndsOf(kind.Error.GetCode()) != wire.EndsNothing {
			return wire.ErrorFromProto(kind.Error)
		}
	case *pb.ServerMessage_Pong:
		return a.ponged(kind.Pong)
	case *pb.ServerMessage_GoAway:
		a.link.sendAway(kind.GoAway)
		return nil
	}
	a.number(m, size)
	return nil
}

// number hands over a numbered message, unless another connection brought it already.
func (a *attachment) number(m *pb.ServerMessage, size int) {
	l, s := a.link, a.session
	l.processing.Lock()
	defer l.processing.Unlock()
	a.cursor++
	if a.cursor <= s.processed.Load() || !l.inUse(s) {
		return
	}
	s.processed.Store(a.cursor)
	switch kind := m.Kind.(type) {
	case nil:
	case *pb.ServerMessage_Alternates:
		l.setAlternates(kind.Alternates.GetUrls())
	default:
		l.handler.Message(m)
	}
	l.mu.Lock()
	s.unacknowledged += size
	due := s.unacknowledged > int(s.limits.GetUnacknowledgedBytes()/4)
	l.mu.Unlock()
	if due {
		a.ping(time.Now())
	}
}

// receive hands over objects until the connection ends.
func (a *attachment) receive() {
	l := a.link
	// Why it ended is what read reports; malformed input here ends one stream, and on WebSocket both.
	_ = a.conn.ReceiveObjects(int(a.session.limits.GetObjectBytes()), func(alias uint64, o *wire.Object) {
		a.hear()
		l.counters.receivedObjects.Add(1)
		l.counters.receivedBytes.Add(uint64(o.Len()))
		l.handler.Object(alias, o)
	}, func(error) { a.hear() })
}

func (a *attachment) hear() {
	if !a.heard.Load() {
		a.heard.Store(true)
	}
}

// lose closes the connection and has the manager see to another.
func (a *attachment) lose(err error) {
	l := a.link
	l.mu.Lock()
	first := !a.over
	if first {
		a.over, a.err = true, err
	}
	delete(l.attachments, a)
	l.mu.Unlock()
	if !first {
		return
	}
	code := ""
	if wire.CodeOf(err) == wire.CodeMalformed {
		code = wire.CodeMalformed
	}
	a.conn.Close(code)
	l.rouse()
}

// post sends a message that has no number.
func (a *attachment) post(msg []byte) {
	a.link.mu.Lock()
	a.posted = append(a.posted, msg)
	a.link.mu.Unlock()
	a.rouse()
}

func (a *attachment) rouse() { rouse(a.wake) }

func rouse(wake chan struct{}) {
	select {
	case wake <- struct{}{}:
	default:
	}
}
