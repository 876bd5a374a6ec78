package e2ee

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/openconfab/confab/media"
)

// table is a meeting without a network: messages arrive at once unless lose says otherwise.
type table struct {
	t     *testing.T
	now   time.Time
	seats []*seat
	lose  func(from, to string, common, payload []byte) bool
}

type seat struct {
	*Session
	name   string
	events []Event
	opened []Opened
	// errs are what Receive gave.
	errs []error
	sent []Outgoing
}

func newTable(t *testing.T, names ...string) *table {
	tb := &table{t: t, now: time.UnixMilli(1_700_000_000_000)}
	for _, name := range names {
		tb.join(name, Publisher)
	}
	return tb
}

func (tb *table) join(name string, roles Roles) *seat {
	s, err := New(Config{Secret: simSecret, Room: "table", Name: name, Roles: roles}, tb.now)
	if err != nil {
		tb.t.Fatal(err)
	}
	n := &seat{Session: s, name: name}
	for _, o := range tb.seats {
		if err := errors.Join(o.MemberJoined(name, s.Announcement(), tb.now), s.MemberJoined(o.name, o.Announcement(), tb.now)); err != nil {
			tb.t.Fatal(err)
		}
	}
	tb.seats = append(tb.seats, n)
	tb.pump()
	return n
}

func (tb *table) leave(name string) {
	tb.seats = slices.DeleteFunc(tb.seats, func(s *seat) bool { return s.name == name })
	for _, s := range tb.seats {
		s.MemberLeft(name, tb.now)
	}
	tb.pump()
}

func (tb *table) seat(name string) *seat {
	i := slices.IndexFunc(tb.seats, func(s *seat) bool { return s.name == name })
	if i < 0 {
		return nil
	}
	return tb.seats[i]
}

// pump does all that is due now.
func (tb *table) pump() {
	for busy := true; busy; {
		busy = false
		for _, s := range tb.seats {
			if wake := s.NextWake(); !wake.IsZero() && !wake.After(tb.now) {
				s.Advance(tb.now)
				busy = true
			}
			for _, o := range s.Outgoing() {
				s.sent = append(s.sent, o)
				busy = true
				for _, p := range o.Parts {
					to := tb.seat(p.To)
					if to == nil || tb.lose != nil && tb.lose(s.name, p.To, o.Common, p.Payload) {
						continue
					}
					if err := to.Receive(s.name, o.Common, p.Payload, tb.now); err != nil {
						to.errs = append(to.errs, err)
					}
				}
			}
			s.events = append(s.events, s.Events()...)
			s.opened = append(s.opened, s.Opened()...)
		}
	}
}

// pass lets time go by, stopping wherever something is due.
func (tb *table) pass(d time.Duration) {
	for end := tb.now.Add(d); ; {
		var next time.Time
		for _, s := range tb.seats {
			next = earliest(next, s.NextWake())
		}
		if next.IsZero() || next.After(end) {
			tb.now = end
			tb.pump()
			return
		}
		tb.now = later(tb.now, next)
		tb.pump()
	}
}

func (tb *table) seal(s *seat, text string) Object {
	tb.t.Helper()
	sealed, err := s.Seal(nil, camera, []byte("header"), []byte(text))
	if err != nil {
		tb.t.Fatal(err)
	}
	return Object{Source: media.Camera, Header: []byte("header"), Payload: sealed, Ref: text}
}

func (tb *table) open(s *seat, from string, o Object) (string, Code) {
	out, _, err := s.Open(nil, from, o, tb.now)
	tb.pump()
	return string(out), CodeOf(err)
}

// heard checks that to opens what from seals now.
func (tb *table) heard(from, to *seat) {
	tb.t.Helper()
	if got, code := tb.open(to, from.name, tb.seal(from, "now")); got != "now" {
		tb.t.Errorf("%s does not hear %s: %s", to.name, from.name, code)
	}
}

func (s *seat) has(kind EventKind, code Code) bool {
	return slices.ContainsFunc(s.events, func(e Event) bool { return e.Kind == kind && e.Code == code })
}

func (s *seat) requests() int {
	n := 0
	for _, o := range s.sent {
		if len(o.Common) > 0 && messageType(o.Common[0]) == typeKeyRequest {
			n++
		}
	}
	return n
}

func isKey(common []byte) bool { return len(common) > 0 && messageType(common[0]) == typeKey }

func TestTwoHearEachOtherAtOnce(t *testing.T) {
	tb := newTable(t, "alice", "bob")
	alice, bob := tb.seats[0], tb.seats[1]
	tb.heard(alice, bob)
	tb.heard(bob, alice)
	if m := bob.Members(); len(m) != 1 || m[0].Name != "alice" || m[0].State != Verified || m[0].Roles != Publisher ||
		!bytes.Equal(m[0].Identity, alice.Identity()) {
		t.Errorf("bob sees %+v", m)
	}
	a, errA := alice.PairSafetyCode("bob")
	b, errB := bob.PairSafetyCode("alice")
	if a != b || a != alice.SafetyCode() || len(a) != 71 || errA != nil || errB != nil {
		t.Errorf("codes %q and %q, %v, %v", a, b, errA, errB)
	}
	if _, err := alice.PairSafetyCode("carol"); CodeOf(err) != MemberUnknown {
		t.Errorf("code with a stranger: %v", err)
	}
}

func TestDataMessagesAreBoundToTheirTopic(t *testing.T) {
	tb := newTable(t, "alice", "bob")
	alice, bob := tb.seats[0], tb.seats[1]
	sealed, err := alice.SealData(nil, "chat", []byte("hello"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := bob.OpenData(nil, "alice", "files", sealed, tb.now); CodeOf(err) != FrameInvalid {
		t.Errorf("opened under another topic: %v", err)
	}
	if got, err := bob.OpenData(nil, "alice", "chat", sealed, tb.now); err != nil || string(got) != "hello" {
		t.Errorf("got %q, %v", got, err)
	}
	if _, err := alice.SealData(nil, string(make([]byte, MaxTopicBytes+1)), nil); CodeOf(err) != OutOfRange {
		t.Errorf("long topic: %v", err)
	}
	if _, err := alice.Seal(nil, Slot{Source: media.Data}, nil, nil); CodeOf(err) != OutOfRange {
		t.Errorf("a frame in the slot of data: %v", err)
	}
}

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

func TestFramesWaitForTheirKey(t *testing.T) {
	tb := newTable(t, "alice")
	alice := tb.seats[0]
	lost := true
	tb.lose = func(from, _ string, common, _ []byte) bool { return lost && from == "alice" && isKey(common) }
	bob := tb.join("bob", Publisher)
	for i := range pendingFrames + 10 {
		if _, code := tb.open(bob, "alice", tb.seal(alice, fmt.Sprint(i))); code != KeyMissing {
			t.Fatalf("frame %d: %s", i, code)
		}
	}
	lost = false
	tb.pass(999 * time.Millisecond)
	if bob.requests() != 0 {
		t.Error("bob asked before a second had passed")
	}
	tb.pass(time.Millisecond)
	if bob.requests() != 1 || len(bob.opened) != pendingFrames {
		t.Fatalf("%d requests, %d frames opened", bob.requests(), len(bob.opened))
	}
	for i, o := range bob.opened {
		want := fmt.Sprint(i + 10)
		if string(o.Plaintext) != want || o.Ref != want || o.From != "alice" || o.Source != media.Camera || string(o.Header) != "header" {
			t.Fatalf("frame %d is %+v", i, o)
		}
	}
	if !slices.ContainsFunc(bob.events, func(e Event) bool { return e.Kind == KeyframeWanted && e.Source == media.Camera }) {
		t.Error("no keyframe is wanted though frames were dropped")
	}
	tb.heard(alice, bob)
	if bob.has(MemberUndecryptable, KeyMissing) || bob.waitingBytes != 0 {
		t.Error("bob warns, or still keeps frames")
	}
	tb.pass(time.Minute)
	if bob.requests() != 1 {
		t.Error("bob asks on")
	}
}

func TestAudioWaitsHalfASecond(t *testing.T) {
	tb := newTable(t, "alice")
	alice := tb.seats[0]
	lost := true
	tb.lose = func(from, _ string, common, _ []byte) bool { return lost && from == "alice" && isKey(common) }
	bob := tb.join("bob", Publisher)
	for range 49 {
		sealed, err := alice.Seal(nil, microphone, nil, []byte("audio"))
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := bob.Open(nil, "alice", Object{Source: media.Microphone, Payload: sealed}, tb.now); CodeOf(err) != KeyMissing {
			t.Fatal(err)
		}
		tb.pass(20 * time.Millisecond)
	}
	lost = false
	tb.pass(20 * time.Millisecond)
	if got := len(bob.opened); got < 20 || got > 25 {
		t.Errorf("%d frames of 20 ms were opened, want at most 500 ms", got)
	}
}

func TestKeyRequestsBackOffAndWarn(t *testing.T) {
	tb := newTable(t, "alice")
	alice := tb.seats[0]
	tb.lose = func(from, _ string, common, _ []byte) bool { return from == "alice" && isKey(common) }
	bob := tb.join("bob", Publisher)
	start := tb.now
	var at []time.Duration
	for range 1000 {
		before := bob.requests()
		tb.open(bob, "alice", tb.seal(alice, "x"))
		tb.pass(100 * time.Millisecond)
		if bob.requests() > before {
			at = append(at, tb.now.Sub(start).Round(time.Second))
		}
	}
	want := []time.Duration{1, 2, 4, 8, 16, 32, 62, 92}
	for i := range want {
		want[i] *= time.Second
	}
	if !slices.Equal(at, want) {
		t.Errorf("requests at %v, want %v", at, want)
	}
	if !bob.has(MemberUndecryptable, KeyMissing) || bob.Members()[0].Undecryptable != KeyMissing {
		t.Error("bob does not warn")
	}
	tb.lose = nil
	for range 400 {
		tb.open(bob, "alice", tb.seal(alice, "x"))
		tb.pass(100 * time.Millisecond)
	}
	tb.heard(alice, bob)
	if !bob.has(MemberDecryptable, "") || bob.Members()[0].Undecryptable != "" {
		t.Error("bob does not take the warning back")
	}
}

func TestLostChannelIsMadeAnew(t *testing.T) {
	tb := newTable(t, "alice")
	alice := tb.seats[0]
	lost := true
	tb.lose = func(from, _ string, _, _ []byte) bool { return lost && from == "alice" }
	bob := tb.join("bob", Publisher)
	tb.open(bob, "alice", tb.seal(alice, "x"))
	lost = false
	tb.pass(time.Second)
	tb.heard(alice, bob)
	if got := bob.byName["alice"].in.number; got != 2 {
		t.Errorf("channel number %d, want 2", got)
	}
}

func TestRequestsAreAnsweredOncePerSecond(t *testing.T) {
	tb := newTable(t, "alice", "bob")
	alice, bob := tb.seats[0], tb.seats[1]
	sent := len(alice.sent)
	for range 5 {
		bob.request(bob.byName["alice"], tb.now)
		tb.pump()
	}
	if got := len(alice.sent) - sent; got != 1 {
		t.Errorf("%d answers", got)
	}
	tb.pass(answerGap)
	bob.request(bob.byName["alice"], tb.now)
	tb.pump()
	if got := len(alice.sent) - sent; got != 2 {
		t.Errorf("%d answers", got)
	}
	if len(bob.errs) != 0 {
		t.Errorf("a repeated key was refused: %v", bob.errs)
	}
}

func TestFailuresAskOnceThenWarn(t *testing.T) {
	tb := newTable(t, "alice", "bob")
	alice, bob := tb.seats[0], tb.seats[1]
	bad := tb.seal(alice, "x")
	bad.Payload = flip(bad.Payload, -1)
	for range failuresRequest - 1 {
		tb.open(bob, "alice", bad)
	}
	tb.heard(alice, bob)
	for range failuresRequest - 1 {
		tb.open(bob, "alice", bad)
	}
	if bob.requests() != 0 {
		t.Error("bob asked though not ten in a row failed")
	}
	tb.open(bob, "alice", bad)
	if bob.requests() != 1 || bob.has(MemberUndecryptable, FrameInvalid) {
		t.Errorf("%d requests after ten failures, or a warning already", bob.requests())
	}
	for range failuresWarn - failuresRequest {
		tb.open(bob, "alice", bad)
	}
	if bob.requests() != 1 || !bob.has(MemberUndecryptable, FrameInvalid) {
		t.Errorf("%d requests after twenty failures, or no warning", bob.requests())
	}
	tb.heard(alice, bob)
	if !bob.has(MemberDecryptable, "") {
		t.Error("bob does not take the warning back")
	}
	if bob.Counts()[FrameInvalid] != 2*failuresRequest-2+failuresWarn-failuresRequest+1 {
		t.Errorf("counted %v", bob.Counts())
	}
}

func TestFramesOnTheWrongTrackOrOfTheWrongSender(t *testing.T) {
	tb := newTable(t, "alice", "bob", "carol")
	alice, bob := tb.seats[0], tb.seats[1]
	o := tb.seal(alice, "x")
	o.Source = media.Screen
	if _, code := tb.open(bob, "alice", o); code != SourceMismatch {
		t.Errorf("camera as screen: %s", code)
	}
	o.Source = media.Camera
	if _, code := tb.open(bob, "carol", o); code != SenderMismatch {
		t.Errorf("alice as carol: %s", code)
	}
	if _, code := tb.open(bob, "nobody", o); code != MemberUnknown {
		t.Errorf("from nobody: %s", code)
	}
	if got, code := tb.open(bob, "alice", o); got != "x" {
		t.Errorf("the frame itself: %s", code)
	}
	if _, code := tb.open(bob, "alice", o); code != FrameReplayed {
		t.Errorf("once more: %s", code)
	}
}

func TestEquivocationIsFlagged(t *testing.T) {
	tb := newTable(t, "alice", "bob")
	alice, bob := tb.seats[0], tb.seats[1]
	toBob := alice.byName["bob"]
	give := func(id keyID, committed, given []byte) {
		message := sealKey(alice.meeting, alice.identity, alice.self.id, id, committed, alice.roster())
		wrap := sealWrap(toBob.out.channel, toBob.id.index(), toBob.out.counter, keyDigest(message), given)
		toBob.out.counter++
		if err := bob.Receive("alice", message, wrap, tb.now); err != nil {
			bob.errs = append(bob.errs, err)
		}
		tb.pump()
	}
	one, other := random(baseKeySize), random(baseKeySize)
	give(keyID{0, 0}, other, other)
	if !bob.has(MemberFlagged, Equivocation) || bob.Members()[0].Flagged != Equivocation {
		t.Errorf("two keys under one number: %v", bob.errs)
	}
	give(keyID{1, 0}, one, other)
	if !bob.has(MemberFlagged, CommitMismatch) {
		t.Errorf("another key than committed to: %v", bob.errs)
	}
	tb.heard(alice, bob)

	// A key that contradicts what the receiver derived itself.
	alice.keys.current = alice.keys.current.ratcheted()
	tb.heard(alice, bob)
	bob.events = nil
	give(keyID{0, 1}, other, other)
	if !bob.has(MemberFlagged, Equivocation) {
		t.Errorf("a key that its ratchet does not give: %v", bob.errs)
	}
}

func TestAnnouncementsThatAreNotTaken(t *testing.T) {
	tb := newTable(t, "alice", "bob")
	alice, bob := tb.seats[0], tb.seats[1]
	carol, err := New(Config{Secret: simSecret, Room: "table", Name: "carol"}, tb.now)
	if err != nil {
		t.Fatal(err)
	}
	check := func(what string, err error, want Code) {
		t.Helper()
		if CodeOf(err) != want {
			t.Errorf("%s: %v, want %s", what, err, want)
		}
		tb.pump()
	}
	check("the same again", alice.MemberJoined("bob", bob.Announcement(), tb.now), "")
	check("another of one session", alice.MemberJoined("bob", carol.Announcement(), tb.now), AnnouncementChanged)
	if !alice.has(MemberFlagged, AnnouncementChanged) {
		t.Error("the change is not flagged")
	}
	check("bob's under another session", alice.MemberJoined("ghost", bob.Announcement(), tb.now), IndexTaken)
	check("alice's own", alice.MemberJoined("mirror", alice.Announcement(), tb.now), IndexTaken)
	if !alice.has(IndexCollision, IndexTaken) {
		t.Error("alice is not told to join again")
	}
	tb.heard(alice, bob)
	tb.leave("bob")
	check("bob's after it left", alice.MemberJoined("ghost 2", bob.Announcement(), tb.now), AnnouncementReplayed)
	check("garbage", alice.MemberJoined("noise", []byte{1, 1}, tb.now), Truncated)
	refused := 0
	for _, m := range alice.Members() {
		if m.State == Refused {
			refused++
		}
	}
	if refused != 4 {
		t.Errorf("%d refused participants are shown, want 4", refused)
	}
	if _, err := alice.OpenData(nil, "ghost", "", nil, tb.now); CodeOf(err) != MemberRejected {
		t.Errorf("data of a refused one: %v", err)
	}
	for _, name := range []string{"ghost", "mirror", "ghost 2", "noise"} {
		alice.MemberLeft(name, tb.now)
	}
	tb.pass(time.Minute)
	if m := alice.Members(); len(m) != 0 {
		t.Errorf("still shown: %+v", m)
	}
}

func TestMessagesThatMakeNoSense(t *testing.T) {
	tb := newTable(t, "alice", "bob")
	alice, bob := tb.seats[0], tb.seats[1]
	message := func(kind messageType) []byte { return appendPrefix(nil, kind, &alice.meeting.mid) }
	for _, kind := range []messageType{typeHeartbeat, typeAdmit, typeRemove, typeSASCommit, typeSASReveal, 0x7f} {
		if err := bob.Receive("alice", message(kind), nil, tb.now); err != nil {
			t.Errorf("type %d: %v", kind, err)
		}
	}
	if got := bob.Counts()[TypeUnexpected]; got != 6 {
		t.Errorf("counted %d", got)
	}
	for what, c := range map[string]struct {
		from            string
		common, payload []byte
		want            Code
	}{
		"nothing":                   {"alice", nil, nil, Truncated},
		"a channel with a payload":  {"alice", message(typeChannel), []byte{1}, TrailingBytes},
		"a channel cut short":       {"alice", nil, message(typeChannel), Truncated},
		"somebody not in the room":  {"zoe", message(typeKey), nil, MemberUnknown},
		"a key from somebody else":  {"alice", sealKey(bob.meeting, bob.identity, bob.self.id, keyID{}, nil, [32]byte{}), nil, SenderMismatch},
		"a key without its channel": {"carol", nil, nil, ChannelUnknown},
	} {
		if c.want == ChannelUnknown {
			carol, err := New(Config{Secret: simSecret, Room: "table"}, tb.now)
			if err != nil {
				t.Fatal(err)
			}
			if err := bob.MemberJoined("carol", carol.Announcement(), tb.now); err != nil {
				t.Fatal(err)
			}
			c.common = sealKey(carol.meeting, carol.identity, carol.self.id, keyID{}, nil, [32]byte{})
		}
		if err := bob.Receive(c.from, c.common, c.payload, tb.now); CodeOf(err) != c.want {
			t.Errorf("%s: %v, want %s", what, err, c.want)
		}
	}
	tb.heard(alice, bob)
}

func TestWithoutASecretItIsEncryptedButNotVerified(t *testing.T) {
	s, err := New(Config{Room: "open", Roles: Publisher}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if s.Verified() {
		t.Error("a meeting without a secret calls itself verified")
	}
}

func TestIdentityIsKeptOnlyIfAsked(t *testing.T) {
	identity := func(seed []byte) []byte {
		s, err := New(Config{Room: "r", IdentitySeed: seed}, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		return s.Identity()
	}
	seed := random(32)
	if !bytes.Equal(identity(seed), identity(seed)) || bytes.Equal(identity(nil), identity(nil)) {
		t.Error("identities do not follow their seeds")
	}
}

func TestConfigErrorsSayWhatIsWrong(t *testing.T) {
	for want, c := range map[Code]Config{
		RoomInvalid:  {Room: "a room"},
		RolesInvalid: {Room: "r", Roles: 8},
		NameInvalid:  {Room: "r", Name: "\x00"},
		OutOfRange:   {Room: "r", IdentitySeed: []byte{1}},
	} {
		if _, err := New(c, time.Now()); CodeOf(err) != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	if _, err := New(Config{Room: "r", BatchBytes: 100}, time.Now()); CodeOf(err) != OutOfRange {
		t.Errorf("small batches: %v", err)
	}
}

func TestCloseErasesEverything(t *testing.T) {
	tb := newTable(t, "alice", "bob")
	alice, bob := tb.seats[0], tb.seats[1]
	o := tb.seal(alice, "x")
	base, theirs := bob.keys.current.base, bob.byName["alice"].in.keys.epochs[0].base
	bob.Close()
	if zero := make([]byte, baseKeySize); !bytes.Equal(base, zero) || !bytes.Equal(theirs, zero) {
		t.Error("keys outlive the session")
	}
	if _, code := tb.open(bob, "alice", o); code != SessionClosed {
		t.Errorf("Open: %s", code)
	}
	if _, err := bob.Seal(nil, camera, nil, nil); CodeOf(err) != SessionClosed {
		t.Errorf("Seal: %v", err)
	}
	if err := bob.MemberJoined("carol", alice.Announcement(), tb.now); CodeOf(err) != SessionClosed {
		t.Errorf("MemberJoined: %v", err)
	}
	if err := bob.Receive("alice", nil, nil, tb.now); CodeOf(err) != SessionClosed {
		t.Errorf("Receive: %v", err)
	}
	bob.Close()
	bob.Advance(tb.now)
	bob.MemberLeft("alice", tb.now)
	if !errors.Is(fail(SessionClosed, ""), &Error{Code: SessionClosed}) || errors.Is(fail(KeyMissing, ""), &Error{Code: SessionClosed}) {
		t.Error("errors are not told apart by their code")
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

func TestPendingFramesAreBounded(t *testing.T) {
	var p pending
	now := time.Now()
	for range 100 {
		p.add(pendingFrame{source: media.Camera, payload: make([]byte, 1<<20), arrived: now})
	}
	for range 1000 {
		p.add(pendingFrame{source: media.Microphone, payload: make([]byte, 10), arrived: now})
	}
	audio := 0
	size := 0
	for _, f := range p.frames {
		size += f.size()
		if f.audio() {
			audio++
		}
	}
	if p.bytes > pendingBytes || p.bytes != size || audio > pendingAudioFrames {
		t.Errorf("%d bytes, counted %d, %d audio frames", size, p.bytes, audio)
	}
	if next := p.expire(now.Add(pendingTime)); !next.IsZero() || len(p.frames) != 0 || p.bytes != 0 {
		t.Errorf("%d frames of %d bytes outlive their time", len(p.frames), p.bytes)
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

func TestFramesUnderTheOldKeyDoNotEndTheWaitForTheNew(t *testing.T) {
	tb := newTable(t, "alice", "bob", "carol")
	alice, bob := tb.seats[0], tb.seats[1]
	var old []Object
	for range 20 {
		old = append(old, tb.seal(alice, "old"))
	}
	lost := true
	tb.lose = func(from, to string, common, _ []byte) bool {
		return lost && from == "alice" && to == "bob" && isKey(common)
	}
	tb.leave("carol")
	tb.pass(debounce(2) + firstUseWait + firstUseJitter)
	lost = false
	for _, o := range old {
		tb.open(bob, "alice", tb.seal(alice, "new"))
		if got, code := tb.open(bob, "alice", o); got != "old" {
			t.Fatalf("an old frame: %s", code)
		}
		tb.pass(50 * time.Millisecond)
	}
	if bob.requests() != 1 || len(bob.opened) != len(old) {
		t.Errorf("%d requests, %d of %d frames opened", bob.requests(), len(bob.opened), len(old))
	}
}
