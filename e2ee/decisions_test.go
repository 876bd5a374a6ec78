package e2ee

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"
)

var bobSeed = bytes.Repeat([]byte{6}, 32)

// restart joins anew in another run of the program, which finds what the one before kept; in a room that is closed to the node.
func (tb *table) restart(s *seat, seed, kept []byte) *seat {
	tb.t.Helper()
	tb.leave(s.name)
	c := Config{Secret: simSecret, Room: "table", Name: s.name, Roles: Publisher, Host: tb.host, IdentitySeed: seed, Decisions: kept}
	next, err := New(c, tb.now)
	if err != nil {
		tb.t.Fatal(err)
	}
	s.Close()
	next.Closed(tb.now)
	return tb.meet(&seat{Session: next, name: s.name})
}

// TestGhostWhileTheHostRestarts: a host knows after a restart whom it admitted, and nobody else, whatever the node shows it.
func TestGhostWhileTheHostRestarts(t *testing.T) {
	tb := hosted(t)
	host, alice, bob := tb.known("host", founderSeed), tb.join("alice", Publisher), tb.known("bob", bobSeed)
	tb.must(host.SetGuard(true, tb.now))
	early := tb.ghost("early", host, alice)
	tb.leave("bob")
	kept := host.Decisions(tb.now)
	late := tb.seated("late", Publisher, nil)
	tb.meet(late)
	host = tb.restart(host, founderSeed, kept)
	tb.pass(8 * time.Second)
	for _, ghost := range []*seat{early, late} {
		tb.apart(host, ghost.name, NotAdmitted)
		tb.apart(alice, ghost.name, NotAdmitted)
	}
	if host.has(MemberApart, NotAdmitted) && host.of(t, "alice").State != Verified {
		t.Error("the host does not know alice again")
	}
	tb.heard(alice, host)
	tb.heard(host, alice)
	tb.deaf(host, early)
	tb.deaf(alice, late)
	// Who was away while the host was is known as well.
	bob = tb.again(bob, bobSeed, false)
	tb.pass(8 * time.Second)
	tb.heard(host, bob)
	tb.heard(bob, alice)
	tb.must(host.Admit(late.Announcement(), tb.now))
	// It has been apart for so long that it may take the host for silent until the next heartbeat (spec/e2ee.md §14.4).
	tb.pass(beatPublisher + time.Second)
	tb.heard(host, late)
}

// TestHostThatKeptNothingAdmitsNobody: where the room is closed when a host enters it, it knows nobody yet.
func TestHostThatKeptNothingAdmitsNobody(t *testing.T) {
	tb := hosted(t)
	host, alice := tb.known("host", founderSeed), tb.join("alice", Publisher)
	tb.must(host.SetGuard(true, tb.now))
	ghost := tb.ghost("ghost", host, alice)
	host = tb.restart(host, founderSeed, nil)
	tb.pass(8 * time.Second)
	if !host.Guarded() {
		t.Fatal("the host is not guarded")
	}
	tb.apart(host, "alice", NotAdmitted)
	tb.apart(host, "ghost", NotAdmitted)
	tb.deaf(host, ghost)
	tb.must(host.Admit(alice.Announcement(), tb.now))
	tb.pass(8 * time.Second)
	tb.heard(host, alice)
}

func TestARemovalOutlastsARestart(t *testing.T) {
	tb := hosted(t)
	seed := bytes.Repeat([]byte{5}, 32)
	host, alice, eve := tb.known("host", founderSeed), tb.join("alice", Publisher), tb.known("eve", seed)
	tb.must(host.SetGuard(true, tb.now))
	tb.must(host.Remove("eve", tb.now))
	host = tb.restart(host, founderSeed, host.Decisions(tb.now))
	tb.apart(host, "eve", RemovedByHost)
	tb.again(eve, seed, false)
	tb.apart(host, "eve", RemovedByHost)
	tb.apart(alice, "eve", RemovedByHost)
	bob := tb.join("bob", Publisher)
	tb.must(host.Admit(bob.Announcement(), tb.now))
	tb.pass(time.Second)
	if m := bob.of(t, "eve"); m.Reason != RemovedByHost {
		t.Errorf("the host does not tell bob of the removal before its restart: %+v", m)
	}
}

// TestGuardedMemberStaysGuardedOverARestart: with no host there it goes on to give its keys to those that were admitted.
func TestGuardedMemberStaysGuardedOverARestart(t *testing.T) {
	tb := hosted(t)
	host, alice, bob := tb.known("host", founderSeed), tb.join("alice", Publisher), tb.known("bob", bobSeed)
	tb.must(host.SetGuard(true, tb.now))
	tb.leave("host")
	bob = tb.restart(bob, bobSeed, bob.Decisions(tb.now))
	ghost := tb.ghost("ghost", bob)
	tb.pass(time.Second)
	tb.apart(bob, "ghost", NotAdmitted)
	tb.deaf(bob, ghost)
	if m := bob.of(t, "alice"); m.State != Verified {
		t.Errorf("bob sees alice, who was admitted, as %+v", m)
	}
	// That alice gives it no keys before a host has admitted it anew is for another host to mend.
	tb.apart(alice, "bob", NotAdmitted)
	tb.restart(host, founderSeed, host.Decisions(tb.now))
	tb.pass(8 * time.Second)
	tb.heard(alice, bob)
}

// TestAnAppointmentOutlastsARestartForADay: one whom the founder made a host knows that, and whom it admitted.
func TestAnAppointmentOutlastsARestartForADay(t *testing.T) {
	tb := hosted(t)
	host, alice, bob := tb.known("host", founderSeed), tb.join("alice", Publisher), tb.known("bob", bobSeed)
	tb.must(host.SetGuard(true, tb.now))
	tb.must(host.SetHost("bob", true, tb.now))
	tb.leave("host")
	carol := tb.join("carol", Publisher)
	tb.must(bob.Admit(carol.Announcement(), tb.now))
	kept := bob.Decisions(tb.now)
	bob = tb.restart(bob, bobSeed, kept)
	tb.pass(8 * time.Second)
	if _, hosts := bob.Host(); !hosts {
		t.Fatal("bob has forgotten that it is a host")
	}
	for _, s := range []*seat{alice, carol} {
		tb.heard(bob, s)
		tb.heard(s, bob)
	}
	tb.now = tb.now.Add(appointmentLife + time.Minute)
	bob = tb.restart(bob, bobSeed, kept)
	if _, hosts := bob.Host(); hosts {
		t.Error("an appointment of yesterday counts")
	}
	if !bob.Guarded() {
		t.Error("the guard is forgotten with it")
	}
}

func TestAnIdentityIsForgottenADayAfterItWasThere(t *testing.T) {
	tb := hosted(t)
	host, bob := tb.known("host", founderSeed), tb.known("bob", bobSeed)
	tb.must(host.SetGuard(true, tb.now))
	// Being there counts, not when it was admitted.
	tb.now = tb.now.Add(2 * familiarLife)
	kept := host.Decisions(tb.now)
	tb.leave("bob")
	tb.now = tb.now.Add(familiarLife)
	host = tb.restart(host, founderSeed, kept)
	bob = tb.again(bob, bobSeed, false)
	if m := host.of(t, "bob"); m.State != Verified {
		t.Errorf("after a day bob is %+v", m)
	}
	tb.leave("bob")
	tb.now = tb.now.Add(familiarLife + time.Minute)
	tb.again(bob, bobSeed, false)
	tb.apart(host, "bob", NotAdmitted)
	var d decisions
	if err := json.Unmarshal(host.Decisions(tb.now), &d); err != nil || len(d.Familiar) > 1 || !d.On {
		t.Errorf("kept are %+v, %v", d, err)
	}
}

func TestDecisionsAreTold(t *testing.T) {
	tb := hosted(t)
	host, alice := tb.known("host", founderSeed), tb.join("alice", Publisher)
	tb.join("bob", Publisher)
	told := func(s *seat) bool {
		t.Helper()
		tb.pass(time.Minute)
		told := s.has(Decided, "")
		s.events = nil
		return told
	}
	told(host)
	told(alice)
	for what, decide := range map[string]func() error{
		"guard":   func() error { return host.SetGuard(true, tb.now) },
		"host":    func() error { return host.SetHost("alice", true, tb.now) },
		"removal": func() error { return host.Remove("bob", tb.now) },
	} {
		tb.must(decide())
		if !told(host) || !told(alice) {
			t.Errorf("a %s is not told", what)
		}
	}
	if told(host) {
		t.Error("it is told of nothing")
	}
	tb.pass(keepEvery)
	if !told(host) {
		t.Error("who is there is not kept")
	}
	if newTable(t, "alone").seats[0].Decisions(tb.now) != nil {
		t.Error("nobody is named who could decide")
	}
}

func TestDecisionsAreBounded(t *testing.T) {
	tb := hosted(t)
	host := tb.known("host", founderSeed)
	a := &host.authority
	for i := range maxKept + 1 {
		at := tb.now.Add(-time.Duration(i) * time.Millisecond)
		id := annID{byte(i), byte(i >> 8)}
		if err := a.admit(id, at); err != nil {
			t.Fatal(err)
		}
		a.recognise(id, id[:], at)
		if i > maxKeptRemoved {
			continue
		}
		if err := a.remove(removal{id: annID{byte(i), byte(i >> 8), 1}, ik: identityKey{1}}, true, at); err != nil {
			t.Fatal(err)
		}
	}
	var d decisions
	if err := json.Unmarshal(host.Decisions(tb.now), &d); err != nil {
		t.Fatal(err)
	}
	if len(d.Admitted) != maxKept || len(d.Familiar) != maxKept || len(d.Removed) != maxKeptRemoved {
		t.Errorf("%d admitted, %d familiar, %d removed", len(d.Admitted), len(d.Familiar), len(d.Removed))
	}
	if !bytes.Equal(d.Familiar[0].ID[:2], []byte{0, 0}) {
		t.Error("the newest are not kept")
	}
}

func TestDecisionsOfAnotherMeetingAreRefused(t *testing.T) {
	tb := hosted(t)
	kept := tb.known("host", founderSeed).Decisions(tb.now)
	for what, c := range map[string]Config{
		"room":    {Room: "other", Host: tb.host, Decisions: kept},
		"host":    {Room: "table", Host: Host{1}, Decisions: kept},
		"nobody":  {Room: "table", Decisions: kept},
		"damaged": {Room: "table", Host: tb.host, Decisions: kept[1:]},
		"version": {Room: "table", Host: tb.host, Decisions: bytes.Replace(kept, []byte(`"version":1`), []byte(`"version":2`), 1)},
	} {
		if _, err := New(c, tb.now); CodeOf(err) != OutOfRange {
			t.Errorf("%s: %v", what, err)
		}
	}
}
