package session

import (
	"math/rand/v2"
	"time"

	"github.com/openconfab/confab/internal/wire"
	"github.com/openconfab/confab/internal/wire/pb"
)

// reunionDelay is how much later those join anew who let others go first: by then these are there.
const reunionDelay = 3 * time.Second

// Outdated implements room.Member. Spec: decisions/0017.
func (s *Session) Outdated(within time.Duration, later bool) {
	at := time.Now().Add(rand.N(within))
	if later {
		at = at.Add(reunionDelay)
	}
	s.hub.start(func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.ended || s.reunion != nil && s.reunionAt.Before(at) {
			return
		}
		if s.reunion != nil {
			s.reunion.Stop()
		}
		s.reunion, s.reunionAt = time.AfterFunc(time.Until(at), s.joinAnew), at
	})
}

// joinAnew has the client join anew, if it still has to. Its participant stays until then, so that it keeps its place.
func (s *Session) joinAnew() {
	s.mu.Lock()
	s.reunion = nil
	s.mu.Unlock()
	if !s.participant.HasToJoinAnew() {
		return
	}
	s.mu.Lock()
	ended, c := s.ended, s.conn
	s.tickets = tickets{}
	s.mu.Unlock()
	if ended {
		return
	}
	s.hub.log.Info("to join anew", "session", s.id, "room", s.participant.Room())
	if c != nil {
		c.end(wire.CodeSplit, encode(&pb.ServerMessage{Kind: &pb.ServerMessage_Closed{
			Closed: &pb.Closed{Code: wire.CodeSplit, Message: "the nodes of this room could not reach each other for a while: join anew"},
		}}))
	}
}

// stopTimers stops what the session would do later; mu is held.
func (s *Session) stopTimers() {
	s.stopAwaiting()
	for _, t := range []*time.Timer{s.patience, s.reunion} {
		if t != nil {
			t.Stop()
		}
	}
}
