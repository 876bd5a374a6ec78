package client

import (
	"testing"
	"time"

	"github.com/openconfab/confab/internal/simnet"
	"github.com/openconfab/confab/internal/virtualtime"
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

// TestRedundancy: when somebody loses sound, each frame carries the one before.
func TestRedundancy(t *testing.T) {
	virtualtime.Test(t, func(t *testing.T) {
		w := newWorld(t)
		ann, bob := w.join("ann", WebTransport, nil), w.join("bob", WebTransport, nil)
		speak(t, ann.Room)
		sounds := read(t, subscribe(t, track(t, bob.Room, media.Microphone)))
		// repeated returns how many frames of the next five seconds carry the one before.
		repeated := func() (n int) {
			t.Helper()
			for range 250 {
				f := sounds.frame(t)
				if r := f.Redundancy; r != nil {
					n++
					before := sound(int((f.Timestamp - r.Delta) / (20 * time.Millisecond)))
					if r.Delta != 20*time.Millisecond || string(r.Payload) != string(before.Payload) {
						t.Fatalf("%q carries %q of %v before", f.Payload, r.Payload, r.Delta)
					}
				}
			}
			return n
		}
		if n := repeated(); n > 0 {
			t.Errorf("on a good path %d of 250", n)
		}
		lossy := pathLinks
		lossy.Loss = 0.1
		bob.host.SetLinks(pathLinks, lossy)
		repeated()
		if n := repeated(); n < 200 {
			t.Errorf("on a lossy path %d of 250", n)
		}
	})
}
