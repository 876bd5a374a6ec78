package client

import (
	"testing"

	"github.com/openconfab/confab/media"
	"github.com/openconfab/confab/server"
)

// TestCall: over every pair of transports, frames that one publishes reach the other as they were, both ways.
func TestCall(t *testing.T) {
	for _, from := range transports {
		for _, to := range transports {
			t.Run(from.String()+" to "+to.String(), func(t *testing.T) {
				t.Parallel()
				m := newMeeting(t, server.Config{})
				ann := m.join(t, Config{Name: "Ann", Transport: from})
				bob := m.join(t, Config{Name: "Bob", Transport: to})
				for _, pair := range [][2]*Room{{ann, bob}, {bob, ann}} {
					camera := publish(t, pair[0], TrackOptions{Source: media.Camera})
					microphone := publish(t, pair[0], TrackOptions{Source: media.Microphone})
					pictures := read(t, subscribe(t, track(t, pair[1], media.Camera)))
					sounds := read(t, subscribe(t, track(t, pair[1], media.Microphone)))
					<-camera.KeyframeRequests()
					for n := range 25 {
						if err := camera.WriteFrame(0, video(n)); err != nil {
							t.Fatal(err)
						}
						if err := microphone.WriteFrame(0, sound(n)); err != nil {
							t.Fatal(err)
						}
						f := pictures.frame(t)
						if want := video(n); string(f.Payload) != string(want.Payload) || f.Timestamp != want.Timestamp ||
							f.Keyframe != want.Keyframe || f.Width != 64 || f.Codec != media.VP8 {
							t.Fatalf("frame %d: %+v", n, f)
						}
						if f := sounds.frame(t); string(f.Payload) != string(sound(n).Payload) {
							t.Fatalf("sound %d: %+v", n, f)
						}
					}
				}
				if name := await[ParticipantJoined](t, bob, nil).Participant.Name(); name != "Ann" {
					t.Errorf("Bob sees %q", name)
				}
				if a, b := ann.SafetyCode(), bob.SafetyCode(); a == "" || a != b {
					t.Errorf("safety codes %q and %q", a, b)
				}
			})
		}
	}
}
