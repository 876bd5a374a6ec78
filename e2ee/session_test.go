package e2ee

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/openconfab/confab/media"
)

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
	if err := bob.Receive("alice", message(0x7f), nil, tb.now); err != nil || bob.Counts()[TypeUnexpected] != 1 {
		t.Errorf("a message of a type to come: %v, %v", err, bob.Counts())
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
