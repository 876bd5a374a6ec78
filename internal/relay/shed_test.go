package relay

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/openconfab/confab/internal/wire"
	"github.com/openconfab/confab/internal/wire/pb"
)

// state tells what the queue has given up: "d" for discardable layers, then the layer of each video track or "-".
func (s *stage) state() string {
	// What a timer does at this moment comes first.
	synctest.Wait()
	s.queue.mu.Lock()
	defer s.queue.mu.Unlock()
	var b strings.Builder
	if s.queue.shed.discardable {
		b.WriteString("d")
	}
	for _, track := range s.tracks {
		switch subscription := s.queue.subscriptions[track]; {
		case track.audio:
		case subscription.paused:
			b.WriteString("-")
		default:
			fmt.Fprint(&b, subscription.target)
		}
	}
	return b.String()
}

// late makes the path slow for d.
func (s *stage) late(d time.Duration) {
	for end := time.Now().Add(d); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		var fx effects
		s.queue.mu.Lock()
		s.queue.shed.observe(s.queue.subscriptions[s.tracks[0]], 900*time.Millisecond, time.Now(), &fx)
		s.queue.mu.Unlock()
		fx.run(time.Now())
	}
}

// calm makes it fast again for d.
func (s *stage) calm(d time.Duration) {
	s.queue.mu.Lock()
	s.queue.shed.waiting = delay{}
	s.queue.mu.Unlock()
	time.Sleep(d)
}

func TestWhatIsGivenUpFirst(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		_, speaker, favourite := s.camera(2), s.camera(2), s.camera(2)
		s.track(pb.Source_SOURCE_SCREEN, 1)
		sound := s.microphone()
		sound.speaker = speaker.speaker
		for _, track := range s.tracks {
			s.subscribe(track, Want{Priority: 128})
		}
		s.subscribe(favourite, Want{Priority: 200})
		s.push(sound, 0, wire.Header{Flags: wire.FlagLevel, Level: 0x80 | 20, Group: 1}, 10)
		s.drain()

		var states []string
		for s.state() != "d----" {
			if len(states) == 0 || states[len(states)-1] != s.state() {
				states = append(states, s.state())
			}
			s.late(50 * time.Millisecond)
		}
		// Discardable layers, then a layer of who is silent, of who speaks, and of the favourite; then cameras in that
		// order, but the screen of usual priority before the camera of the higher one.
		want := []string{"1110", "d1110", "d0110", "d0010", "d0000", "d-000", "d--00", "d--0-"}
		if !slices.Equal(states, want) {
			t.Errorf("got  %q\nwant %q", states, want)
		}
		// Sound is never given up.
		s.push(sound, 0, wire.Header{Group: 1, Number: 1}, 10)
		s.expect(fmt.Sprintf("%d:1.1", slices.Index(s.tracks, sound)))

		// It comes back the other way round, when it has been calm for long enough.
		states = nil
		for range 200 {
			s.calm(time.Second)
			if len(states) == 0 || states[len(states)-1] != s.state() {
				states = append(states, s.state())
			}
		}
		slices.Reverse(want)
		if want = append([]string{"d----"}, want...); !slices.Equal(states, want) {
			t.Errorf("got  %q\nwant %q", states, want)
		}
		if s.queue.shed.timer != nil {
			t.Error("the timer runs though nothing is given up")
		}
	})
}

func TestAFailedProbeIsNotRepeatedSoon(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		s.subscribe(s.camera(2), Want{})
		s.late(1100 * time.Millisecond)
		if s.state() != "d0" {
			t.Fatalf("state %s", s.state())
		}
		var waits []time.Duration
		for range 5 {
			start := time.Now()
			for s.state() == "d0" {
				s.calm(100 * time.Millisecond)
			}
			waits = append(waits, time.Since(start).Round(time.Second))
			for s.state() != "d0" {
				s.late(50 * time.Millisecond)
			}
		}
		want := []time.Duration{3 * time.Second, 6 * time.Second, 12 * time.Second, 24 * time.Second, 30 * time.Second}
		if !slices.Equal(waits, want) {
			t.Errorf("waited %v, want %v", waits, want)
		}
	})
}

func TestAShortDelayChangesNothing(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		s.subscribe(s.camera(2), Want{})
		for range 20 {
			s.late(lateFor - 50*time.Millisecond)
			s.calm(time.Second)
		}
		if s.state() != "1" {
			t.Errorf("state %s", s.state())
		}
	})
}

func TestANewConnectionStartsWithEverything(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		s.subscribe(s.camera(3), Want{})
		s.late(5 * time.Second)
		if s.state() != "d-" {
			t.Fatalf("state %s", s.state())
		}
		s.queue.Detach()
		s.queue.Attach(map[Lane]func(){LaneAll: s.woken}, time.Now())
		if s.state() != "2" {
			t.Errorf("state %s", s.state())
		}
	})
}

func TestALongerRoundTripMeansASlowPath(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		s.subscribe(s.camera(2), Want{})
		measure := func(rtt, d time.Duration) {
			for end := time.Now().Add(d); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
				s.queue.ObserveRoundTrip(rtt, time.Now())
			}
		}
		// However long it is, what counts is that it grows.
		measure(600*time.Millisecond, time.Minute)
		measure(0, time.Second)
		if s.state() != "1" {
			t.Fatalf("state %s on a long path", s.state())
		}
		measure(800*time.Millisecond, time.Second)
		if s.state() != "d0" {
			t.Fatalf("state %s on a path that has become slow", s.state())
		}
		// The path may also have become a longer one.
		measure(800*time.Millisecond, 2*time.Minute)
		if s.state() != "1" {
			t.Errorf("state %s on a path that has become longer", s.state())
		}
	})
}

// The goroutine that subscribes and one that finds the path slow share what they know of a subscription: the race detector looks.
func TestSubscribingWhileThePathIsSlow(t *testing.T) {
	s := newStage(t, 8<<20)
	track := s.camera(3)
	var subscribing sync.WaitGroup
	ended := make(chan struct{})
	subscribing.Go(func() {
		defer close(ended)
		for range 2000 {
			if _, err := s.queue.Subscribe(track, Want{}, time.Now()); err != nil {
				t.Error(err)
			}
			s.queue.Unsubscribe(track, time.Now())
		}
	})
	for running := true; running; {
		select {
		case <-ended:
			running = false
		default:
		}
		var fx effects
		s.queue.mu.Lock()
		s.queue.shed.discardable = true
		s.queue.shed.giveUp(s.queue, time.Now(), &fx)
		s.queue.shed.takeBack(s.queue, time.Now(), &fx)
		s.queue.mu.Unlock()
	}
	subscribing.Wait()
	s.queue.Detach()
	s.queue.Close(time.Now())
	track.Close(time.Now())
}
