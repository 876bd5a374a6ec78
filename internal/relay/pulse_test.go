package relay

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/openconfab/confab/internal/wire"
)

// stall lets time pass in which the node does nothing, also not for its pulse, which comes late.
func (s *stage) stall(d time.Duration) {
	synctest.Wait()
	timer := s.queue.pulse.timer
	timer.Stop()
	time.Sleep(d)
	timer.Reset(0)
}

// film sends the next frame of the first track, a camera.
func (s *stage) film(frame uint64) {
	h := wire.Header{Group: 1, Number: frame}
	if frame == 0 {
		h.Flags = wire.FlagKeyframe
	}
	s.push(s.tracks[0], 0, h, 100)
}

// TestAStalledNodeIsNoSlowPath: what a stall delays is sent, and nothing is given up for it.
func TestAStalledNodeIsNoSlowPath(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		s.subscribe(s.camera(1), Want{})
		for frame := range uint64(300) {
			s.film(frame)
			switch frame {
			case 50, 200:
				s.stall(400 * time.Millisecond)
			case 100:
				// Longer than a frame may wait.
				s.stall(2 * cameraBudget)
			}
			// What waited over a stall is found by who takes it or by the next frame, before the pulse or after it.
			if frame%100 != 0 {
				s.drain()
			}
			time.Sleep(30 * time.Millisecond)
		}
		if s.state() != "0" {
			t.Errorf("state %s", s.state())
		}
		for r := range Reasons {
			s.dropped(r, 0)
		}
	})
}

// TestASlowPathOfAStalledNode is told from the stall: what waits without one is the path's fault.
func TestASlowPathOfAStalledNode(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		s.subscribe(s.camera(1), Want{})
		s.film(0)
		s.stall(400 * time.Millisecond)
		time.Sleep(cameraBudget + stallAfter)
		s.film(1)
		s.expect()
		s.dropped(DropAge, 2)
		if s.state() != "d0" {
			t.Errorf("state %s", s.state())
		}
	})
}

// TestAnOverloadedNodeSendsLess: one that stalls all the time has too much to do.
func TestAnOverloadedNodeSendsLess(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		s.subscribe(s.camera(2), Want{})
		for frame := range uint64(15) {
			s.film(frame)
			s.stall(400 * time.Millisecond)
			s.drain()
			time.Sleep(10 * time.Millisecond)
		}
		if s.state() == "1" {
			t.Error("nothing was given up")
		}
	})
}

func TestARoundTripOverAStallDoesNotCount(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		s.subscribe(s.camera(2), Want{})
		measure := func(rtt time.Duration) {
			for range 3 {
				s.queue.ObserveRoundTrip(rtt, time.Now())
				time.Sleep(200 * time.Millisecond)
			}
		}
		measure(20 * time.Millisecond)
		s.stall(300 * time.Millisecond)
		measure(320 * time.Millisecond)
		if s.state() != "1" {
			t.Fatalf("state %s after a stall", s.state())
		}
		measure(20 * time.Millisecond)
		time.Sleep(stallEcho)
		measure(320 * time.Millisecond)
		if s.state() != "d1" {
			t.Errorf("state %s of a path that has become slow", s.state())
		}
	})
}

func TestThePulseEndsWithTheLastQueue(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		p := s.queue.pulse
		other := NewQueue(s.meter, &Gatherer{}, p, 1, 1)
		other.Attach(map[Lane]func(){LaneAll: func() {}}, time.Now())
		s.queue.Detach()
		if p.timer == nil {
			t.Error("it does not beat for the other queue")
		}
		other.Detach()
		if p.timer != nil {
			t.Error("it beats for nobody")
		}
	})
}
