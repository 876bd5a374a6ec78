package client

import (
	"time"

	"github.com/openconfab/confab/e2ee"
	"github.com/openconfab/confab/internal/wire"
	"github.com/openconfab/confab/internal/wire/pb"
)

// authority is encryption's part of who is in charge (spec/e2ee.md §13) and of comparing emoji (§15). Its methods may be called
// concurrently, but not while the lock of the room is held.
type authority interface {
	// waited tells that a host has to let this client in. It is called before joined.
	waited()
	// roomClosed tells that the node says that the room is locked or has a waiting room. It is called before joined.
	roomClosed()
	// hosting tells whether this client is a host, and whether keys are given to those only whom a host admitted.
	hosting() (host, guarded bool)
	setGuard(on bool) error
	admit(announcement []byte) error
	remove(session string) error
	setHost(session string, on bool) error
	// member returns what is known of one who is present.
	member(session string) e2ee.Member
	compare(session string) error
	finishComparing(session string, same bool) error
	endComparing(session string) error
}

var _ authority = (*sealed)(nil)

func (s *sealed) waited() { s.session.Waited(time.Now()) }

func (s *sealed) roomClosed() { s.session.Closed(time.Now()) }

func (s *sealed) hosting() (host, guarded bool) {
	_, host = s.session.Host()
	return host, s.session.Guarded()
}

func (s *sealed) setGuard(on bool) error { return s.ticking(s.session.SetGuard(on, time.Now())) }

func (s *sealed) admit(announcement []byte) error {
	return s.ticking(s.session.Admit(announcement, time.Now()))
}

func (s *sealed) remove(session string) error {
	return s.ticking(s.session.Remove(session, time.Now()))
}

func (s *sealed) setHost(session string, on bool) error {
	return s.ticking(s.session.SetHost(session, on, time.Now()))
}

func (s *sealed) member(session string) e2ee.Member {
	m, _ := s.session.Member(session)
	return m
}

func (s *sealed) compare(session string) error {
	return s.ticking(s.session.StartComparing(session, time.Now()))
}

func (s *sealed) finishComparing(session string, same bool) error {
	return s.ticking(s.session.FinishComparing(session, same))
}

func (s *sealed) endComparing(session string) error {
	return s.ticking(s.session.EndComparing(session))
}

// ticking sends what something led to.
func (s *sealed) ticking(err error) error {
	s.tick()
	return err
}

var _ authority = (*opaque)(nil)

func (o *opaque) waited()                       {}
func (o *opaque) roomClosed()                   {}
func (o *opaque) hosting() (host, guarded bool) { return false, false }
func (o *opaque) setGuard(bool) error           { return errNoHost }
func (o *opaque) admit([]byte) error            { return errNoHost }
func (o *opaque) remove(string) error           { return errNoHost }
func (o *opaque) setHost(string, bool) error    { return errNoHost }
func (o *opaque) member(string) e2ee.Member     { return e2ee.Member{} }
func (o *opaque) compare(string) error {
	return invalid("without encryption there is nothing to compare")
}
func (o *opaque) finishComparing(string, bool) error { return o.compare("") }
func (o *opaque) endComparing(string) error          { return o.compare("") }

var errNoHost = &Error{
	Code:    wire.CodeForbidden,
	Message: "only a host whom the link names, or whom that one appointed, decides about the keys: see NewMeeting",
}

// closing is what the keys are guarded for.
type closing struct{ waitingRoom, locked bool }

func (c closing) closed() bool { return c.waitingRoom || c.locked }

// takeSettings takes the settings of the node; the lock is held.
func (r *Room) takeSettings(s *pb.RoomSettings) {
	r.welcome.Settings = s
	r.closing = closing{s.GetWaitingRoom(), s.GetLocked()}
}

// guard has the keys guarded if this client is a host and the room is to be. What the node says only ever guards them: to loosen
// them is a host's own doing.
func (r *Room) guard() {
	r.mu.Lock()
	security, c := r.security, r.closing
	r.mu.Unlock()
	if host, guarded := security.hosting(); host && !guarded && c.closed() {
		r.decided(security.setGuard(true))
	}
}

// decide does encryption's part of a command. It comes before the node's: otherwise the others would set one apart who comes.
// The node's part is done either way; what goes wrong here shows as somebody who is set apart.
func (r *Room) decide(m *pb.Moderate) {
	security := r.secured()
	if host, _ := security.hosting(); !host {
		return
	}
	switch command := m.Command.(type) {
	case *pb.Moderate_Admit:
		for _, announcement := range r.announcements(command.Admit.GetSession()) {
			r.decided(security.admit(announcement))
		}
	case *pb.Moderate_Remove:
		r.decided(security.remove(command.Remove.GetSession()))
	case *pb.Moderate_SetGrants:
		session, admin := command.SetGrants.GetSession(), command.SetGrants.GetGrants().GetAdmin()
		if m := security.member(session); m.State == e2ee.Verified && m.Host != admin && !m.Founder {
			r.decided(security.setHost(session, admin))
		}
	case *pb.Moderate_SetLocked:
		r.choose(security, func(c *closing) { c.locked = command.SetLocked.GetLocked() })
	case *pb.Moderate_SetWaitingRoom:
		r.choose(security, func(c *closing) { c.waitingRoom = command.SetWaitingRoom.GetOn() })
	}
}

func (r *Room) choose(security security, change func(*closing)) {
	r.mu.Lock()
	change(&r.closing)
	c := r.closing
	r.mu.Unlock()
	r.decided(security.setGuard(c.closed()))
}

// announcements returns those of who waits: of one session, or of all for "".
func (r *Room) announcements(session string) [][]byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	var list [][]byte
	for _, w := range r.waiting {
		if session == "" || w.session == session {
			list = append(list, w.announcement)
		}
	}
	return list
}

func (r *Room) decided(err error) {
	if err != nil {
		r.log.Warn("encryption did not follow a host's decision", "error", err)
	}
}
