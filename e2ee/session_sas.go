package e2ee

import "time"

// CompareTimeout is how long a member may take to answer when it is asked to compare emoji (spec/e2ee.md §15.5): long enough to
// finish a sentence, short enough to ask again.
const CompareTimeout = 2 * time.Minute

// Comparison says how far two members are in comparing emoji.
type Comparison uint8

const (
	// NotCompared: nothing was begun, or this session gave it up.
	NotCompared Comparison = iota
	// CompareAsked: this session has asked the other member, who has not answered.
	CompareAsked
	// CompareOffered: the other member has asked; StartComparing agrees, EndComparing declines.
	CompareOffered
	// CompareAgreed: both take part; the emoji are about to be known.
	CompareAgreed
	// CompareShown: the emoji are to be compared aloud, and the result given to FinishComparing.
	CompareShown
	// CompareMatched: the user said that they are the same. It holds for the identity, for as long as the session lives.
	CompareMatched
	// CompareDiffered: the user said that they are not, or the other member broke its commitment: somebody is in between.
	CompareDiffered
	// CompareDeclined: this session had asked, and the other member declined. Nothing is under way any more.
	CompareDeclined
	// CompareUnanswered: this session had asked, and the other member did not answer within [CompareTimeout].
	CompareUnanswered
	// CompareEnded: the other member took back what it had asked, or broke off; or what it asked was not answered within
	// [CompareTimeout].
	CompareEnded
)

// comparison is the state of one pair.
type comparison struct {
	state Comparison
	nonce [32]byte
	// commit is the other member's.
	commit  [32]byte
	numbers [sasEmoji]uint8
	// until is when it is over by itself, zero for never.
	until time.Time
}

// sent and received report whether this session's commit went out and the other's came, in the comparison that is under way.
func (c *comparison) sent() bool {
	return c.state == CompareAsked || c.state == CompareAgreed || c.state == CompareShown
}

func (c *comparison) received() bool {
	return c.state == CompareOffered || c.state == CompareAgreed || c.state == CompareShown
}

// StartComparing asks a member to compare emoji, or answers one that has asked. Errors: [MemberUnknown],
// [MemberRejected].
func (s *Session) StartComparing(session string, now time.Time) error {
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
		s.awaited(m, CompareAgreed, now)
	} else {
		s.awaited(m, CompareAsked, now)
	}
	return nil
}

// FinishComparing takes what the user saw: whether both show the same emoji. It does nothing unless they are shown. Errors:
// [MemberUnknown], [MemberRejected].
func (s *Session) FinishComparing(session string, same bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	m, err := s.participant(session)
	if err != nil {
		return err
	}
	switch {
	case m.comparison.state != CompareShown:
	case same:
		s.proven[identityKey(m.ik)] = struct{}{}
		s.compared(m, CompareMatched)
	default:
		s.differed(m)
	}
	return nil
}

// EndComparing declines what a member asked, takes back what this session asked, or breaks off; the member is told. Of a
// comparison that came to nothing it forgets why; of one that was judged, nothing. Errors: [MemberUnknown], [MemberRejected].
func (s *Session) EndComparing(session string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	m, err := s.participant(session)
	if err != nil {
		return err
	}
	c := &m.comparison
	switch {
	case c.sent(), c.received():
		s.sendSASEnd(m)
	case c.state == NotCompared, c.state == CompareMatched, c.state == CompareDiffered:
		return nil
	}
	s.compared(m, NotCompared)
	return nil
}

func (s *Session) sendSAS(m *member, t messageType, value [32]byte) {
	message := sealSAS(s.meeting, t, s.identity, s.self.id, m.id, value)
	s.outgoing = append(s.outgoing, Outgoing{Common: message, Parts: []Part{{To: m.session}}})
}

// sendSASEnd tells a member that the comparison which is under way is over. It names the member's commit, which shows that
// it is known, or else this session's.
func (s *Session) sendSASEnd(m *member) {
	c := &m.comparison
	if c.received() {
		s.sendSAS(m, typeSASEnd, c.commit)
	} else {
		s.sendSAS(m, typeSASEnd, sasCommitment(s.self.id, c.nonce))
	}
}

func (s *Session) receiveSAS(m *member, t messageType, message []byte, now time.Time) error {
	value, err := openSAS(s.meeting, t, m.peer(), s.self.id, message)
	if err != nil {
		return err
	}
	c := &m.comparison
	switch {
	case t == typeSASEnd:
		return s.receiveSASEnd(m, value)
	case t == typeSASCommit && c.state == CompareAsked:
		c.commit = value
		s.sendSAS(m, typeSASReveal, c.nonce)
		s.awaited(m, CompareAgreed, now)
	case t == typeSASCommit:
		*c = comparison{commit: value}
		s.awaited(m, CompareOffered, now)
	case c.state == CompareOffered:
		// The commit was the answer to what this session had taken back meanwhile.
		s.compared(m, NotCompared)
		return fail(CodeUnexpected, "a number was revealed that is not asked for any more")
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

func (s *Session) receiveSASEnd(m *member, commit [32]byte) error {
	c := &m.comparison
	switch {
	case c.sent() && commit == sasCommitment(s.self.id, c.nonce):
		if c.state == CompareAsked {
			s.compared(m, CompareDeclined)
		} else {
			s.compared(m, CompareEnded)
		}
	case c.received() && commit == c.commit:
		if c.sent() {
			// It ended before this session's commit came, which it takes for a new question.
			s.sendSAS(m, typeSASEnd, sasCommitment(s.self.id, c.nonce))
		}
		s.compared(m, CompareEnded)
	default:
		return fail(CodeUnexpected, "a comparison was ended that is not under way")
	}
	return nil
}

// advanceComparison ends a comparison that was not answered in time, and returns when to look again.
func (s *Session) advanceComparison(m *member, now time.Time) time.Time {
	c := &m.comparison
	if c.until.IsZero() || c.until.After(now) {
		return c.until
	}
	switch c.state {
	case CompareAsked:
		s.sendSASEnd(m)
		s.compared(m, CompareUnanswered)
	case CompareAgreed:
		s.sendSASEnd(m)
		s.compared(m, CompareEnded)
	default:
		// Who asked counts for itself, and says so.
		s.compared(m, CompareEnded)
	}
	return c.until
}

// awaited goes on to a state in which the other member or the user has to do something.
func (s *Session) awaited(m *member, state Comparison, now time.Time) {
	s.compared(m, state)
	m.comparison.until = now.Add(CompareTimeout)
	s.wakeBy(m.comparison.until)
}

func (s *Session) compared(m *member, state Comparison) {
	m.comparison.state, m.comparison.until = state, time.Time{}
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
