package client

import (
	"errors"
	"testing"
	"time"

	"github.com/openconfab/confab/internal/wire/pb"
	"github.com/openconfab/confab/media"
)

// TestPublishOnly: a camera that may not subscribe is seen by all, those included who come later, and receives nothing.
func TestPublishOnly(t *testing.T) {
	simulate(t, func(t *testing.T, w *world, kind Transport) {
		w.grants["robot"] = &pb.Grants{Join: true, Publish: []pb.Source{pb.Source_SOURCE_CAMERA}}
		ann := w.join("ann", kind, nil)
		speak(t, ann.Room)
		robot := w.join("robot", kind, nil)
		film(t, robot.Room, 1000)
		annSees := watch(t, subscribe(t, track(t, ann.Room, media.Camera)))
		time.Sleep(3 * time.Second)
		bob := w.join("bob", kind, nil)
		bobSees := watch(t, subscribe(t, track(t, bob.Room, media.Camera)))
		time.Sleep(5 * time.Second)
		if a, b := annSees.take(), bobSees.take(); a < 230 || b < 100 {
			t.Errorf("one who was there saw %d frames, one who came later %d", a, b)
		}

		others := robot.Participants()
		if len(others) != 2 {
			t.Errorf("it sees %v", others)
		}
		for _, p := range others {
			if len(p.Tracks()) > 0 || p.Encryption() != Encrypted {
				t.Errorf("it sees %d tracks of %s, who is %v", len(p.Tracks()), p.Name(), p.Encryption())
			}
		}
		_, err := robot.Local().PublishTrack(t.Context(), TrackOptions{Source: media.Microphone})
		if !errors.Is(err, &Error{Code: "forbidden"}) {
			t.Errorf("a microphone: %v", err)
		}
		if err := robot.Local().PublishData(t.Context(), []byte("hello"), DataOptions{}); !errors.Is(err, &Error{Code: "forbidden"}) {
			t.Errorf("a message: %v", err)
		}
		bob.Close()
		time.Sleep(5 * time.Second)
		if n := len(robot.Participants()); n != 1 {
			t.Errorf("after a leave it sees %d", n)
		}
		annSees.take()
		time.Sleep(3 * time.Second)
		if n := annSees.take(); n < 85 {
			t.Errorf("after the rotation %d frames", n)
		}
	})
}
