package e2ee

import (
	"bytes"
	"testing"
	"time"
)

func TestJoinerOpensNothingFromBefore(t *testing.T) {
	tb := newTable(t, "alice", "bob")
	alice := tb.seats[0]
	before := tb.seal(alice, "before")
	carol := tb.join("carol", Publisher)
	waiting := tb.seal(alice, "while carol waits")
	tb.pass(joinWait)
	tb.heard(alice, carol)
	tb.heard(alice, tb.seat("bob"))
	for _, o := range []Object{before, waiting} {
		if got, code := tb.open(carol, "alice", o); code != KeyUnknown {
			t.Errorf("carol got %q, %s", got, code)
		}
	}
}

func TestJoinsAreBatchedAndIdleKeysNotRatcheted(t *testing.T) {
	tb := newTable(t, "alice")
	alice := tb.seats[0]
	tb.join("bob", Publisher)
	if alice.keys.current.step != 0 {
		t.Error("a key that sealed nothing was ratcheted")
	}
	tb.seal(alice, "x")
	keys := len(alice.sent)
	tb.join("carol", Publisher)
	tb.pass(300 * time.Millisecond)
	tb.join("dave", Publisher)
	if len(alice.sent) != keys {
		t.Error("the key went out before the wait was over")
	}
	tb.pass(200 * time.Millisecond)
	if got := len(alice.sent) - keys; got != 2 {
		t.Errorf("two joins cost %d messages, want one of channels and one of a key", got)
	}
	if alice.keys.current.step != 1 {
		t.Errorf("two joins made %d steps", alice.keys.current.step)
	}
	for _, name := range []string{"bob", "carol", "dave"} {
		tb.heard(alice, tb.seat(name))
	}
}

func TestSharedWaitsForEverybody(t *testing.T) {
	tb := newTable(t, "alice", "bob")
	alice := tb.seats[0]
	tb.seal(alice, "x")
	if !alice.Shared() {
		t.Error("both have the key")
	}
	carol := tb.join("carol", Publisher)
	if alice.Shared() {
		t.Error("carol has no key")
	}
	tb.pass(joinWait)
	tb.heard(alice, carol)
	if !alice.Shared() {
		t.Error("carol has the key")
	}
	tb.leave("bob")
	tb.pass(time.Second)
	if alice.keys.next == nil || !alice.Shared() {
		t.Error("carol has the key in use while another is on its way")
	}
	dave := tb.join("dave", Publisher)
	tb.pass(0)
	if alice.Shared() {
		t.Error("dave has only the key that is not in use yet")
	}
	tb.pass(firstUseWait + firstUseJitter)
	if !alice.Shared() {
		t.Error("dave has the key")
	}
	tb.heard(alice, dave)
}

func TestLeaveRotates(t *testing.T) {
	tb := newTable(t, "alice", "bob", "carol", "dave")
	alice, bob, carol := tb.seats[0], tb.seats[1], tb.seats[2]
	tb.heard(alice, bob)
	start := tb.now
	tb.leave("carol")
	tb.pass(500 * time.Millisecond)
	tb.leave("dave")
	if m := alice.Members(); len(m) != 3 || m[1].State != Leaving || m[2].State != Leaving {
		t.Errorf("leavers are not shown: %+v", m)
	}
	tb.pass(500 * time.Millisecond)
	if alice.keys.next == nil || alice.keys.current.gen != 0 || tb.now.Sub(start) != time.Second {
		t.Fatal("no new key was sent after one second")
	}
	tb.pass(firstUseWait - 1)
	if alice.keys.current.gen != 0 {
		t.Error("the new key is in use within a second after it was sent")
	}
	tb.pass(firstUseJitter + 1)
	if alice.keys.current.gen != 1 || alice.keys.next != nil {
		t.Errorf("generation %d after two leaves, want 1", alice.keys.current.gen)
	}
	if !alice.has(KeyframeNeeded, "") || len(alice.Members()) != 1 {
		t.Error("no keyframe is asked for, or the leavers are still shown")
	}
	tb.heard(alice, bob)
	if got, code := tb.open(carol, "alice", tb.seal(alice, "secret")); code != KeyMissing {
		t.Errorf("carol got %q, %s", got, code)
	}
}

func TestLeaveDuringARotationRotatesAgain(t *testing.T) {
	tb := newTable(t, "alice", "bob", "carol", "dave")
	alice, bob := tb.seats[0], tb.seats[1]
	dave := tb.seats[3]
	tb.leave("carol")
	tb.pass(time.Second)
	tb.leave("dave")
	tb.pass(firstUseWait + firstUseJitter)
	if alice.keys.current.gen != 1 {
		t.Fatalf("generation %d", alice.keys.current.gen)
	}
	if got, code := tb.open(dave, "alice", tb.seal(alice, "still")); got != "still" {
		t.Errorf("dave was given this key: %s", code)
	}
	tb.pass(rotateGap)
	if alice.keys.current.gen != 2 {
		t.Fatalf("generation %d", alice.keys.current.gen)
	}
	if _, code := tb.open(dave, "alice", tb.seal(alice, "secret")); code != KeyMissing {
		t.Errorf("dave: %s", code)
	}
	tb.heard(alice, bob)
}

func TestRotationsKeepTheirDistanceUnlessAHostRemoves(t *testing.T) {
	tb := newTable(t, "alice", "bob", "carol", "dave")
	alice := tb.seats[0]
	tb.leave("dave")
	tb.pass(3 * time.Second)
	tb.leave("carol")
	tb.pass(2900 * time.Millisecond)
	if alice.keys.newest().gen != 1 {
		t.Error("the next rotation came within five seconds")
	}
	tb.pass(100 * time.Millisecond)
	if alice.keys.newest().gen != 2 {
		t.Error("the next rotation did not come after five seconds")
	}
	alice.MemberRemoved("bob", tb.now)
	tb.pump()
	if alice.keys.newest().gen != 3 {
		t.Error("a removal did not rotate at once")
	}
}

func TestDebounceGrowsWithTheRoom(t *testing.T) {
	for members, want := range map[int]time.Duration{2: time.Second, 50: time.Second, 51: 3 * time.Second, 200: 3 * time.Second} {
		if got := debounce(members); got != want {
			t.Errorf("%d members: %v, want %v", members, got, want)
		}
	}
	for range 100 {
		if got := debounce(201); got < 10*time.Second || got >= 15*time.Second {
			t.Errorf("201 members: %v", got)
		}
	}
}

func TestJoinDuringARotationGetsTheComingKeyOnly(t *testing.T) {
	tb := newTable(t, "alice", "bob", "carol")
	alice := tb.seats[0]
	tb.heard(alice, tb.seats[1])
	tb.leave("carol")
	tb.pass(time.Second)
	dave := tb.join("dave", Publisher)
	if got, code := tb.open(dave, "alice", tb.seal(alice, "old key")); code != KeyUnknown {
		t.Errorf("dave got %q, %s", got, code)
	}
	tb.pass(firstUseWait + firstUseJitter)
	tb.heard(alice, dave)
	if dave.requests() != 0 {
		t.Error("dave asked for a key that it is not to have")
	}
}

func TestKeysAgeAndOldOnesAreErased(t *testing.T) {
	tb := newTable(t, "alice", "bob")
	alice, bob := tb.seats[0], tb.seats[1]
	tb.pass(ratchetEvery)
	if alice.keys.current.step != 0 {
		t.Error("a key that sealed nothing was ratcheted")
	}
	tb.heard(alice, bob)
	early := tb.seal(alice, "early")
	late := tb.seal(alice, "late")
	tb.pass(ratchetEvery)
	if alice.keys.current.step != 1 {
		t.Fatalf("step %d after ten minutes", alice.keys.current.step)
	}
	tb.heard(alice, bob)
	tb.pass(keepOld - 1)
	if got, code := tb.open(bob, "alice", early); got != "early" {
		t.Errorf("the old key is gone too early: %s", code)
	}
	old := bob.byName["alice"].in.keys.epochs[0].base
	tb.pass(1)
	if got, code := tb.open(bob, "alice", late); code != KeyUnknown {
		t.Errorf("the old key still opens %q, %s", got, code)
	}
	if !bytes.Equal(old, make([]byte, baseKeySize)) {
		t.Error("the old key was not erased")
	}
}

func TestReceiverKeepsABoundedNumberOfKeys(t *testing.T) {
	c := &keychain{}
	for gen := range uint32(3 * maxEpochs) {
		if err := c.add(keyID{gen: gen}, random(baseKeySize)); err != nil {
			t.Fatal(err)
		}
	}
	if len(c.epochs) != maxEpochs || c.epochs[maxEpochs-1].gen != 3*maxEpochs-1 {
		t.Errorf("%d keys, the newest of generation %d", len(c.epochs), c.epochs[len(c.epochs)-1].gen)
	}
}

func TestWrapsAreTakenOnce(t *testing.T) {
	tb := newTable(t, "alice", "bob")
	alice, bob := tb.seats[0], tb.seats[1]
	for _, o := range alice.sent {
		if isKey(o.Common) {
			if err := bob.Receive("alice", o.Common, o.Parts[0].Payload, tb.now); CodeOf(err) != WrapReplayed {
				t.Errorf("got %v, want %s", err, WrapReplayed)
			}
		}
	}
	if bob.Counts()[WrapReplayed] != 1 {
		t.Errorf("counted %v", bob.Counts())
	}
}

func TestOneWhoWaitsForTheKeyGetsNoOther(t *testing.T) {
	tb := newTable(t, "alice", "bob")
	alice, bob := tb.seats[0], tb.seats[1]
	tb.seal(alice, "used")
	alice.byName["bob"].out.waiting = true
	sent := len(alice.sent)
	bob.request(bob.byName["alice"], tb.now)
	tb.pump()
	if len(alice.sent) != sent {
		t.Error("a member was given the key in use while it waits for the next")
	}
}
