package e2ee

import "time"

// presence is what is known of a member's being there.
type presence struct {
	// sequence is the last accepted, nil before the first.
	sequence *uint64
	// heard is when it last gave a sign, period how long after that the next one was due.
	heard  time.Time
	period time.Duration
	silent bool
	// differing is since when its roster differs from one's own, zero while it does not; differs whether that was told.
	differing time.Time
	differs   bool
}

// hear notes a sign of life.
func (p *presence) hear(now time.Time, period time.Duration) { p.heard, p.period = now, period }

// Pause tells that the connection to the node is interrupted: until [Session.Resume] nobody is taken for gone for
// being silent.
func (s *Session) Pause() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.paused = true
}

// Resume tells that the connection goes on.
func (s *Session) Resume(now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.paused = false
	s.hearAll(now)
	s.wakeBy(now)
}

// hearAll begins to count everybody's silence anew.
func (s *Session) hearAll(now time.Time) {
	for m := range s.present() {
		m.presence.heard = later(m.presence.heard, now)
	}
}

// sends reports whether a member is known to have a sender key.
func (m *member) sends() bool { return m.roles&Publisher != 0 || m.in.held != nil }

// advancePresence does what is due about heartbeats, and returns when to look again.
func (s *Session) advancePresence(now time.Time) time.Time {
	if s.paused {
		return time.Time{}
	}
	if !s.wake.IsZero() && now.Sub(s.wake) > oversleep {
		s.hearAll(now)
	}
	own := s.keys.current != nil
	publishers, listeners := s.census(own)
	if publishers+listeners == 1 {
		s.beatAt = time.Time{}
		return s.beatAt
	}
	period := beatPeriod(own, publishers, listeners)
	switch next := now.Add(period); {
	case s.beatAt.IsZero():
		s.beatAt = next.Add(-jitter(period / 2))
	case !s.beatAt.After(now):
		s.beat(own, now)
		s.beatAt = next
	default:
		s.beatAt = earliest(s.beatAt, next)
	}
	wake := s.beatAt
	for m := range s.present() {
		if !own && !m.sends() {
			m.presence.heard = now
			continue
		}
		p := &m.presence
		p.period = max(p.period, beatPeriod(m.sends(), publishers, listeners))
		if end := p.heard.Add(beatsMissed*p.period + beatSlack); end.After(now) {
			wake = earliest(wake, end)
			continue
		}
		p.silent = true
		s.review(m, now)
	}
	return earliest(wake, s.keys.wake())
}

// census counts the members, oneself included.
func (s *Session) census(own bool) (publishers, listeners int) {
	count := func(sends bool) {
		if sends {
			publishers++
		} else {
			listeners++
		}
	}
	count(own)
	for m := range s.present() {
		count(m.sends())
	}
	return publishers, listeners
}

// beat sends a heartbeat to those who wait for one: everybody if this session sends, else those who do.
func (s *Session) beat(own bool, now time.Time) {
	h := heartbeat{seq: s.beats, sent: now, roster: s.roster()}
	if key := s.keys.current; key != nil {
		h.keyID, h.commit = key.keyID, [32]byte(commitment(s.meeting, s.self.id, key.keyID, key.base))
		for number, slot := range key.slots {
			if slot != nil {
				h.slots = append(h.slots, slotCounter{slot: uint8(number), count: slot.counter})
			}
		}
	}
	s.beats++
	out := batch{session: s, common: sealHeartbeat(s.meeting, s.identity, s.self.id, h)}
	for _, m := range s.members {
		if (m.state == Verified || m.state == Apart && m.reason == Silent) && (own || m.sends()) {
			out.add(m.session, nil)
		}
	}
	out.flush()
}

func (s *Session) receiveHeartbeat(m *member, message []byte, now time.Time) error {
	p := &m.presence
	h, err := openHeartbeat(s.meeting, m.peer(), p.sequence, message)
	if err != nil {
		return err
	}
	p.sequence = &h.seq
	publishers, listeners := s.census(s.keys.current != nil)
	p.hear(now, beatPeriod(m.sends(), publishers, listeners))
	if p.silent {
		p.silent = false
		s.review(m, now)
	}
	if held := m.in.held; held != nil && held.keyID == h.keyID && held.commit != h.commit {
		s.flag(m, Equivocation)
		return fail(Equivocation, "the sender committed to two keys under one number")
	}
	if m.state == Verified && now.Sub(s.rosterChanged) >= settleTime {
		s.compare(m, h.roster == s.roster(), now)
	}
	return nil
}

// compare draws the conclusion from a member's roster.
func (s *Session) compare(m *member, same bool, now time.Time) {
	p := &m.presence
	switch {
	case same:
		s.agree(m)
	case p.differing.IsZero():
		p.differing = now
	case !p.differs && now.Sub(p.differing) >= differsAfter:
		p.differs = true
		s.emit(MemberDiffers, m, RosterDiffers)
	}
}

// agree ends what a difference of rosters began.
func (s *Session) agree(m *member) {
	m.presence.differing = time.Time{}
	if m.presence.differs {
		m.presence.differs = false
		s.emit(MemberAgrees, m, "")
	}
}
