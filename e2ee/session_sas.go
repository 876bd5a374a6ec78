package e2ee

// Comparison says how far two members are in comparing emoji.
type Comparison uint8

const (
	// NotCompared: nothing was begun, or it was given up.
	NotCompared Comparison = iota
	// CompareAsked: this session has asked the other member, who has not answered.
	CompareAsked
	// CompareOffered: the other member has asked; StartComparing answers.
	CompareOffered
	// CompareAgreed: both take part; the emoji are about to be known.
	CompareAgreed
	// CompareShown: the emoji are to be compared aloud, and the result given to FinishComparing.
	CompareShown
	// CompareMatched: the user said that they are the same. It holds for the identity, for as long as the session lives.
	CompareMatched
	// CompareDiffered: the user said that they are not, or the other member broke its commitment: somebody is in between.
	CompareDiffered
)

// comparison is the state of one pair.
type comparison struct {
	state   Comparison
	nonce   [32]byte
	commit  [32]byte
	numbers [sasEmoji]uint8
}

// StartComparing asks a member to compare emoji, or answers one that has asked. Error: [MemberUnknown],
// [MemberRejected].
func (s *Session) StartComparing(session string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	m, err := s.participant(session)
	if err != nil {
		return err
	}
	c := &m.comparison
	answers := c.state == CompareOffered
	c.nonce = [32]byte(random(32))
	s.sendSAS(m, typeSASCommit, sasCommitment(s.self.id, c.nonce))
	if answers {
		s.sendSAS(m, typeSASReveal, c.nonce)
		s.compared(m, CompareAgreed)
	} else {
		s.compared(m, CompareAsked)
	}
	return nil
}

// FinishComparing takes what the user saw: whether both show the same emoji. Before they are shown it gives up, whatever
// the user says. Errors: [MemberUnknown], [MemberRejected].
func (s *Session) FinishComparing(session string, same bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	m, err := s.participant(session)
	if err != nil {
		return err
	}
	switch {
	case m.comparison.state != CompareShown:
		s.compared(m, NotCompared)
	case same:
		s.proven[identityKey(m.ik)] = struct{}{}
		s.compared(m, CompareMatched)
	default:
		s.differed(m)
	}
	return nil
}

func (s *Session) sendSAS(m *member, t messageType, value [32]byte) {
	message := sealSAS(s.meeting, t, s.identity, s.self.id, m.id, value)
	s.outgoing = append(s.outgoing, Outgoing{Common: message, Parts: []Part{{To: m.session}}})
}

func (s *Session) receiveSAS(m *member, t messageType, message []byte) error {
	value, err := openSAS(s.meeting, t, m.peer(), s.self.id, message)
	if err != nil {
		return err
	}
	c := &m.comparison
	switch {
	case t == typeSASCommit && c.state == CompareAsked:
		c.commit = value
		s.sendSAS(m, typeSASReveal, c.nonce)
		s.compared(m, CompareAgreed)
	case t == typeSASCommit:
		*c = comparison{commit: value}
		s.compared(m, CompareOffered)
	case c.state != CompareAgreed:
		return fail(CodeUnexpected, "a number was revealed that was not asked for")
	case sasCommitment(m.id, value) != c.commit:
		s.differed(m)
		return fail(CodeInvalid, "the number revealed is not the one committed to")
	default:
		c.numbers = sasNumbers(s.self.id, m.id, c.nonce, value)
		s.compared(m, CompareShown)
	}
	return nil
}

func (s *Session) compared(m *member, state Comparison) {
	m.comparison.state = state
	s.emit(ComparisonChanged, m, "")
}

func (s *Session) differed(m *member) {
	delete(s.proven, identityKey(m.ik))
	s.compared(m, CompareDiffered)
	s.flag(m, CodeDiffers)
}

// emoji are those to be compared, nil while there are none.
func (c *comparison) emoji() []Emoji {
	if c.state != CompareShown {
		return nil
	}
	out := make([]Emoji, sasEmoji)
	for i, n := range c.numbers {
		out[i] = emoji[n]
	}
	return out
}
