package e2ee

import (
	"slices"
	"testing"
	"time"
)

func TestComparingEmoji(t *testing.T) {
	tb := newTable(t, "alice", "bob")
	alice, bob := tb.seats[0], tb.seats[1]
	tb.must(alice.StartComparing("bob", tb.now))
	if bob.of(t, "alice").Comparison != CompareOffered || alice.of(t, "bob").Comparison != CompareAsked {
		t.Fatal("bob was not asked")
	}
	tb.must(bob.StartComparing("alice", tb.now))
	a, b := alice.of(t, "bob"), bob.of(t, "alice")
	if a.Comparison != CompareShown || b.Comparison != CompareShown || len(a.Emoji) != sasEmoji || !slices.Equal(a.Emoji, b.Emoji) {
		t.Fatalf("alice shows %v, bob %v", a.Emoji, b.Emoji)
	}
	tb.must(alice.FinishComparing("bob", true))
	tb.must(bob.FinishComparing("alice", false))
	if m := alice.of(t, "bob"); !m.Proven || m.Comparison != CompareMatched {
		t.Errorf("alice sees %+v", m)
	}
	if m := bob.of(t, "alice"); m.Proven || m.Comparison != CompareDiffered || !bob.has(MemberFlagged, CodeDiffers) {
		t.Errorf("bob sees %+v", m)
	}
}

func TestComparingTakesNothingButWhatWasCommittedTo(t *testing.T) {
	tb := newTable(t, "alice", "bob")
	alice, bob := tb.seats[0], tb.seats[1]
	reveal := func(nonce [32]byte) Code {
		return CodeOf(bob.Receive("alice", sealSAS(alice.meeting, typeSASReveal, alice.identity, alice.self.id, bob.self.id, nonce), nil, tb.now))
	}
	if code := reveal([32]byte{1}); code != CodeUnexpected {
		t.Errorf("out of the blue: %s", code)
	}
	tb.must(alice.StartComparing("bob", tb.now))
	tb.lose = func(from, _ string, _, _ []byte) bool { return from == "alice" }
	tb.must(bob.StartComparing("alice", tb.now))
	if code := reveal([32]byte{1}); code != CodeInvalid {
		t.Errorf("another number: %s", code)
	}
	tb.pump()
	if bob.of(t, "alice").Comparison != CompareDiffered || !bob.has(MemberFlagged, CodeDiffers) {
		t.Error("the broken commitment is not shown")
	}
}

// comparing says how far two are, the first with the second and the second with the first.
func comparing(t *testing.T, a, b *seat) [2]Comparison {
	t.Helper()
	return [2]Comparison{a.of(t, b.name).Comparison, b.of(t, a.name).Comparison}
}

// TestComparingIsEndedByEither: whoever ends it, however far it is, the other is told, and both can begin anew.
func TestComparingIsEndedByEither(t *testing.T) {
	for name, c := range map[string]struct {
		agree bool
		ends  string
		want  [2]Comparison
	}{
		"declined":               {false, "bob", [2]Comparison{CompareDeclined, NotCompared}},
		"taken back":             {false, "alice", [2]Comparison{NotCompared, CompareEnded}},
		"broken off":             {true, "alice", [2]Comparison{NotCompared, CompareEnded}},
		"broken off by bob":      {true, "bob", [2]Comparison{CompareEnded, NotCompared}},
		"nothing by a bystander": {true, "carol", [2]Comparison{CompareShown, CompareShown}},
	} {
		t.Run(name, func(t *testing.T) {
			tb := newTable(t, "alice", "bob", "carol")
			alice, bob := tb.seats[0], tb.seats[1]
			tb.must(alice.StartComparing("bob", tb.now))
			if c.agree {
				tb.must(bob.StartComparing("alice", tb.now))
			}
			ender := tb.seat(c.ends)
			for _, other := range []string{"alice", "bob"} {
				if other != c.ends {
					tb.must(ender.EndComparing(other))
				}
			}
			if got := comparing(t, alice, bob); got != c.want {
				t.Errorf("it stands at %v, not %v", got, c.want)
			}
			if len(alice.errs)+len(bob.errs) > 0 {
				t.Errorf("refused: %v, %v", alice.errs, bob.errs)
			}
			if !c.agree {
				tb.must(alice.EndComparing("bob"))
				tb.must(bob.EndComparing("alice"))
				if got := comparing(t, alice, bob); got != [2]Comparison{} || ends(alice)+ends(bob) != 1 {
					t.Errorf("once it is known it stands at %v", got)
				}
			}
			tb.must(alice.StartComparing("bob", tb.now))
			tb.must(bob.StartComparing("alice", tb.now))
			if got := comparing(t, alice, bob); got != [2]Comparison{CompareShown, CompareShown} {
				t.Errorf("the next stands at %v", got)
			}
		})
	}
}

func TestComparingIsOverWhenNobodyAnswers(t *testing.T) {
	for name, lose := range map[string]func(from, to string, common, payload []byte) bool{
		"both know":                         nil,
		"whoever asked knows no way to end": func(_, _ string, common, _ []byte) bool { return isSASEnd(common) },
	} {
		t.Run(name, func(t *testing.T) {
			tb := newTable(t, "alice", "bob")
			alice, bob := tb.seats[0], tb.seats[1]
			tb.lose = lose
			tb.must(alice.StartComparing("bob", tb.now))
			tb.pass(CompareTimeout - time.Millisecond)
			if got := comparing(t, alice, bob); got != [2]Comparison{CompareAsked, CompareOffered} {
				t.Errorf("before its time it stands at %v", got)
			}
			tb.pass(time.Millisecond)
			if got := comparing(t, alice, bob); got != [2]Comparison{CompareUnanswered, CompareEnded} {
				t.Errorf("it stands at %v", got)
			}
			if ends(alice) != 1 || ends(bob) != 0 {
				t.Errorf("alice has said so %d times, bob %d", ends(alice), ends(bob))
			}
		})
	}
}

// ends is how often one has said that a comparison is over.
func ends(s *seat) (n int) {
	for _, o := range s.sent {
		if isSASEnd(o.Common) {
			n++
		}
	}
	return n
}

// TestComparingWaitsForNoReveal: the other agrees and then keeps its number to itself.
func TestComparingWaitsForNoReveal(t *testing.T) {
	tb := newTable(t, "alice", "bob")
	alice, bob := tb.seats[0], tb.seats[1]
	tb.lose = func(_, _ string, common, _ []byte) bool {
		return len(common) > 0 && messageType(common[0]) == typeSASReveal
	}
	tb.must(alice.StartComparing("bob", tb.now))
	tb.must(bob.StartComparing("alice", tb.now))
	tb.pass(CompareTimeout)
	if got := comparing(t, alice, bob); got != [2]Comparison{CompareEnded, CompareEnded} {
		t.Errorf("it stands at %v", got)
	}
}

// TestComparingShownWaitsForTheUser: reading seven pictures aloud has no limit of time.
func TestComparingShownWaitsForTheUser(t *testing.T) {
	tb := newTable(t, "alice", "bob")
	alice, bob := tb.seats[0], tb.seats[1]
	tb.must(alice.StartComparing("bob", tb.now))
	tb.must(bob.StartComparing("alice", tb.now))
	tb.pass(2 * CompareTimeout)
	if got := comparing(t, alice, bob); got != [2]Comparison{CompareShown, CompareShown} {
		t.Errorf("it stands at %v", got)
	}
}

// TestComparingTakenBackAsItIsAnswered: the two messages pass each other on the way, and no question is left open.
func TestComparingTakenBackAsItIsAnswered(t *testing.T) {
	for name, c := range map[string]struct {
		again bool
		want  [2]Comparison
	}{
		"taken back":             {false, [2]Comparison{NotCompared, CompareEnded}},
		"taken back and renewed": {true, [2]Comparison{CompareEnded, NotCompared}},
	} {
		t.Run(name, func(t *testing.T) {
			tb := newTable(t, "alice", "bob")
			alice, bob := tb.seats[0], tb.seats[1]
			tb.must(alice.StartComparing("bob", tb.now))
			err := alice.EndComparing("bob")
			if c.again && err == nil {
				err = alice.StartComparing("bob", tb.now)
			}
			if err == nil {
				err = bob.StartComparing("alice", tb.now)
			}
			tb.must(err)
			if got := comparing(t, alice, bob); got != c.want {
				t.Errorf("it stands at %v, not %v", got, c.want)
			}
		})
	}
}

// TestComparingIsEndedByNobodyElse: neither another member nor the node, with what it recorded, ends what is under way.
func TestComparingIsEndedByNobodyElse(t *testing.T) {
	tb := newTable(t, "alice", "bob", "eve")
	alice, bob, eve := tb.seats[0], tb.seats[1], tb.seats[2]
	var recorded []byte
	tb.lose = func(_, _ string, common, _ []byte) bool {
		if isSASEnd(common) {
			recorded = common
		}
		return false
	}
	tb.must(alice.StartComparing("bob", tb.now))
	tb.must(bob.EndComparing("alice"))
	tb.must(alice.StartComparing("bob", tb.now))
	commit := bob.byName["alice"].comparison.commit
	end := func(signer *seat, from, to annID) []byte {
		return sealSAS(alice.meeting, typeSASEnd, signer.identity, from, to, commit)
	}
	for _, c := range []struct {
		name, from string
		message    []byte
		want       Code
	}{
		{"one recorded in the comparison before", "bob", recorded, CodeUnexpected},
		{"eve's own, about what bob was asked", "eve", end(eve, eve.self.id, alice.self.id), CodeUnexpected},
		{"eve's as if it were bob's", "bob", end(eve, bob.self.id, alice.self.id), SignatureInvalid},
		{"eve's own, passed off as bob's", "bob", end(eve, eve.self.id, alice.self.id), SenderMismatch},
		{"bob's to eve", "bob", end(bob, bob.self.id, eve.self.id), RecipientMismatch},
		{"alice's own, sent back", "bob", end(alice, alice.self.id, bob.self.id), SenderMismatch},
	} {
		if code := CodeOf(alice.Receive(c.from, c.message, nil, tb.now)); code != c.want {
			t.Errorf("%s: %s", c.name, code)
		}
		if got := comparing(t, alice, bob); got != [2]Comparison{CompareAsked, CompareOffered} {
			t.Fatalf("%s: it stands at %v", c.name, got)
		}
	}
	if code := CodeOf(alice.Receive("bob", end(bob, bob.self.id, alice.self.id), nil, tb.now)); code != "" {
		t.Errorf("bob's: %s", code)
	}
	if alice.of(t, "bob").Comparison != CompareDeclined {
		t.Error("bob's own counts for nothing")
	}
}

// TestComparingIsOverOnce: what came of it stays, whatever comes later.
func TestComparingIsOverOnce(t *testing.T) {
	tb := newTable(t, "alice", "bob")
	alice, bob := tb.seats[0], tb.seats[1]
	tb.must(alice.StartComparing("bob", tb.now))
	tb.must(bob.StartComparing("alice", tb.now))
	tb.must(alice.FinishComparing("bob", true))
	tb.must(alice.EndComparing("bob"))
	tb.must(bob.EndComparing("alice"))
	if m := alice.of(t, "bob"); m.Comparison != CompareMatched || !m.Proven {
		t.Errorf("alice sees %+v", m)
	}
	tb.must(bob.FinishComparing("alice", false))
	if m := bob.of(t, "alice"); m.Comparison != NotCompared || bob.has(MemberFlagged, CodeDiffers) {
		t.Errorf("bob sees %+v", m)
	}
}

func isSASEnd(common []byte) bool { return len(common) > 0 && messageType(common[0]) == typeSASEnd }
