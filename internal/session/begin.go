package session

import (
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/openconfab/confab/internal/relay"
	"github.com/openconfab/confab/internal/room"
	"github.com/openconfab/confab/internal/wire"
	"github.com/openconfab/confab/internal/wire/pb"
)

const (
	// version is the protocol that this node speaks.
	version = 1
	// helloTimeout is how long a connection may take to say Hello, and helloBytes how much.
	helloTimeout = 5 * time.Second
	helloBytes   = 64 << 10
	maxUserAgent = 64
)

// begin reads the Hello and joins a room, or resumes a session. It fails with what to tell the client.
func (c *connection) begin() error {
	hello, err := c.readHello()
	if err != nil {
		return err
	}
	if !slices.Contains(hello.Versions, version) {
		return wire.Errorf(wire.CodeVersionUnsupported, "this node speaks version %d, the client %v: update the client", version, hello.Versions)
	}
	if hello.Resume != nil {
		return c.resume(hello.Resume)
	}
	return c.join(hello)
}

func (c *connection) readHello() (*pb.Hello, error) {
	c.conn.SetControlLimit(helloBytes)
	// Reading has no deadline of its own: when the time is over, the client is told and the connection closed.
	var decided atomic.Bool
	timeout := wire.Errorf(wire.CodeHelloTimeout, "no Hello came within %v", helloTimeout)
	timer := time.AfterFunc(helloTimeout, func() {
		if decided.CompareAndSwap(false, true) {
			c.refuse(timeout)
		}
	})
	defer timer.Stop()
	b, err := c.conn.ReadControl()
	if !decided.CompareAndSwap(false, true) {
		return nil, timeout
	}
	if err != nil {
		return nil, err
	}
	m, err := wire.UnmarshalClient(b, helloBytes)
	if err != nil {
		return nil, err
	}
	hello := m.GetHello()
	if hello == nil {
		return nil, wire.Errorf(wire.CodeMalformed, "the first message is %T and not Hello", m.GetKind())
	}
	c.conn.SetControlLimit(c.hub.limits.ControlMessageBytes)
	c.hub.metrics.ControlIn(len(b))
	return hello, nil
}

// join admits the client and starts a session.
func (c *connection) join(hello *pb.Hello) error {
	h := c.hub
	admission, err := h.config.Admit(c.conn.Context(), hello, c.conn.RemoteAddr())
	if err != nil {
		return fmt.Errorf("admitting: %w", err)
	}
	now := time.Now()
	s := &Session{
		hub:     h,
		id:      newSessionID(),
		queue:   relay.NewQueue(h.metrics, &h.gatherer, &h.pulse, h.limits.QueueBytes, h.limits.Subscriptions),
		mailbox: mailbox{limit: h.limits.UnacknowledgedBytes, reader: c},
		limits:  newThrottle(h.limits, now),
		conn:    c,
	}
	joined, err := s.join(admission, hello, now)
	if err != nil {
		return err
	}
	c.session = s
	s.mu.Lock()
	welcome := s.welcome(nil)
	s.mu.Unlock()
	if welcome.Waiting = joined.Waiting; !joined.Waiting {
		welcome.Grants, welcome.Settings = joined.Admitted.Grants, joined.Admitted.Settings
		welcome.Participants, welcome.WaitingParticipants = joined.Admitted.Participants, joined.Admitted.WaitingParticipants
	}
	s.tellAlternates(h.alternates())
	c.post(encode(&pb.ServerMessage{Kind: &pb.ServerMessage_Welcome{Welcome: welcome}}))
	h.metrics.SessionStarted()
	h.log.Info("joined", "waiting", joined.Waiting, "session", s.id, "room", admission.Room, "identity", admission.Identity,
		"transport", c.conn.Kind(), "remote", c.conn.RemoteAddr(), "client", printable(hello.UserAgent))
	return nil
}

// join enters the room. Whoever replaces this session at once waits until it is there.
func (s *Session) join(a Admission, hello *pb.Hello, now time.Time) (room.Joined, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.hub.add(s); err != nil {
		return room.Joined{}, err
	}
	joined, err := s.hub.rooms.Join(a.Room, room.Joining{
		Session:         s.id,
		Identity:        a.Identity,
		Name:            a.Name,
		Announcement:    hello.Announcement,
		Capabilities:    hello.Capabilities,
		Grants:          a.Grants,
		Settings:        a.Settings,
		Wait:            a.Wait,
		MaxParticipants: a.MaxParticipants,
		Kept:            a.Kept,
		At:              now,
		Member:          s,
		Meter:           s.hub.metrics,
	})
	if err != nil {
		s.hub.remove(s)
		return room.Joined{}, err
	}
	s.participant = joined.Participant
	if joined.Waiting {
		s.awaitHost(s.hub.limits.WaitingTime)
	}
	return joined, nil
}

// awaitHost gives the hosts some time to let the client in; mu is held.
func (s *Session) awaitHost(patience time.Duration) {
	s.patience = time.AfterFunc(patience, func() {
		if s.participant.Forget(time.Now()) {
			s.end(endForgotten)
		}
	})
}

// resume takes over the session that the client names, if it knows its ticket. Spec: wire.md §4.
func (c *connection) resume(r *pb.Resume) error {
	unknown := wire.Errorf(wire.CodeResumeUnknown, "there is no such session to resume: join anew")
	hash := ticketHash(r.Ticket)
	s := c.hub.sessionAnywhere(c.conn.Context(), r, hash)
	if s == nil {
		return unknown
	}
	// Held so that nothing of the old connection is being processed while the numbers are exchanged.
	s.processing.Lock()
	defer s.processing.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended || !s.tickets.valid(hash) {
		return unknown
	}
	if err := c.hub.add(s); err != nil {
		return err
	}
	acknowledged, ok := s.mailbox.readBy(c, r.Received)
	if !ok {
		return wire.Errorf(wire.CodeMalformed, "the client can't have processed %d messages of this session", r.Received)
	}
	s.stopAwaiting()
	c.session, c.sent = s, acknowledged
	c.before = s.conn
	s.conn = c
	welcome := s.welcome(r.Ticket)
	welcome.Resumed, welcome.Acknowledged = true, acknowledged
	if !s.participant.Waiting() {
		welcome.Grants, welcome.Settings = s.participant.Grants(), s.participant.Settings()
	}
	c.post(encode(&pb.ServerMessage{Kind: &pb.ServerMessage_Welcome{Welcome: welcome}}))
	if c.before != nil {
		c.before.conn.Close("")
	}
	s.participant.SetConnected(true, time.Now())
	c.hub.metrics.SessionResumed(c.conn.Kind())
	c.hub.log.Info("resumed", "session", s.id, "transport", c.conn.Kind(), "remote", c.conn.RemoteAddr())
	return nil
}

// Leave ends the session that a Resume message names, as its client's Leave does, if the ticket is the session's. It is for a client
// that can't wait for its connection to take that. It fails with a *wire.Error when the message does not parse. Spec: wire.md §4.6.
func (h *Hub) Leave(resume []byte) error {
	var r pb.Resume
	if err := proto.Unmarshal(resume, &r); err != nil {
		return wire.Errorf(wire.CodeMalformed, "not a Resume message: %v", err)
	}
	s := h.session(r.Session)
	if s == nil {
		return nil
	}
	s.mu.Lock()
	valid := s.tickets.valid(ticketHash(r.Ticket))
	s.mu.Unlock()
	if valid {
		s.end(endLeft)
	}
	return nil
}

// welcome describes the session, as that of one who waits, with a new ticket; used is the ticket that the client has, nil for none. mu
// is held.
func (s *Session) welcome(used []byte) *pb.Welcome {
	return &pb.Welcome{
		Version:      version,
		Session:      s.id,
		Identity:     s.participant.Identity,
		Room:         s.participant.Room(),
		Grants:       &pb.Grants{Join: true},
		Limits:       s.hub.limits.Proto(),
		ResumeTicket: s.tickets.renew(used, s.hub.config.Elsewhere.ID()),
		Received:     s.received.Load(),
		Node:         s.hub.config.Node,
	}
}

// printable returns a client's name for the log.
func printable(name string) string {
	name = name[:min(len(name), maxUserAgent)]
	clean := make([]byte, 0, len(name))
	for _, c := range []byte(name) {
		if 0x20 <= c && c < 0x7f {
			clean = append(clean, c)
		}
	}
	return string(clean)
}
