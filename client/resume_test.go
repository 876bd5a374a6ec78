package client

import (
	"testing"
	"time"

	"github.com/openconfab/confab/media"
)

// TestResume: a path that is cut for ten seconds costs what was sent meanwhile and nothing else; the others see no leave.
func TestResume(t *testing.T) {
	simulate(t, func(t *testing.T, w *world, kind Transport) {
		ann, bob := w.join("ann", kind, nil), w.join("bob", WebTransport, nil)
		film(t, ann.Room, 2000)
		speak(t, bob.Room)
		annSees := watch(t, subscribe(t, track(t, ann.Room, media.Microphone)))
		bobSees := watch(t, subscribe(t, track(t, bob.Room, media.Camera)))
		bobs, anns := record(t, bob.Room), record(t, ann.Room)
		time.Sleep(5 * time.Second)
		if n := bobSees.take(); n < 140 {
			t.Errorf("at first %d frames", n)
		}
		session := ann.Local().Session()
		bobs.take()
		anns.take()

		ann.cut()
		time.Sleep(10 * time.Second)
		if state := ann.State(); state != Reconnecting {
			t.Errorf("while cut off: %v", state)
		}
		// It goes out when the path is back, once.
		if err := ann.Local().PublishData(t.Context(), []byte("from the dark"), DataOptions{Topic: "chat"}); err != nil {
			t.Error(err)
		}
		ann.restore()
		time.Sleep(5 * time.Second)
		bobSees.take()
		annSees.take()
		time.Sleep(5 * time.Second)

		if n := bobSees.take(); n < 140 {
			t.Errorf("after the cut %d frames of video", n)
		}
		if n := annSees.take(); n < 240 {
			t.Errorf("after the cut %d frames of sound", n)
		}
		if ann.State() != Connected || ann.Local().Session() != session {
			t.Errorf("%v, session %s, was %s", ann.State(), ann.Local().Session(), session)
		}
		for m, err := range bob.Messages(t.Context()) {
			if err != nil || string(m.Payload) != "from the dark" || m.From.Name() != "ann" {
				t.Errorf("message %+v, %v", m, err)
			}
			break
		}
		events := bobs.take()
		if count[ParticipantLeft](events)+count[ParticipantJoined](events)+count[TrackUnpublished](events) > 0 {
			t.Errorf("the other saw %+v", events)
		}
		if events := anns.take(); count[ConnectionChanged](events) != 2 {
			t.Errorf("the one cut off saw %+v", events)
		}
	})
}

// TestNodeRestart: after a crash of the node both join anew as the same, publish and subscribe again by themselves.
func TestNodeRestart(t *testing.T) {
	simulate(t, func(t *testing.T, w *world, kind Transport) {
		ann, bob := w.join("ann", kind, nil), w.join("bob", kind, nil)
		film(t, ann.Room, 2000)
		speak(t, bob.Room)
		annSees := watch(t, subscribe(t, track(t, ann.Room, media.Microphone)))
		bobSees := watch(t, subscribe(t, track(t, bob.Room, media.Camera)))
		time.Sleep(5 * time.Second)
		session := ann.Local().Session()
		peer := ann.Participants()[0]
		bobs := record(t, bob.Room)

		w.crash()
		time.Sleep(5 * time.Second)
		w.start()
		time.Sleep(15 * time.Second)
		annSees.take()
		bobSees.take()
		time.Sleep(5 * time.Second)
		if n := bobSees.take(); n < 140 {
			t.Errorf("after the restart %d frames of video", n)
		}
		if n := annSees.take(); n < 240 {
			t.Errorf("after the restart %d frames of sound", n)
		}
		if ann.Local().Session() == session {
			t.Error("the session is the same")
		}
		if now := ann.Participants(); len(now) != 1 || now[0] != peer || peer.Away() || peer.Encryption() != Encrypted {
			t.Errorf("the other: %+v", now)
		}
		events := bobs.take()
		if count[ParticipantLeft](events)+count[TrackUnpublished](events) > 0 {
			t.Errorf("the other saw %v", events)
		}
		if a, b := ann.SafetyCode(), bob.SafetyCode(); a != b {
			t.Errorf("safety codes %q and %q", a, b)
		}
	})
}
