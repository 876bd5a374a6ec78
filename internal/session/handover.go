package session

import (
	"context"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/openconfab/confab/internal/relay"
	"github.com/openconfab/confab/internal/room"
	"github.com/openconfab/confab/internal/wire"
	"github.com/openconfab/confab/internal/wire/pb"
)

// maxHandover is the size in bytes of a session that can be handed over, so that it fits a message between nodes. The client of
// a larger one joins anew.
const maxHandover = 3 << 20

// Elsewhere is what a Hub knows of the other nodes. Its methods may be called concurrently.
type Elsewhere interface {
	// ID is that of this node, which the others know it by.
	ID() string
	// Alone reports whether no other node takes clients.
	Alone() bool
	// Fetch asks a node for a session, and returns when the session has been taken over, or won't be.
	Fetch(ctx context.Context, node string, want *pb.SessionWanted)
}

// nowhere is the Elsewhere of a node without others.
type nowhere struct{}

func (nowhere) ID() string                                       { return "" }
func (nowhere) Alone() bool                                      { return true }
func (nowhere) Fetch(context.Context, string, *pb.SessionWanted) {}

// sessionAnywhere returns the session that a client wants to resume, from the node that made its ticket if it is not here; nil
// if there is none. Spec: backbone.md §5.
func (h *Hub) sessionAnywhere(ctx context.Context, r *pb.Resume, hash []byte) *Session {
	if s := h.session(r.Session); s != nil {
		return s
	}
	node := nodeOf(r.Ticket)
	if node == "" || node == h.config.Elsewhere.ID() || h.isClosing() {
		return nil
	}
	h.config.Elsewhere.Fetch(ctx, node, &pb.SessionWanted{Session: r.Session, TicketHash: hash, Received: r.Received})
	return h.session(r.Session)
}

// HandOver hands a session over to another node that has met its client, if the client has shown its ticket there. It returns false,
// and nothing has changed, when there is no such session or it is too large. The others in the room notice nothing.
func (h *Hub) HandOver(want *pb.SessionWanted, to room.Destination) bool {
	s := h.session(want.GetSession())
	return s != nil && s.handOver(want, to)
}

func (s *Session) handOver(want *pb.SessionWanted, to room.Destination) bool {
	s.processing.Lock()
	defer s.processing.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended || !s.tickets.valid(want.TicketHash) {
		return false
	}
	now, name := time.Now(), s.participant.Room()
	handed := s.participant.HandOver(to, s.queue, func(m *pb.SessionHandover) bool {
		m.TicketHashes, m.Received = s.tickets.hashes(), s.received.Load()
		var ok bool
		m.Messages, m.Acknowledged, ok = s.mailbox.kept(want.Received)
		return ok && proto.Size(m) <= maxHandover
	}, now)
	if !handed {
		return false
	}
	s.ended = true
	s.stopTimers()
	s.queue.Close(now)
	s.mailbox.close()
	s.hub.remove(s)
	s.hub.metrics.SessionEnded("moved")
	s.hub.log.Info("moved", "session", s.id, "room", name, "to", to.Node)
	if s.conn != nil {
		s.conn.conn.Close("")
		s.conn = nil
	}
	return true
}

// TakeOver takes in a session of another node, and waits for its client. It fails with a *wire.Error when the session is here
// already, was replaced, or this node stops.
func (h *Hub) TakeOver(name, from string, m *pb.SessionHandover, memberOf func(node, session string) room.Member) error {
	now := time.Now()
	s := &Session{
		hub:      h,
		id:       m.GetState().GetInfo().GetSession(),
		queue:    relay.NewQueue(h.metrics, &h.gatherer, &h.pulse, h.limits.QueueBytes, h.limits.Subscriptions),
		mailbox:  mailbox{limit: h.limits.UnacknowledgedBytes},
		limits:   newThrottle(h.limits, now),
		admitted: !m.GetState().GetWaiting(),
	}
	s.mailbox.restore(m.Messages, m.Acknowledged)
	s.received.Store(m.Received)
	s.tickets.restore(m.TicketHashes)
	s.mu.Lock()
	defer s.mu.Unlock()
	if h.session(s.id) != nil {
		return wire.Errorf(wire.CodeResumeUnknown, "the session is here already")
	}
	if err := h.add(s); err != nil {
		return err
	}
	participant, err := h.rooms.TakeOver(name, room.Arrival{
		From: from, Handover: m, Member: s, Queue: s.queue, Meter: h.metrics, MemberOf: memberOf, At: now,
	})
	if err != nil {
		s.ended = true
		h.remove(s)
		return err
	}
	s.participant = participant
	s.await()
	if m.GetState().GetWaiting() {
		s.awaitHost(participant.At.Add(h.limits.WaitingTime).Sub(now))
	}
	h.metrics.SessionStarted()
	h.log.Info("taken over", "session", s.id, "room", name, "from", from)
	h.start(func() { s.tellAlternates(h.alternates()) })
	return nil
}
