package e2ee

import (
	"bytes"
	"slices"
	"time"
)

// MemberJoined takes a participant that the node tells of, in Welcome or later, with its announcement. A participant
// that is refused stays in Members with the reason until it leaves; the error has the same code. Telling of one
// again with the same announcement does nothing.
func (s *Session) MemberJoined(session string, message []byte, now time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return fail(SessionClosed, "the session is closed")
	}
	if known := s.byName[session]; known != nil {
		if bytes.Equal(known.raw, message) {
			return nil
		}
		err := fail(AnnouncementChanged, "a participant's announcement changed")
		s.flag(known, AnnouncementChanged)
		return s.count(err)
	}
	m := &member{session: session, state: Refused, raw: bytes.Clone(message)}
	err := s.admit(m)
	s.members = append(s.members, m)
	s.byName[session] = m
	if err != nil {
		m.reason = CodeOf(err)
		s.emit(MemberRefused, m, m.reason)
		return s.count(err)
	}
	s.byIndex[m.id.index()] = m
	s.past[m.id] = struct{}{}
	m.in.keys.index = m.id.index()
	if s.comesBack(m, now) {
		// More than are remembered stay apart.
		_ = s.count(s.admitAll([]annID{m.id}, now))
	}
	s.authority.recognise(m.id, m.ik, now)
	if reason := s.authority.exclusion(m.id, m.ik); reason != "" {
		s.setApart(m, reason, now)
	} else {
		s.letIn(m, now)
	}
	return nil
}

// admit verifies the announcement of m.
func (s *Session) admit(m *member) error {
	a, err := openAnnouncement(s.meeting, m.raw)
	if err != nil {
		return err
	}
	index := a.id.index()
	if index == s.self.id.index() {
		s.emit(IndexCollision, m, IndexTaken)
		return fail(IndexTaken, "the participant has this session's index: the newer of the two has to join again")
	}
	if s.byIndex[index] != nil {
		return fail(IndexTaken, "the participant has another member's index: it has to join again")
	}
	if _, replayed := s.past[a.id]; replayed {
		return fail(AnnouncementReplayed, "the announcement was used before: it has to join again")
	}
	m.announcement = a
	return nil
}

// MemberLeft takes the leaving of a participant. If it was given the key in use, that key is replaced after a while.
func (s *Session) MemberLeft(session string, now time.Time) { s.leave(session, false, now) }

// MemberRemoved is MemberLeft for one that a host took out: the key is replaced at once.
func (s *Session) MemberRemoved(session string, now time.Time) { s.leave(session, true, now) }

func (s *Session) leave(session string, removed bool, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.byName[session]
	if m == nil {
		return
	}
	delete(s.byName, session)
	if m.state == Refused {
		s.members = slices.DeleteFunc(s.members, func(o *member) bool { return o == m })
		return
	}
	delete(s.byIndex, m.id.index())
	s.authority.recognise(m.id, m.ik, now)
	delete(s.authority.admitted, m.id)
	m.state = Leaving
	s.rosterChanged, s.digest = now, nil
	s.forget(m)
	switch key := s.keys.current; {
	case m.out.given:
		m.excludedBy = s.keys.newest().gen + 1
		s.scheduleRotation(removed, now)
	case key == nil || m.excludedBy <= key.gen:
		s.gone(m)
	}
}

// gone ends a leaving member.
func (s *Session) gone(m *member) {
	s.members = slices.DeleteFunc(s.members, func(o *member) bool { return o == m })
	s.emit(MemberGone, m, "")
}

// forget erases what is held to open a member's frames.
func (s *Session) forget(m *member) {
	m.in.keys.erase()
	m.in.channel = nil
	s.waitingBytes -= m.trouble.pending.bytes
	m.trouble = trouble{}
}

func (s *Session) flag(m *member, code Code) {
	m.flagged = code
	s.emit(MemberFlagged, m, code)
}
