package client

import (
	"testing"
	"time"

	"github.com/openconfab/confab/internal/simnet"
	"github.com/openconfab/confab/media"
)

// TestSlowPathUp: of a camera that makes more than the path to the node takes, frames are dropped in whole groups; sound gets
// through, and who writes never waits.
func TestSlowPathUp(t *testing.T) {
	simulate(t, func(t *testing.T, w *world, kind Transport) {
		ann, bob := w.join("ann", kind, nil), w.join("bob", WebTransport, nil)
		camera := film(t, ann.Room, 5000) // 1.2 Mbit/s
		speak(t, ann.Room)
		pictures := watch(t, subscribe(t, track(t, bob.Room, media.Camera)))
		sounds := watch(t, subscribe(t, track(t, bob.Room, media.Microphone)))
		time.Sleep(5 * time.Second)
		pictures.take()
		sounds.take()

		narrow := simnet.Link{Latency: 10 * time.Millisecond, Bandwidth: 400_000}
		ann.host.SetLinks(narrow, pathLinks)
		before := camera.track.Stats()
		time.Sleep(5 * time.Second)
		pictures.take()
		sounds.take()
		time.Sleep(20 * time.Second)
		heard, seen, sent := sounds.take(), pictures.take(), camera.track.Stats()
		// Datagrams meet a full queue on the path now and then.
		if heard < 950 {
			t.Errorf("%d of 1000 frames of sound", heard)
		}
		if seen < 40 || seen > 300 {
			t.Errorf("%d of 600 frames of video", seen)
		}
		if written := sent.Frames + sent.Dropped - before.Frames - before.Dropped; written < 740 {
			t.Errorf("in 25 s %d frames were written", written)
		}
		if stats := ann.Stats(); stats.DroppedFrames == 0 || stats.Backlog > 3*time.Second {
			t.Errorf("stats %+v", stats)
		}

		ann.host.SetLinks(pathLinks, pathLinks)
		time.Sleep(5 * time.Second)
		pictures.take()
		time.Sleep(5 * time.Second)
		if n := pictures.take(); n < 140 {
			t.Errorf("on a fast path again %d of 150 frames of video", n)
		}
	})
}

// TestStalledPath: on a path that takes nothing at all, writing does not block either.
func TestStalledPath(t *testing.T) {
	simulate(t, func(t *testing.T, w *world, kind Transport) {
		ann := w.join("ann", kind, nil)
		camera := publish(t, ann.Room, TrackOptions{Source: media.Camera})
		ann.cut()
		start := time.Now()
		for n := range 3000 {
			f := video(n)
			f.Payload = make([]byte, 10_000)
			if err := camera.WriteFrame(0, f); err != nil {
				t.Fatal(err)
			}
		}
		if d := time.Since(start); d > 0 {
			t.Errorf("writing took %v", d)
		}
		if stats := ann.Stats(); stats.BacklogBytes > 16<<20 {
			t.Errorf("%d bytes wait", stats.BacklogBytes)
		}
	})
}
