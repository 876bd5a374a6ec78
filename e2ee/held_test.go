package e2ee

import (
	"testing"
	"time"

	"github.com/openconfab/confab/media"
)

// TestHeldKeysOpenWhatComesLater: what was held when a recorder died opens frames until the keys are renewed.
func TestHeldKeysOpenWhatComesLater(t *testing.T) {
	tb := newTable(t, "alice", "bob")
	alice, bob := tb.seats[0], tb.seats[1]
	tb.heard(alice, bob)
	before := tb.seal(alice, "before")
	if !bob.has(KeyReceived, "") {
		t.Error("bob is not told that he holds keys")
	}
	held := bob.Held()
	if len(held) != 1 || held[0].Session != "alice" || held[0].Name != "alice" || len(held[0].Keys) == 0 {
		t.Fatalf("bob holds %d keychains", len(held))
	}
	o := NewOpener(held)
	opens := func(what string, sealed Object, want Code) {
		t.Helper()
		got, source, err := o.Open(nil, "alice", sealed.Header, sealed.Payload)
		if CodeOf(err) != want || want == "" && (source != media.Camera || string(got) != sealed.Ref.(string)) {
			t.Errorf("%s: %q of %v, %v", what, got, source, err)
		}
	}
	opens("sealed before", before, "")
	opens("the same again", before, FrameReplayed)
	// Who comes has alice ratchet.
	tb.join("carol", Publisher)
	tb.pass(time.Second)
	ratcheted := tb.seal(alice, "ratcheted")
	if alice.keys.current.step == 0 {
		t.Fatal("alice has not ratcheted")
	}
	opens("ratcheted", ratcheted, "")
	// That bob is gone has her rotate.
	tb.leave("bob")
	tb.pass(10 * time.Second)
	opens("rotated", tb.seal(alice, "rotated"), KeyUnknown)
	if _, _, err := o.Open(nil, "carol", ratcheted.Header, ratcheted.Payload); CodeOf(err) != MemberUnknown {
		t.Errorf("of one who came later: %v", err)
	}
	o.Close()
	opens("erased", ratcheted, KeyUnknown)
}
