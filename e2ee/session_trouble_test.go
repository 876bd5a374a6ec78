package e2ee

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/openconfab/confab/media"
)

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
