package e2ee

import (
	"slices"
	"time"
)

// Host returns whom the link named as host, and whether this session's identity is that or one that it appointed.
func (s *Session) Host() (host Host, hosting bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.authority.host, s.authority.hosts(s.self.ik)
}

// Guarded reports whether keys are given to those only whom a host admitted.
func (s *Session) Guarded() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.authority.guarded()
}

// Waited tells that this member was let in from a waiting room: until a host says otherwise it gives its keys to hosts and
// to those whom they admitted. It does nothing in a meeting whose link names no host. Call it before the others are told of.
func (s *Session) Waited(now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.authority.assume()
	s.reviewAll(now)
}

// Closed tells that the room that is being entered is locked, or has a waiting room, to the node: a host guards the keys before it
// gives them to anybody, so that it admits those only whom it knows. Call it before the others are told of.
func (s *Session) Closed(now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.hosting() == nil && !s.authority.setting.on {
		s.setGuard(true, now)
	}
}

// SetGuard makes every member give its keys to those only whom a host admitted, or to everybody again. Everybody present is
// admitted. Error: [NotHost].
func (s *Session) SetGuard(on bool, now time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.hosting(); err != nil {
		return err
	}
	if on {
		if err := s.admitAll(s.presentIDs(), now); err != nil {
			return err
		}
	}
	s.setGuard(on, now)
	return nil
}

func (s *Session) setGuard(on bool, now time.Time) {
	a := &s.authority
	a.guard(guard{epoch: max(a.setting.epoch+1, uint64(now.UnixMilli())), on: on})
	s.broadcast(sealGuard(s.meeting, s.identity, s.self.id, a.setting))
	s.reviewAll(now)
}

// Admit lets in a participant that is present or waiting, by its announcement. Errors: [NotHost], those of an announcement
// that is refused; [RemovedByHost] for one who has to join again.
func (s *Session) Admit(announcement []byte, now time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.hosting(); err != nil {
		return err
	}
	a, err := openAnnouncement(s.meeting, announcement)
	if err != nil {
		return err
	}
	if _, removed := s.authority.removed[a.id]; removed {
		return fail(RemovedByHost, "who was removed has to join again")
	}
	s.authority.remember(a.ik, now)
	return s.admitAll([]annID{a.id}, now)
}

// Remove takes a participant out: nobody gives it keys again, and everybody changes theirs at once. Under its identity key
// it comes back only if a host admits it. Errors: [NotHost], [MemberUnknown], [MemberRejected].
func (s *Session) Remove(session string, now time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.hosting(); err != nil {
		return err
	}
	m, err := s.participant(session)
	if err != nil {
		return err
	}
	r := removal{id: m.id, ik: identityKey(m.ik)}
	if err := s.authority.remove(r, s.authority.founder(s.self.ik), now); err != nil {
		return err
	}
	message := sealRemove(s.meeting, s.identity, s.self.id, []removal{r})
	s.review(m, now)
	s.broadcast(message)
	return nil
}

// SetHost makes a member a host, or takes that back; only who founded the meeting can. Errors: [NotHost],
// [MemberUnknown], [MemberRejected].
func (s *Session) SetHost(session string, on bool, now time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || !s.authority.founder(s.self.ik) {
		return fail(NotHost, "only who founded the meeting appoints hosts")
	}
	m, err := s.participant(session)
	if err != nil {
		return err
	}
	ik := identityKey(m.ik)
	seq := max(s.authority.appointed[ik].seq+1, uint64(now.UnixMilli()))
	message := sealHost(s.meeting, s.identity, appointment{ik: ik, seq: seq, on: on})
	if err := s.appoint(message, now); err != nil {
		return err
	}
	s.broadcast(message)
	return nil
}

func (s *Session) hosting() error {
	if s.closed || !s.authority.hosts(s.self.ik) {
		return fail(NotHost, "only a host of the meeting can do this")
	}
	return nil
}

func (s *Session) presentIDs() []annID {
	ids := []annID{s.self.id}
	for m := range s.present() {
		ids = append(ids, m.id)
	}
	return ids
}

// admitAll admits and tells everybody.
func (s *Session) admitAll(ids []annID, now time.Time) error {
	for _, id := range ids {
		if err := s.authority.admit(id, now); err != nil {
			return err
		}
	}
	s.admission(ids, s.broadcast)
	s.reviewAll(now)
	return nil
}

// comesBack reports whether this host lets m in by itself: it was admitted in an earlier joining, and what its announcement asks
// keys for is signed by the same identity.
func (s *Session) comesBack(m *member, now time.Time) bool {
	a := &s.authority
	return a.hosts(s.self.ik) && a.knows(m.ik, now) && a.exclusion(m.id, m.ik) == NotAdmitted
}

// readmit lets those in who come back.
func (s *Session) readmit(now time.Time) {
	var ids []annID
	for _, m := range s.members {
		if m.state == Apart && s.comesBack(m, now) {
			ids = append(ids, m.id)
		}
	}
	if len(ids) > 0 {
		// More than are remembered stay apart.
		_ = s.count(s.admitAll(ids, now))
	}
}

// admission makes the ADMITs of many, each small enough to be sent.
func (s *Session) admission(ids []annID, send func(message []byte)) {
	for part := range slices.Chunk(ids, s.batch/2/admitItem) {
		send(sealAdmit(s.meeting, s.identity, s.self.id, part))
	}
}

// broadcast sends a statement to everybody who has been told what was decided before it.
func (s *Session) broadcast(message []byte) {
	out := batch{session: s, common: message}
	for m := range s.present() {
		if m.out.informed {
			out.add(m.session, nil)
		}
	}
	out.flush()
}

// inform tells members to whom it has given a key what hosts have decided so far.
func (s *Session) inform() {
	a := &s.authority
	if !a.hosts(s.self.ik) {
		return
	}
	var to []*member
	for m := range s.present() {
		if m.out.given && !m.out.informed {
			to, m.out.informed = append(to, m), true
		}
	}
	send := func(message []byte) {
		out := batch{session: s, common: message}
		for _, m := range to {
			out.add(m.session, nil)
		}
		out.flush()
	}
	if len(to) == 0 {
		return
	}
	for _, c := range a.appointed {
		send(c.message)
	}
	if a.setting.epoch > 0 {
		send(sealGuard(s.meeting, s.identity, s.self.id, a.setting))
	}
	var removed []removal
	for id, by := range a.removed {
		removed = append(removed, removal{id: id, ik: by.ik})
	}
	for part := range slices.Chunk(removed, s.batch/2/removeItem) {
		send(sealRemove(s.meeting, s.identity, s.self.id, part))
	}
	if !a.guarded() && len(a.admitted) == 0 {
		return
	}
	ids := s.presentIDs()
	for id := range a.admitted {
		if !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	s.admission(ids, send)
}

// appoint takes a HOST, whoever passed it on.
func (s *Session) appoint(message []byte, now time.Time) error {
	a := &s.authority
	h, err := openHost(s.meeting, a.host, now, message)
	if err != nil {
		return err
	}
	known, found := a.appointed[h.ik]
	switch {
	case found && (h.seq < known.seq || h.seq == known.seq && h.on != known.on):
		return fail(StatementStale, "the appointment is older than the one that is known")
	case !found && len(a.appointed) >= maxAppointed:
		return fail(OutOfRange, "the founder appointed more hosts than are remembered")
	}
	a.appoint(certificate{appointment: h, message: slices.Clone(message)})
	s.reviewAll(now)
	if h.ik == identityKey(s.self.ik) && h.on != known.on {
		s.events = append(s.events, Event{Kind: HostingChanged})
		s.takeOffice(now)
	}
	return nil
}

// takeOffice begins what a host does: it has a sender key, so that it can prove to everybody that it is there.
func (s *Session) takeOffice(now time.Time) {
	if s.authority.hosts(s.self.ik) && s.keys.current == nil {
		s.startSending(now)
	}
	s.inform()
	s.readmit(now)
}

// receiveStatement takes an ADMIT, REMOVE or GUARD.
func (s *Session) receiveStatement(m *member, t messageType, message []byte, now time.Time) error {
	a := &s.authority
	if !a.hosts(m.ik) {
		return fail(NotHost, "the sender is not a host of this meeting")
	}
	// A channel is made for this joining of ours, so that a host that opened one is no recording of an earlier day.
	if m.in.number == 0 {
		return fail(HostUnproven, "the host has not opened a channel yet")
	}
	switch t {
	case typeAdmit:
		ids, err := openAdmit(s.meeting, m.peer(), message)
		for _, id := range ids {
			if err == nil {
				err = a.admit(id, now)
			}
		}
		if err != nil {
			return err
		}
	case typeRemove:
		removed, err := openRemove(s.meeting, m.peer(), message)
		for _, r := range removed {
			if err == nil {
				err = a.remove(r, a.founder(m.ik), now)
			}
		}
		if err != nil {
			return err
		}
	default:
		g, err := openGuard(s.meeting, m.peer(), message)
		if err != nil {
			return err
		}
		if a.setting.after(g) {
			return fail(StatementStale, "the setting is older than the one that is known")
		}
		a.guard(g)
		s.events = append(s.events, Event{Kind: GuardChanged})
	}
	s.reviewAll(now)
	return nil
}

func (s *Session) reviewAll(now time.Time) {
	for _, m := range s.members {
		s.review(m, now)
	}
}

// review lets a member in or sets it apart, by what is known now.
func (s *Session) review(m *member, now time.Time) {
	if m.state != Verified && m.state != Apart {
		return
	}
	s.authority.recognise(m.id, m.ik, now)
	reason := s.authority.exclusion(m.id, m.ik)
	if reason == "" && m.presence.silent {
		reason = Silent
	}
	switch reason {
	case m.reason:
	case "":
		s.letIn(m, now)
	default:
		s.setApart(m, reason, now)
	}
}

// letIn gives a member the keys.
func (s *Session) letIn(m *member, now time.Time) {
	m.state, m.reason = Verified, ""
	m.presence.heard = now
	s.rosterChanged, s.digest = now, nil
	s.emit(MemberVerified, m, "")
	s.await(m, now)
	s.release(m, now)
	s.wakeBy(now)
}

// setApart gives a member no further keys, and replaces those that it has.
func (s *Session) setApart(m *member, reason Code, now time.Time) {
	m.state, m.reason = Apart, reason
	s.rosterChanged, s.digest = now, nil
	s.agree(m)
	if m.out.given {
		m.excludedBy = s.keys.newest().gen + 1
		s.scheduleRotation(reason == RemovedByHost, now)
	}
	m.out.given, m.out.waiting, m.out.early, m.out.informed = false, false, false, false
	if reason == RemovedByHost {
		s.forget(m)
	}
	s.emit(MemberApart, m, reason)
}
