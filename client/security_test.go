package client

import (
	"testing"
	"time"

	"github.com/openconfab/confab/e2ee"
	"github.com/openconfab/confab/media"
)

// TestWrongSecret: one who is in the room with another secret sees, hears and reads nothing, and everybody is told.
func TestWrongSecret(t *testing.T) {
	simulate(t, func(t *testing.T, w *world, kind Transport) {
		ann, bob := w.join("ann", kind, nil), w.join("bob", kind, nil)
		film(t, ann.Room, 1000)
		bobSees := watch(t, subscribe(t, track(t, bob.Room, media.Camera)))
		eve := w.join("eve", kind, func(c *Config) { c.Keys = MeetingSecret(e2ee.NewSecret()) })
		subscription := subscribe(t, track(t, eve.Room, media.Camera))
		eveSees := watch(t, subscription)
		film(t, eve.Room, 1000)
		bobOfEve := await(t, bob.Room, func(e TrackPublished) bool { return e.Track.Participant().Identity() == "eve" }).Track
		bobSeesEve := watch(t, subscribe(t, bobOfEve))
		if err := ann.Local().PublishData(t.Context(), []byte("secret"), DataOptions{}); err != nil {
			t.Error(err)
		}
		time.Sleep(20 * time.Second)

		if n := bobSees.take(); n < 570 {
			t.Errorf("bob saw %d frames", n)
		}
		if n, m := eveSees.take(), bobSeesEve.take(); n+m > 0 {
			t.Errorf("eve saw %d frames, bob %d of eve's", n, m)
		}
		if stats := subscription.Stats(); stats.Frames < 500 || stats.Undecryptable+stats.Dropped < stats.Frames-1 {
			t.Errorf("eve's stats %+v", stats)
		}
		for _, v := range []*visitor{ann, bob} {
			for _, p := range v.Participants() {
				if want := map[bool]Encryption{true: Refused, false: Encrypted}[p.Identity() == "eve"]; p.Encryption() != want {
					t.Errorf("to %s, %s is %v", v.config.Name, p.Identity(), p.Encryption())
				}
				if p.Identity() == "eve" && p.Name() != "" {
					t.Errorf("eve is called %q", p.Name())
				}
			}
		}
		if code := ann.SafetyCode(); code != bob.SafetyCode() || code == eve.SafetyCode() {
			t.Error("the safety codes are not right")
		}
		eve.messages.mu.Lock()
		defer eve.messages.mu.Unlock()
		if len(eve.messages.kept) > 0 {
			t.Errorf("eve reads %v", eve.messages.kept)
		}
	})
}

// TestLeaveRotates: after a leave the others go on under keys that the leaver does not have, without a break, and show it until
// then.
func TestLeaveRotates(t *testing.T) {
	simulate(t, func(t *testing.T, w *world, kind Transport) {
		ann, bob, carol := w.join("ann", kind, nil), w.join("bob", kind, nil), w.join("carol", kind, nil)
		film(t, ann.Room, 1000)
		bobSees := watch(t, subscribe(t, track(t, bob.Room, media.Camera)))
		carolSees := watch(t, subscribe(t, track(t, carol.Room, media.Camera)))
		time.Sleep(3 * time.Second)
		if n, m := bobSees.take(), carolSees.take(); n < 80 || m < 80 {
			t.Errorf("at first %d and %d frames", n, m)
		}
		before := ann.SafetyCode()
		carol.Close()
		time.Sleep(time.Second)
		if n := len(ann.Participants()); n != 2 {
			t.Errorf("while carol still has the key in use, %d others are shown", n)
		}
		bobSees.take()
		time.Sleep(4 * time.Second)
		if n := bobSees.take(); n < 115 {
			t.Errorf("over the rotation bob saw %d of 120 frames", n)
		}
		if n := len(ann.Participants()); n != 1 {
			t.Errorf("after the rotation %d others are shown", n)
		}
		if a := ann.SafetyCode(); a == before || a != bob.SafetyCode() {
			t.Error("the safety code is not that of the two")
		}
	})
}

// TestUnencrypted: InsecureNone works among those who chose it, and only among them.
func TestUnencrypted(t *testing.T) {
	simulate(t, func(t *testing.T, w *world, kind Transport) {
		opaque := func(c *Config) { c.Keys = InsecureNone() }
		ann, bob, eve := w.join("ann", kind, opaque), w.join("bob", kind, opaque), w.join("eve", kind, nil)
		w.meet(ann, bob)
		film(t, ann.Room, 1000)
		bobSees := watch(t, subscribe(t, track(t, bob.Room, media.Camera)))
		eveSees := watch(t, subscribe(t, track(t, eve.Room, media.Camera)))
		if err := ann.Local().PublishData(t.Context(), []byte("open"), DataOptions{Topic: "chat"}); err != nil {
			t.Error(err)
		}
		if got := take(t, bob.Room, 1); got[0] != "ann chat: open" {
			t.Errorf("bob got %s", got)
		}
		time.Sleep(3 * time.Second)
		if n, m := bobSees.take(), eveSees.take(); n < 80 || m > 0 {
			t.Errorf("bob saw %d frames, eve, who has keys, %d", n, m)
		}
		for _, p := range bob.Participants() {
			if want := map[bool]Encryption{true: Refused, false: Unencrypted}[p.Identity() == "eve"]; p.Encryption() != want {
				t.Errorf("%s is %v", p.Identity(), p.Encryption())
			}
		}
		if ann.SafetyCode() != "" {
			t.Error("there is a safety code")
		}
	})
}
