package session

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/openconfab/confab/internal/relay"
	"github.com/openconfab/confab/internal/transport"
	"github.com/openconfab/confab/internal/wire"
	"github.com/openconfab/confab/internal/wire/pb"
)

const (
	// farewell is how long the last message of a connection may take to leave.
	farewell = time.Second
	// maxPosted is how many unnumbered messages wait; further Pongs are not sent.
	maxPosted = 16
)

// connection is one connection of a session, from its Hello to its end. Serve's goroutine reads its control messages;
// while there are any, another processes them; one receives objects. One or two send if it is multiplexed, otherwise see
// ordered.
type connection struct {
	hub     *Hub
	conn    transport.Conn
	session *Session
	inbox   *inbox
	// before is the connection that the session had until this one took over.
	before *connection
	// finished is closed when no goroutine of the connection is left.
	finished chan struct{}
	// tasks are the goroutines besides Serve's.
	tasks sync.WaitGroup
	// ordered sends everything, unless the connection is multiplexed: then first wakes the goroutine that sends control
	// messages and sound, and video the one that sends video, which sending starts.
	ordered      *ordered
	first, video chan struct{}
	sending      sync.Once
	// news: there may be a control message to send. gone: the connection has ended. ending, which is only set with mu held:
	// what is posted is the last that is sent; the connection then closes with the code.
	news, gone, ending atomic.Bool
	refusal            sync.Once
	// heard is when anything came last, in Unix nanoseconds.
	heard atomic.Int64

	// reassessed is when the participant's quality was looked at last. It belongs to the goroutine that reads.
	reassessed time.Time

	// sent is the number of the last numbered message that was sent here. It belongs to the goroutine that sends control
	// messages.
	sent uint64

	// mu guards what follows.
	mu sync.Mutex
	// posted are unnumbered messages to send before any numbered one.
	posted  [][]byte
	code    string
	closeBy *time.Timer
}

func newConnection(h *Hub, conn transport.Conn) *connection {
	c := &connection{
		hub:      h,
		conn:     conn,
		inbox:    newInbox(floodFactor * h.limits.ControlMessagesPerSecond),
		finished: make(chan struct{}),
	}
	if conn.Multiplexed() {
		c.first, c.video = make(chan struct{}, 1), make(chan struct{}, 1)
	} else {
		c.ordered = newOrdered(c, h.nextRound())
	}
	c.heard.Store(time.Now().UnixNano())
	return c
}

// refuse ends a connection that has no session, telling why.
func (c *connection) refuse(err error) {
	c.refusal.Do(func() {
		if c.conn.Context().Err() != nil {
			return
		}
		coded := c.coded(err)
		c.hub.metrics.Error(coded.Code)
		closeBy := time.AfterFunc(farewell, func() { c.conn.Close(coded.Code) })
		defer closeBy.Stop()
		if err := c.conn.WriteControl(encodeError(coded, 0)); err != nil {
			c.hub.log.Debug("refusing a connection", "remote", c.conn.RemoteAddr(), "error", err)
		}
		c.conn.Close(coded.Code)
	})
}

// coded returns what to tell the client of an error: what has no code is the node's own fault, and stays in its log.
func (c *connection) coded(err error) *wire.Error {
	if coded, ok := errors.AsType[*wire.Error](err); ok {
		return coded
	}
	c.hub.log.Error("internal error", "remote", c.conn.RemoteAddr(), "error", err)
	return wire.Errorf(wire.CodeInternal, "the node failed, and has noted why in its log: try again later")
}

// run serves the connection of a session until it ends.
func (c *connection) run() {
	s := c.session
	defer close(c.finished)
	defer s.detach(c)
	if c.before != nil {
		<-c.before.finished
		c.before = nil
	}
	silence := c.watchSilence()
	defer silence.Stop()
	defer context.AfterFunc(c.conn.Context(), func() {
		// The reader may wait for room in the inbox, and the senders for something to send.
		c.gone.Store(true)
		c.inbox.close()
		c.wakeFirst()
		c.wakeVideo()
	})()

	c.tasks.Go(c.receiveObjects)
	if c.conn.Multiplexed() {
		s.queue.Attach(map[relay.Lane]func(){relay.LaneAudio: c.wakeFirst, relay.LaneVideo: c.wakeVideo}, time.Now())
		c.tasks.Go(c.sendFirst)
		if s.queue.Subscriptions() > 0 {
			c.startVideo()
		}
	} else {
		s.queue.Attach(map[relay.Lane]func(){relay.LaneAll: c.ordered.call}, time.Now())
		c.ordered.start()
	}
	s.mailbox.connect(c.rouse)

	if err := c.read(); err != nil {
		c.fail(err)
	}
	c.inbox.close()
	c.tasks.Wait()
	c.stopFarewell()
	s.mailbox.connect(nil)
	s.queue.Detach()
}

// startVideo starts to send video of a multiplexed connection, as soon as there may be some. It is for tasks, and for run.
func (c *connection) startVideo() {
	if c.conn.Multiplexed() {
		c.sending.Do(func() { c.tasks.Go(c.sendVideo) })
	}
}

// watchSilence closes the connection when nothing has come for three ping intervals. Spec: wire.md §2.3.
func (c *connection) watchSilence() *time.Timer {
	patience := 3 * c.hub.limits.PingInterval
	var timer *time.Timer
	timer = time.AfterFunc(time.Hour, func() {
		silent := time.Since(time.Unix(0, c.heard.Load()))
		if c.inbox.blocked.Load() {
			timer.Reset(patience)
			return
		}
		if silent >= patience {
			c.hub.log.Debug("connection is silent", "session", c.session.id)
			c.conn.Close("")
			return
		}
		timer.Reset(patience - silent)
	})
	timer.Reset(patience)
	return timer
}

// post sends an unnumbered message before any numbered one.
func (c *connection) post(msg []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ending.Load() || len(c.posted) >= maxPosted {
		return
	}
	c.posted = append(c.posted, msg)
	c.rouse()
}

// fail ends the connection with an error, telling why. The session lives on, if it may.
func (c *connection) fail(err error) {
	coded := c.coded(err)
	if wire.EndsOf(coded.Code) == wire.EndsSession {
		c.session.end(ending{code: coded.Code, message: coded.Message, reason: pb.LeaveReason_LEAVE_REASON_REMOVED})
		return
	}
	c.end(coded.Code, encodeError(coded, 0))
}

// end closes the connection with a code after a last message, nil for none.
func (c *connection) end(code string, last []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ending.Load() {
		return
	}
	if code != "" {
		c.hub.metrics.Error(code)
	}
	c.code = code
	c.ending.Store(true)
	if last != nil {
		c.posted = append(c.posted, last)
	}
	c.closeBy = time.AfterFunc(farewell, func() { c.conn.Close(code) })
	c.rouse()
}

func (c *connection) stopFarewell() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closeBy != nil {
		c.closeBy.Stop()
	}
}

// rouse sees to it that control messages are looked for.
func (c *connection) rouse() {
	c.news.Store(true)
	c.wakeFirst()
}

// wakeFirst has sent what goes before video, and on one ordered pipe everything.
func (c *connection) wakeFirst() {
	if c.ordered != nil {
		c.ordered.call()
	} else {
		wake(c.first)
	}
}

// wakeVideo has video of a multiplexed connection sent.
func (c *connection) wakeVideo() { wake(c.video) }

// wake gives the channel, which has a buffer of one, a value if it has none.
func wake(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

func encode(m *pb.ServerMessage) []byte {
	b, err := proto.Marshal(m)
	if err != nil {
		panic("session: " + err.Error())
	}
	return b
}

func encodeError(e *wire.Error, requestID uint32) []byte {
	return encode(&pb.ServerMessage{Kind: &pb.ServerMessage_Error{Error: e.Proto(requestID)}})
}
