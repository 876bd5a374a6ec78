package e2ee

import (
	"bytes"
	"slices"
	"testing"
	"time"
)

// The node of these tests works against the members, in most with the help of somebody who holds the meeting secret.

var founderSeed = bytes.Repeat([]byte{0xf0}, 32)

// hosted is a meeting whose link names a host.
func hosted(t *testing.T) *table {
	return &table{t: t, now: time.UnixMilli(1_700_000_000_000), host: hostOfSeed(founderSeed)}
}

func hostOfSeed(seed []byte) Host {
	s, err := New(Config{Room: "r", IdentitySeed: seed}, time.Time{})
	if err != nil {
		panic(err)
	}
	return HostOf(s.Identity())
}

func (tb *table) must(err error) {
	tb.t.Helper()
	if err != nil {
		tb.t.Fatal(err)
	}
	tb.pump()
}

// ghost makes a member that holds the secret and that the node shows only to some.
func (tb *table) ghost(name string, to ...*seat) *seat {
	tb.t.Helper()
	ghost := tb.seated(name, Publisher, nil)
	tb.seats = append(tb.seats, ghost)
	for _, s := range to {
		tb.must(s.MemberJoined(name, ghost.Announcement(), tb.now))
		tb.must(ghost.MemberJoined(s.name, s.Announcement(), tb.now))
	}
	return ghost
}

func (s *seat) of(t *testing.T, session string) Member {
	t.Helper()
	m, present := s.Member(session)
	if !present {
		t.Fatalf("%s does not see %s", s.name, session)
	}
	return m
}

func (tb *table) apart(s *seat, session string, why Code) {
	tb.t.Helper()
	if m := s.of(tb.t, session); m.State != Apart || m.Reason != why || !s.has(MemberApart, why) {
		tb.t.Errorf("%s sees %s as %+v, want it apart: %s", s.name, session, m, why)
	}
}

// deaf checks that one opens nothing of what another seals from now on.
func (tb *table) deaf(from, to *seat) {
	tb.t.Helper()
	o := tb.seal(from, "secret")
	if got, code := tb.open(to, from.name, o); code == "" {
		tb.t.Errorf("%s opened %q of %s", to.name, got, from.name)
	}
	tb.pass(pendingTime)
	for _, late := range to.opened {
		if string(late.Plaintext) == "secret" {
			tb.t.Errorf("%s opened a frame of %s late", to.name, from.name)
		}
	}
}

func TestGhostWithoutTheSecretIsRefused(t *testing.T) {
	tb := newTable(t, "alice", "bob")
	alice := tb.seats[0]
	ghost, err := New(Config{Secret: Secret{9}, Room: "table", Name: "bob's brother"}, tb.now)
	if err != nil {
		t.Fatal(err)
	}
	if err := alice.MemberJoined("ghost", ghost.Announcement(), tb.now); CodeOf(err) != MACInvalid {
		t.Errorf("got %v", err)
	}
	tb.pump()
	if m := alice.of(t, "ghost"); m.State != Refused || !alice.has(MemberRefused, MACInvalid) {
		t.Errorf("alice sees %+v", m)
	}
}

func TestGhostInAGuardedMeetingGetsNoKeys(t *testing.T) {
	tb := hosted(t)
	host := tb.known("host", founderSeed)
	alice, bob := tb.join("alice", Publisher), tb.join("bob", 0)
	tb.must(host.SetGuard(true, tb.now))
	if !alice.Guarded() || !bob.Guarded() || !alice.has(GuardChanged, "") {
		t.Fatal("the guard did not reach everybody")
	}
	ghost := tb.ghost("ghost", alice, host)
	tb.apart(alice, "ghost", NotAdmitted)
	tb.apart(host, "ghost", NotAdmitted)
	tb.heard(alice, host)
	tb.deaf(alice, ghost)

	tb.must(host.Admit(ghost.Announcement(), tb.now))
	if m := alice.of(t, "ghost"); m.State != Verified {
		t.Errorf("after it was admitted alice sees %+v", m)
	}
	tb.pass(time.Second)
	tb.heard(alice, ghost)
	tb.heard(ghost, alice)
}

func TestGhostShownToSomeIsNoticed(t *testing.T) {
	tb := newTable(t, "alice", "bob", "carol")
	alice, bob := tb.seats[0], tb.seats[1]
	tb.ghost("ghost", alice)
	tb.pass(50 * time.Second)
	if !alice.has(MemberDiffers, RosterDiffers) || !bob.has(MemberDiffers, RosterDiffers) {
		t.Fatal("alice gives her keys to one whom bob does not see, and neither is told")
	}
	if !alice.of(t, "bob").Differs || alice.of(t, "ghost").State != Verified {
		t.Errorf("alice sees %+v", alice.Members())
	}
	alice.MemberLeft("ghost", tb.now)
	tb.pass(30 * time.Second)
	if !alice.has(MemberAgrees, "") || alice.of(t, "bob").Differs {
		t.Error("the warning outlives its reason")
	}
}

func TestWithheldLeaveIsNoticed(t *testing.T) {
	tb := newTable(t, "alice", "bob", "carol")
	alice, carol := tb.seats[0], tb.seats[2]
	tb.pass(time.Second)
	tb.seats = tb.seats[:2]
	tb.pass(beatsMissed*beatPublisher + beatPublisher + beatSlack)
	tb.apart(alice, "carol", Silent)
	tb.pass(rotateGap + firstUseWait + firstUseJitter)
	tb.heard(alice, tb.seats[1])
	tb.deaf(alice, carol)
	if m := alice.of(t, "bob"); m.Differs {
		t.Error("alice and bob, who agree, are told that they do not")
	}
}

func TestOneWhoWasOnlyCutOffComesBack(t *testing.T) {
	tb := newTable(t, "alice", "bob")
	alice, bob := tb.seats[0], tb.seats[1]
	cut := true
	tb.lose = func(from, to string, _, _ []byte) bool { return cut && from == "bob" }
	tb.pass(45 * time.Second)
	tb.apart(alice, "bob", Silent)
	cut = false
	tb.pass(15 * time.Second)
	if m := alice.of(t, "bob"); m.State != Verified {
		t.Fatalf("bob is back, but %+v", m)
	}
	tb.heard(alice, bob)
	tb.heard(bob, alice)
}

func TestInterruptionIsNobodysSilence(t *testing.T) {
	tb := newTable(t, "alice", "bob")
	alice := tb.seats[0]
	alice.Pause()
	tb.lose = func(_, to string, _, _ []byte) bool { return to == "alice" }
	tb.pass(5 * time.Minute)
	tb.lose = nil
	alice.Resume(tb.now)
	tb.pass(20 * time.Second)
	if alice.has(MemberApart, Silent) {
		t.Error("bob was taken for gone")
	}
}

func TestReplayedAnnouncementIsRefusedOrFallsSilent(t *testing.T) {
	tb := newTable(t, "alice", "bob")
	alice, bob := tb.seats[0], tb.seats[1]
	old := bob.Announcement()
	tb.leave("bob")
	err := alice.MemberJoined("bob again", old, tb.now)
	tb.pump()
	if CodeOf(err) != AnnouncementReplayed || !alice.has(MemberRefused, AnnouncementReplayed) {
		t.Errorf("to one who saw it: %v", err)
	}
	carol := tb.join("carol", Publisher)
	tb.must(carol.MemberJoined("bob again", old, tb.now))
	tb.pass(beatsMissed*beatPublisher + beatPublisher + beatSlack)
	tb.apart(carol, "bob again", Silent)
}

func TestSwappedKeysAreNoticed(t *testing.T) {
	tb := newTable(t, "alice", "bob")
	alice, bob := tb.seats[0], tb.seats[1]
	mallory, err := New(Config{Secret: simSecret, Room: "table", Name: "alice"}, tb.now)
	if err != nil {
		t.Fatal(err)
	}
	err = bob.MemberJoined("alice", mallory.Announcement(), tb.now)
	tb.pump()
	if CodeOf(err) != AnnouncementChanged || !bob.has(MemberFlagged, AnnouncementChanged) {
		t.Errorf("another announcement: %v", err)
	}
	a := bob.byName["alice"]
	forged := sealKey(alice.meeting, mallory.identity, a.id, keyID{gen: 7}, random(baseKeySize), [32]byte{})
	if err := bob.Receive("alice", forged, make([]byte, wrapSize), tb.now); CodeOf(err) != SignatureInvalid {
		t.Errorf("a key by somebody else: %v", err)
	}
	// A member that commits to one key towards some and to another towards others is found out by its heartbeat.
	h := heartbeat{seq: 99, sent: tb.now, roster: bob.roster(), keyID: a.in.held.keyID, commit: [32]byte{1}}
	err = bob.Receive("alice", sealHeartbeat(alice.meeting, alice.identity, a.id, h), nil, tb.now)
	tb.pump()
	if CodeOf(err) != Equivocation || !bob.has(MemberFlagged, Equivocation) {
		t.Errorf("another commitment: %v", err)
	}
	tb.heard(alice, bob)
}

func TestRemovedMemberDoesNotComeBack(t *testing.T) {
	tb := hosted(t)
	host := tb.known("host", founderSeed)
	seed := bytes.Repeat([]byte{5}, 32)
	alice, eve := tb.join("alice", Publisher), tb.known("eve", seed)
	tb.heard(alice, eve)
	tb.must(host.Remove("eve", tb.now))
	for _, s := range []*seat{host, alice} {
		tb.apart(s, "eve", RemovedByHost)
	}
	tb.pass(firstUseWait + firstUseJitter)
	tb.deaf(alice, eve)

	again := tb.known("eve again", seed)
	bob := tb.join("bob", Publisher)
	tb.pass(time.Second)
	for _, s := range []*seat{host, alice, bob} {
		tb.apart(s, "eve again", RemovedByHost)
	}
	tb.deaf(bob, again)
	if err := host.Admit(eve.Announcement(), tb.now); CodeOf(err) != RemovedByHost {
		t.Errorf("the old announcement: %v", err)
	}
	tb.must(host.Admit(again.Announcement(), tb.now))
	tb.pass(time.Second)
	tb.heard(bob, again)
	if m := alice.of(t, "eve"); m.Reason != RemovedByHost {
		t.Error("the announcement that was removed is in again")
	}
}

func TestWithheldStatementsAreNoticed(t *testing.T) {
	for name, kind := range map[string]messageType{"remove": typeRemove, "guard": typeGuard} {
		t.Run(name, func(t *testing.T) {
			tb := hosted(t)
			host := tb.known("host", founderSeed)
			alice, bob, eve := tb.join("alice", Publisher), tb.join("bob", Publisher), tb.join("eve", Publisher)
			tb.lose = func(_, to string, common, _ []byte) bool {
				return to == "bob" && len(common) > 0 && messageType(common[0]) == kind
			}
			if kind == typeGuard {
				tb.must(host.SetGuard(true, tb.now))
				tb.ghost("ghost", host, alice, bob, eve)
			} else {
				tb.must(host.Remove("eve", tb.now))
			}
			tb.pass(50 * time.Second)
			if !bob.of(t, "host").Differs || !bob.of(t, "alice").Differs || !alice.of(t, "bob").Differs {
				t.Errorf("bob is not told that it gives its keys to others: %+v", bob.Members())
			}
			if alice.of(t, "host").Differs {
				t.Error("alice and the host agree")
			}
		})
	}
}

func TestStatementsOfAnEarlierDayCountForNothing(t *testing.T) {
	yesterday := hosted(t)
	then := yesterday.known("host", founderSeed)
	eve := yesterday.join("eve", Publisher)
	yesterday.must(then.SetGuard(true, yesterday.now))
	admit := sealAdmit(then.meeting, then.identity, then.self.id, []annID{eve.self.id})

	tb := hosted(t)
	alice := tb.join("alice", Publisher)
	alice.Waited(tb.now)
	tb.must(alice.MemberJoined("host", then.Announcement(), tb.now))
	tb.must(alice.MemberJoined("eve", eve.Announcement(), tb.now))
	if err := alice.Receive("host", admit, nil, tb.now); CodeOf(err) != HostUnproven {
		t.Errorf("the recording of a host: %v", err)
	}
	tb.apart(alice, "eve", NotAdmitted)
}

func TestOnlyHostsDecide(t *testing.T) {
	tb := hosted(t)
	host := tb.known("host", founderSeed)
	alice, eve := tb.join("alice", Publisher), tb.join("eve", Publisher)
	for what, err := range map[string]error{
		"guard": eve.SetGuard(false, tb.now), "admit": eve.Admit(alice.Announcement(), tb.now),
		"remove": eve.Remove("alice", tb.now), "appoint": eve.SetHost("eve", true, tb.now),
	} {
		if CodeOf(err) != NotHost {
			t.Errorf("%s: %v", what, err)
		}
	}
	forged := sealRemove(eve.meeting, eve.identity, eve.self.id, []removal{{id: host.self.id, ik: identityKey(host.self.ik)}})
	if err := alice.Receive("eve", forged, nil, tb.now); CodeOf(err) != NotHost {
		t.Errorf("a removal by a member: %v", err)
	}
	self := sealHost(eve.meeting, eve.identity, appointment{ik: identityKey(eve.self.ik), seq: uint64(tb.now.UnixMilli()), on: true})
	if err := alice.Receive("eve", self, nil, tb.now); CodeOf(err) != HostMismatch {
		t.Errorf("an appointment by oneself: %v", err)
	}

	tb.must(host.SetHost("eve", true, tb.now))
	if !alice.of(t, "eve").Host || !eve.has(HostingChanged, "") || alice.of(t, "eve").Founder {
		t.Error("eve is not shown as a host")
	}
	if err := eve.SetHost("alice", true, tb.now); CodeOf(err) != NotHost {
		t.Errorf("a host that appoints: %v", err)
	}
	tb.must(eve.Remove("host", tb.now))
	if m := alice.of(t, "host"); m.State != Verified {
		t.Errorf("the founder was removed by a host: %+v", m)
	}
	tb.must(host.SetHost("eve", false, tb.now))
	if err := eve.SetGuard(true, tb.now); CodeOf(err) != NotHost || alice.of(t, "eve").Host {
		t.Errorf("dismissed, it goes on: %v", err)
	}
	// The appointment again, after the dismissal.
	appointed := slices.IndexFunc(host.sent, func(o Outgoing) bool { return len(o.Common) > 0 && messageType(o.Common[0]) == typeHost })
	if err := alice.Receive("eve", host.sent[appointed].Common, nil, tb.now); CodeOf(err) != StatementStale {
		t.Errorf("an appointment taken back: %v", err)
	}
}

func TestReorderedStatementsUndoNothing(t *testing.T) {
	tb := hosted(t)
	host := tb.known("host", founderSeed)
	other, alice, eve := tb.join("other", Publisher), tb.join("alice", Publisher), tb.join("eve", Publisher)
	tb.must(host.SetHost("other", true, tb.now))
	tb.must(host.Remove("eve", tb.now))
	// What another host said before arrives after.
	late := sealAdmit(other.meeting, other.identity, other.self.id, []annID{eve.self.id})
	tb.must(alice.Receive("other", late, nil, tb.now))
	tb.apart(alice, "eve", RemovedByHost)
	off := sealGuard(other.meeting, other.identity, other.self.id, guard{epoch: 1})
	tb.must(host.SetGuard(true, tb.now))
	if err := alice.Receive("other", off, nil, tb.now); CodeOf(err) != StatementStale || !alice.Guarded() {
		t.Errorf("an older setting: %v", err)
	}
}

// A host that joins late, and one whom it appoints, tell newcomers what was decided before they came.
func TestNewcomersLearnWhatWasDecided(t *testing.T) {
	tb := hosted(t)
	alice, eve := tb.join("alice", Publisher), tb.join("eve", Publisher)
	host := tb.known("host", founderSeed)
	other := tb.join("other", 0)
	tb.must(host.SetHost("other", true, tb.now))
	tb.must(host.SetGuard(true, tb.now))
	tb.must(host.Remove("eve", tb.now))
	tb.leave("host")
	tb.pass(8 * time.Second)

	bob := tb.seated("bob", Publisher, nil)
	tb.must(other.Admit(bob.Announcement(), tb.now))
	bob.Waited(tb.now)
	tb.meet(bob)
	tb.pass(3 * time.Second)
	tb.apart(bob, "eve", RemovedByHost)
	if !bob.Guarded() || bob.of(t, "alice").State != Verified || !bob.of(t, "other").Host {
		t.Errorf("bob sees %+v", bob.Members())
	}
	tb.heard(bob, alice)
	tb.heard(alice, bob)
	tb.deaf(bob, eve)
	tb.pass(time.Minute)
	for _, s := range []*seat{alice, bob, other} {
		if s.has(MemberDiffers, RosterDiffers) {
			t.Errorf("%s is told of a difference", s.name)
		}
	}
}

func TestHeartbeatsAreFewInBigRooms(t *testing.T) {
	for _, c := range []struct {
		publisher             bool
		publishers, listeners int
		want                  time.Duration
	}{
		{true, 2, 0, 10 * time.Second}, {true, 50, 0, 25 * time.Second}, {true, 1000, 0, 500 * time.Second}, {true, 30, 1000, 15 * time.Second},
		{false, 30, 10, 30 * time.Second}, {false, 30, 1000, 100 * time.Second},
	} {
		if got := beatPeriod(c.publisher, c.publishers, c.listeners); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
	tb := newTable(t, "alice")
	for _, name := range []string{"l1", "l2", "l3"} {
		tb.join(name, 0)
	}
	tb.pass(2 * time.Minute)
	for _, s := range tb.seats[1:] {
		for _, o := range s.sent {
			if messageType(o.Common[0]) == typeHeartbeat && (len(o.Parts) != 1 || o.Parts[0].To != "alice") {
				t.Errorf("a listener's heartbeat goes to %v", o.Parts)
			}
		}
		if s.has(MemberApart, Silent) || s.requests() > 0 {
			t.Errorf("%s misses somebody", s.name)
		}
	}
}
