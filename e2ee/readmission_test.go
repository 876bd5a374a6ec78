package e2ee

import (
	"bytes"
	"testing"
	"time"
)

// again joins anew after the session of s was lost.
func (tb *table) again(s *seat, seed []byte, remembers bool) *seat {
	tb.t.Helper()
	tb.leave(s.name)
	c := Config{Secret: simSecret, Room: "table", Name: s.name, Roles: Publisher, Host: tb.host, IdentitySeed: seed}
	if remembers {
		c.Previous = s.Session
	}
	next, err := New(c, tb.now)
	if err != nil {
		tb.t.Fatal(err)
	}
	s.Close()
	return tb.meet(&seat{Session: next, name: s.name})
}

func TestAdmissionOutlastsAJoining(t *testing.T) {
	tb := hosted(t)
	seed := bytes.Repeat([]byte{6}, 32)
	host, alice, bob := tb.known("host", founderSeed), tb.join("alice", Publisher), tb.known("bob", seed)
	tb.must(host.SetGuard(true, tb.now))
	for range 2 {
		bob = tb.again(bob, seed, false)
		for _, s := range []*seat{host, alice} {
			if m := s.of(t, "bob"); m.State != Verified {
				t.Fatalf("to %s, bob is %+v", s.name, m)
			}
		}
		tb.pass(8 * time.Second)
		tb.heard(alice, bob)
		tb.heard(bob, alice)
	}
	// Another identity is another person, whatever the node calls it.
	tb.again(bob, bytes.Repeat([]byte{7}, 32), false)
	tb.apart(alice, "bob", NotAdmitted)
	tb.apart(host, "bob", NotAdmitted)
}

func TestARemovedIdentityIsNotAdmittedByItself(t *testing.T) {
	tb := hosted(t)
	seed := bytes.Repeat([]byte{6}, 32)
	host, alice, eve := tb.known("host", founderSeed), tb.join("alice", Publisher), tb.known("eve", seed)
	tb.must(host.SetGuard(true, tb.now))
	tb.must(host.Remove("eve", tb.now))
	eve = tb.again(eve, seed, true)
	tb.apart(alice, "eve", RemovedByHost)
	// Let in by hand it is in, but for this once.
	tb.must(host.Admit(eve.Announcement(), tb.now))
	tb.pass(rotateGap + firstUseWait + firstUseJitter)
	tb.heard(alice, eve)
	tb.again(eve, seed, true)
	tb.apart(alice, "eve", RemovedByHost)
}

func TestAReplayedAnnouncementOfOneAdmittedReadsNothing(t *testing.T) {
	tb := hosted(t)
	seed := bytes.Repeat([]byte{6}, 32)
	recorded := tb.seated("bob", Publisher, seed)
	host, alice := tb.known("host", founderSeed), tb.join("alice", Publisher)
	tb.known("bob", seed)
	tb.must(host.SetGuard(true, tb.now))
	tb.leave("bob")
	for _, s := range []*seat{host, alice} {
		tb.must(s.MemberJoined("ghost", recorded.Announcement(), tb.now))
	}
	// Only who made the announcement opens what is sealed to it, and that is bob, who is gone: it falls silent.
	tb.pass(beatsMissed*beatPublisher + beatPublisher + beatSlack)
	tb.apart(alice, "ghost", Silent)
	tb.apart(host, "ghost", Silent)
}

func TestHostThatJoinsAnewAdmitsNobodyWhomItDidNotKnow(t *testing.T) {
	tb := hosted(t)
	host, alice := tb.known("host", founderSeed), tb.join("alice", Publisher)
	tb.must(host.SetGuard(true, tb.now))
	ghost := tb.ghost("ghost", host, alice)
	host = tb.again(host, founderSeed, true)
	if !host.Guarded() {
		t.Fatal("the host has forgotten the guard")
	}
	tb.pass(8 * time.Second)
	tb.apart(host, "ghost", NotAdmitted)
	if m := alice.of(t, "ghost"); m.State != Apart {
		t.Errorf("alice sees %+v", m)
	}
	tb.heard(alice, host)
	tb.heard(host, alice)
	tb.deaf(alice, ghost)

	bob := tb.seated("bob", Publisher, nil)
	tb.must(host.Admit(bob.Announcement(), tb.now))
	tb.meet(bob)
	tb.pass(time.Second)
	if !bob.Guarded() {
		t.Error("the host does not tell of the guard that it set before")
	}
	tb.heard(alice, bob)
	if m := bob.of(t, "ghost"); m.State != Apart {
		t.Errorf("bob sees %+v", m)
	}
}

func TestGuardedMemberThatJoinsAnewStaysGuarded(t *testing.T) {
	tb := hosted(t)
	seed := bytes.Repeat([]byte{6}, 32)
	host, bob := tb.known("host", founderSeed), tb.known("bob", seed)
	tb.must(host.SetGuard(true, tb.now))
	tb.leave("host")
	bob = tb.again(bob, seed, true)
	tb.ghost("ghost", bob)
	tb.apart(bob, "ghost", NotAdmitted)
}

func TestPreviousSessionIsOfTheSameMeeting(t *testing.T) {
	other, err := New(Config{Secret: Secret{1}, Room: "other"}, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := New(Config{Secret: Secret{1}, Room: "table", Previous: other}, time.Time{}); CodeOf(err) != OutOfRange {
		t.Errorf("got %v", err)
	}
}
