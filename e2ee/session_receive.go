package e2ee

import "time"

const answerGap = time.Second

// Receive takes an E2EE message that the node delivered from a participant. An error is counted and changes nothing
// that matters: the message was dropped, the session lives. A message of a type that is not supported is counted
// and gives no error.
func (s *Session) Receive(from string, common, payload []byte, now time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	m, err := s.participant(from)
	if err != nil {
		return err
	}
	if m.reason == RemovedByHost {
		return s.count(fail(RemovedByHost, "the participant was removed"))
	}
	return s.count(s.receive(m, common, payload, now))
}

func (s *Session) receive(m *member, common, payload []byte, now time.Time) error {
	message := common
	if len(common) == 0 {
		message, payload = payload, nil
	}
	if len(message) == 0 {
		return fail(Truncated, "message is empty")
	}
	kind := messageType(message[0])
	if kind != typeKey && len(payload) != 0 {
		return fail(TrailingBytes, "only a key has a payload besides the common bytes")
	}
	switch kind {
	case typeChannel:
		return s.receiveChannel(m, message)
	case typeKey:
		return s.receiveKey(m, message, payload, now)
	case typeKeyRequest:
		return s.receiveRequest(m, message, now)
	case typeHeartbeat:
		return s.receiveHeartbeat(m, message, now)
	case typeAdmit, typeRemove, typeGuard:
		return s.receiveStatement(m, kind, message, now)
	case typeHost:
		return s.appoint(message, now)
	case typeSASCommit, typeSASReveal, typeSASEnd:
		return s.receiveSAS(m, kind, message, now)
	default:
		s.counts[TypeUnexpected]++
		return nil
	}
}

func (s *Session) receiveChannel(m *member, message []byte) error {
	number, key, err := openChannel(s.meeting, m.peer(), s.self.id, s.kem, m.in.number, message)
	if err != nil {
		return err
	}
	m.in.number, m.in.channel, m.in.counter = number, newGCM(key), nil
	return nil
}

func (s *Session) receiveKey(m *member, message, wrap []byte, now time.Time) error {
	k, err := openKey(s.meeting, m.peer(), m.in.held, message)
	if err != nil {
		if CodeOf(err) == Equivocation {
			s.flag(m, Equivocation)
		}
		return err
	}
	if m.in.channel == nil {
		return fail(ChannelUnknown, "key came before its channel")
	}
	counter, base, err := openWrap(m.in.channel, s.self.id.index(), m.in.counter, k.digest, wrap)
	if err != nil {
		return err
	}
	m.in.counter = &counter
	err = checkCommit(s.meeting, m.id, k, base)
	if err == nil {
		err = m.in.keys.add(k.keyID, base)
	}
	if err != nil {
		s.flag(m, CodeOf(err))
		return err
	}
	if m.in.held == nil && m.roles&Publisher == 0 {
		m.presence.heard = now
	}
	m.in.held = k
	s.emit(KeyReceived, m, "")
	if m.state == Verified {
		s.release(m, now)
	}
	return nil
}

// receiveRequest gives the newest key once more to a member that cannot open this session's frames.
func (s *Session) receiveRequest(m *member, message []byte, now time.Time) error {
	r, err := openKeyRequest(s.meeting, m.peer(), s.self.id, m.in.request, message)
	if err != nil {
		return err
	}
	m.in.request = &r.seq
	if !m.out.given || m.out.waiting || now.Sub(m.out.answered) < answerGap {
		return nil
	}
	m.out.answered = now
	if r.haveChannel != m.out.number {
		m.out.channel = nil
	}
	s.distribute(s.keys.newest(), []*member{m})
	return nil
}
