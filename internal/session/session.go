package session

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/openconfab/confab/internal/relay"
	"github.com/openconfab/confab/internal/room"
	"github.com/openconfab/confab/internal/wire"
	"github.com/openconfab/confab/internal/wire/pb"
)

// Session is one client in a room, over one connection at a time or, for a while, none. It implements room.Member.
type Session struct {
	hub *Hub
	id  string
	// participant is set before anybody else can reach the session, except by replacing it, which waits for mu.
	participant *room.Participant
	queue       *relay.Queue
	mailbox     mailbox

	// processing is held while a control message of the client is processed. It is the outermost of all locks, and guards
	// limits and admitted. received is the number of the last message processed.
	processing sync.Mutex
	limits     throttle
	// admitted: the participant does not wait any more, or never did.
	admitted bool
	received atomic.Uint64

	// mu guards what follows. It is taken before the locks of the hub, the room and the relay.
	mu      sync.Mutex
	tickets tickets
	// conn is the connection in charge, nil while the client is away; grace then ends the session.
	conn  *connection
	grace *time.Timer
	// patience ends the session of one who has waited too long, nil if it did not have to.
	patience *time.Timer
	// reunion has the client join anew, at reunionAt; nil if it does not have to.
	reunion   *time.Timer
	reunionAt time.Time
	ended     bool
	// alternates are the other nodes that the client was told of.
	alternates []string
}

// ending tells how a session ends. An empty code is an orderly end.
type ending struct {
	code, message string
	reason        pb.LeaveReason
}

var (
	endLeft = ending{reason: pb.LeaveReason_LEAVE_REASON_LEFT}
	endLost = ending{reason: pb.LeaveReason_LEAVE_REASON_LOST}
	endSlow = ending{
		code:    wire.CodeSlowClient,
		message: "the client has left too much unacknowledged: join anew",
		reason:  pb.LeaveReason_LEAVE_REASON_LOST,
	}
	endFlood = ending{
		code:    wire.CodeRateLimited,
		message: "the client has sent far more control messages than allowed: see limits in Welcome",
		reason:  pb.LeaveReason_LEAVE_REASON_REMOVED,
	}
	endShuttingDown = ending{
		code:    wire.CodeShuttingDown,
		message: "this node is shutting down: connect to another",
		reason:  pb.LeaveReason_LEAVE_REASON_LOST,
	}
	endForgotten = ending{
		code:    wire.CodeForgotten,
		message: "nobody has let you in: ask somebody in the meeting, and join again",
		reason:  pb.LeaveReason_LEAVE_REASON_FORGOTTEN,
	}
)

// dismissals say what to tell whom the room has dismissed, by code.
var dismissals = map[string]string{
	wire.CodeReplaced: "the same identity has joined again elsewhere",
	wire.CodeRemoved:  "a host has removed you from the meeting",
	wire.CodeBlocked:  "a host has removed you from the meeting, and you can't join it again",
	wire.CodeRejected: "a host has not let you in",
	wire.CodeEnded:    "a host has ended the meeting",
}

// end ends the session, tells the others why, and closes its connection after a last word.
func (s *Session) end(e ending) {
	s.mu.Lock()
	if s.ended {
		s.mu.Unlock()
		return
	}
	s.ended = true
	c := s.conn
	s.stopTimers()
	s.mu.Unlock()

	now := time.Now()
	s.participant.Leave(e.reason, now)
	s.queue.Close(now)
	s.mailbox.close()
	s.hub.remove(s)
	code := e.code
	if code == "" && e.reason == pb.LeaveReason_LEAVE_REASON_LOST {
		code = "lost"
	}
	s.hub.metrics.SessionEnded(code)
	s.hub.log.Info("left", "session", s.id, "room", s.participant.Room(), "code", code)
	if c == nil {
		return
	}
	var last []byte
	if e.code != "" {
		last = encode(&pb.ServerMessage{Kind: &pb.ServerMessage_Closed{
			Closed: &pb.Closed{Code: e.code, Message: e.message},
		}})
	}
	c.end(e.code, last)
}

// detach notes that a connection has ended. If it was in charge, the client has some time to come back.
func (s *Session) detach(c *connection) {
	s.mu.Lock()
	if s.ended || s.conn != c {
		s.mu.Unlock()
		return
	}
	s.conn = nil
	s.await()
	s.participant.SetConnected(false, time.Now())
	s.mu.Unlock()
	if s.hub.isClosing() && s.hub.config.Elsewhere.Alone() {
		s.end(endLost)
	}
}

// await gives the client some time to come; mu is held.
func (s *Session) await() {
	var grace *time.Timer
	grace = time.AfterFunc(s.hub.limits.Resume, func() {
		s.mu.Lock()
		lost := s.grace == grace
		s.mu.Unlock()
		if lost {
			s.end(endLost)
		}
	})
	s.grace = grace
}

// stopAwaiting: the client is there, or nobody waits for it any more; mu is held.
func (s *Session) stopAwaiting() {
	if s.grace != nil {
		s.grace.Stop()
		s.grace = nil
	}
}

// connection returns the connection in charge, nil if the client is away.
func (s *Session) connection() *connection {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.conn
}

// confirmTicket notes that the client has got what was sent on a connection.
func (s *Session) confirmTicket(c *connection) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conn == c {
		s.tickets.confirm()
	}
}

// Deliver implements room.Member.
func (s *Session) Deliver(msg []byte) {
	if !s.mailbox.put(msg) {
		s.hub.start(func() { s.end(endSlow) })
	}
}

// DeliverDroppable implements room.Member.
func (s *Session) DeliverDroppable(msg []byte) {
	if s.mailbox.behind() {
		s.hub.metrics.Dropped(relay.DropDataBehind, 1)
		return
	}
	s.Deliver(msg)
}

// Deafened implements room.Member.
func (s *Session) Deafened() {
	s.hub.start(func() {
		// No Subscribe is under way that was granted before.
		s.processing.Lock()
		defer s.processing.Unlock()
		if !s.participant.Grants().GetSubscribe() {
			s.queue.UnsubscribeAll(time.Now())
		}
	})
}

// Dismissed implements room.Member.
func (s *Session) Dismissed(code string) {
	// The room has told the others why.
	s.hub.start(func() { s.end(ending{code: code, message: dismissals[code]}) })
}

// KeyframeRequested implements relay.Upstream.
func (s *Session) KeyframeRequested(track, layer uint32) {
	s.Deliver(encode(&pb.ServerMessage{Kind: &pb.ServerMessage_KeyframeRequested{
		KeyframeRequested: &pb.KeyframeRequested{Number: track, Layer: layer},
	}}))
}

// LayersWanted implements relay.Upstream.
func (s *Session) LayersWanted(track uint32, layers []uint32) {
	s.Deliver(encode(&pb.ServerMessage{Kind: &pb.ServerMessage_LayersWanted{
		LayersWanted: &pb.LayersWanted{Number: track, Layers: layers},
	}}))
}
