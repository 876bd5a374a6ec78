package e2ee

import (
	"fmt"
	"testing"
	"time"

	"github.com/openconfab/confab/media"
)

const (
	// settled is how long after entering a member opens everything: joinWait, and if that meets the ninth ratchet the
	// wait for first use; and the ways of messages.
	settled = joinWait + firstUseWait + firstUseJitter + time.Second
	// excluded is how long after its leave a member may still open frames: the gap between rotations, the wait for first
	// use, and the ways of messages.
	excluded = rotateGap + firstUseWait + firstUseJitter + time.Second
)

// verify checks what holds of every frame that was sealed.
func (b *bus) verify() {
	b.t.Helper()
	missed, leaked := 0, 0
	for n, f := range b.frames {
		for _, c := range b.everyone {
			if c == f.from {
				continue
			}
			at, opened := f.openedBy[c]
			entered := later(c.entered, f.from.entered)
			switch {
			case c.stranger != f.from.stranger && opened:
				b.t.Errorf("frame %d of %s was opened by %s, who has another secret", n, f.from.name, c.name)
			case c.stranger != f.from.stranger:
			case opened && f.at.Before(c.entered):
				b.t.Errorf("frame %d of %s was opened by %s, who came later", n, f.from.name, c.name)
			case opened && !c.left.IsZero() && f.at.After(c.left.Add(excluded)):
				leaked++
			case opened && !f.from.excludes[c].IsZero() && !f.at.Before(f.from.excludes[c]):
				b.t.Errorf("frame %d of %s was opened by %s after the key that excludes it was in use", n, f.from.name, c.name)
			case opened && at.Sub(f.at) > time.Second:
				b.t.Errorf("frame %d of %s was opened by %s only after %v", n, f.from.name, c.name, at.Sub(f.at))
			case !opened && f.expected[c] && c.left.IsZero() && f.from.left.IsZero() && f.at.After(entered.Add(settled)) &&
				f.at.Before(b.now.Add(-time.Second)):
				missed++
			}
		}
	}
	if missed > 0 {
		b.t.Errorf("%d frames were not opened by members who should have", missed)
	}
	if leaked > 0 {
		b.t.Errorf("%d frames were opened by members who had left", leaked)
	}
	if b.opened == 0 {
		b.t.Error("nothing was opened at all")
	}
}

func (c *client) talk() *client {
	c.stream(microphone, 90*time.Millisecond)
	c.stream(Slot{Source: media.Camera, Layer: 1}, 170*time.Millisecond)
	return c
}

func TestFiveMembersComeAndGo(t *testing.T) {
	for seed := range uint64(3) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			b := newBus(t, seed)
			b.loss = 0.05
			enter := func(name string) *client { return b.enter(name, simSecret, Publisher).talk() }
			alice, bob := enter("alice"), enter("bob")
			b.run(3 * time.Second)
			enter("carol")
			b.run(200 * time.Millisecond)
			dave := enter("dave")
			b.run(5 * time.Second)
			b.leave(bob)
			b.run(time.Second)
			enter("erin")
			b.run(300 * time.Millisecond)
			b.leave(dave)
			b.run(7 * time.Second)
			bob = enter("bob")
			b.run(12 * time.Second)
			b.leave(alice)
			b.run(20 * time.Second)
			b.verify()
			if got := len(bob.Members()); got != 2 {
				t.Errorf("bob sees %d members, want 2: %v", got, bob.Members())
			}
			code := b.room[0].SafetyCode()
			for _, c := range b.room {
				if c.SafetyCode() != code {
					t.Error("members show different safety codes")
				}
			}
		})
	}
}

func TestRandomMembership(t *testing.T) {
	for seed := uint64(10); seed < 12; seed++ {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			b := newBus(t, seed)
			b.loss, b.delay = 0.1, 300*time.Millisecond
			for range 40 {
				switch n := len(b.room); {
				case n < 2 || n < 7 && b.random.IntN(2) == 0:
					b.enter("m", simSecret, Publisher).talk()
				default:
					b.leave(b.room[b.random.IntN(n)])
				}
				b.run(time.Duration(b.random.Int64N(int64(3 * time.Second))))
			}
			b.run(12 * time.Second)
			b.verify()
		})
	}
}

func TestManyJoinsRotateInsteadOfRatchetingOn(t *testing.T) {
	b := newBus(t, 20)
	alice := b.enter("alice", simSecret, Publisher).talk()
	for range 20 {
		b.enter("m", simSecret, 0)
		b.run(600 * time.Millisecond)
	}
	b.run(5 * time.Second)
	b.verify()
	highest := keyInUseOf(alice)
	for _, e := range alice.events {
		if e.Kind == KeyInUse && e.Step > maxRatchets {
			t.Errorf("step %d of generation %d was used", e.Step, e.Gen)
		}
	}
	if highest.gen == 0 {
		t.Error("twenty joins caused no rotation")
	}
}

// keyInUseOf returns the key in use.
func keyInUseOf(c *client) keyID { return c.keys.current.keyID }

func TestOneWithoutTheSecretStaysOutside(t *testing.T) {
	b := newBus(t, 21)
	alice, bob := b.enter("alice", simSecret, Publisher).talk(), b.enter("bob", simSecret, Publisher).talk()
	mallory := b.enter("mallory", Secret{9}, Publisher).talk()
	b.run(10 * time.Second)
	b.verify()
	for _, c := range []*client{alice, bob} {
		i := len(c.Members()) - 1
		if m := c.Members()[i]; m.Session != mallory.name || m.State != Refused || m.Reason != MACInvalid || m.Name != "" {
			t.Errorf("%s sees %+v", c.name, m)
		}
	}
	if mallory.Counts()[MemberRejected] == 0 {
		t.Error("frames of those inside were not counted as of nobody")
	}
	b.leave(mallory)
	before := keyInUseOf(alice)
	b.run(10 * time.Second)
	if keyInUseOf(alice) != before {
		t.Error("the leaving of one who never had a key caused a new one")
	}
}

func TestResumeGoesOnAsBefore(t *testing.T) {
	b := newBus(t, 22)
	b.enter("alice", simSecret, Publisher).talk()
	bob := b.enter("bob", simSecret, Publisher).talk()
	dave := b.enter("dave", simSecret, Publisher).talk()
	b.run(4 * time.Second)
	bob.offline = true
	b.run(time.Second)
	b.enter("carol", simSecret, Publisher).talk()
	b.leave(dave)
	b.run(9 * time.Second)
	bob.reconnect()
	resumed := b.now
	b.run(10 * time.Second)
	missed := 0
	for _, f := range b.frames {
		if _, opened := f.openedBy[bob]; f.expected[bob] && !opened && f.at.After(resumed.Add(settled)) && f.at.Before(b.now.Add(-time.Second)) && f.from.left.IsZero() {
			missed++
		}
	}
	if missed > 0 {
		t.Errorf("bob missed %d frames after resuming", missed)
	}
}

func TestListenerSendsNoKeyUntilItStarts(t *testing.T) {
	b := newBus(t, 23)
	alice := b.enter("alice", simSecret, Publisher).talk()
	bob := b.enter("bob", simSecret, 0)
	b.run(3 * time.Second)
	if _, err := bob.SealData(nil, "chat", nil); CodeOf(err) != NotSending {
		t.Fatalf("got %v, want %s", err, NotSending)
	}
	if alice.byName[bob.name].in.number != 0 {
		t.Error("a listener opened a channel")
	}
	bob.StartSending(b.now)
	bob.settle()
	b.run(time.Second)
	sealed, err := bob.SealData(nil, "chat", []byte("hello"))
	if err != nil {
		t.Fatal(err)
	}
	got, err := alice.OpenData(nil, bob.name, "chat", sealed, b.now)
	if err != nil || string(got) != "hello" {
		t.Errorf("got %q, %v", got, err)
	}
	b.verify()
}
