package session_test

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/openconfab/confab/internal/session/sessiontest"
	"github.com/openconfab/confab/internal/transport"
	"github.com/openconfab/confab/internal/wire"
	"github.com/openconfab/confab/internal/wire/pb"
)

// studio is a publisher that behaves: it sends the layers that are wanted at 30 frames a second, every other frame
// discardable, with keyframes when it is asked for one, and sound 50 times a second. What it sends without a connection is
// lost.
type studio struct {
	client *sessiontest.Client
	stop   chan struct{}
	tasks  sync.WaitGroup

	mu        sync.Mutex
	wanted    map[uint32]bool
	keyframes map[uint32]int
	requested map[uint32]bool
}

// The bits a second of the studio's layers, of 180, 360 and 720 lines.
var layerRates = []int{100_000, 400_000, 1_600_000}

func openStudio(client *sessiontest.Client) *studio {
	s := &studio{
		client: client, stop: make(chan struct{}),
		wanted: map[uint32]bool{}, keyframes: map[uint32]int{}, requested: map[uint32]bool{},
	}
	client.Send(microphone(1))
	client.Send(camera(2, len(layerRates)))
	s.tasks.Go(func() { s.listen() })
	s.tasks.Go(func() { s.film() })
	s.tasks.Go(func() { s.speak() })
	return s
}

func (s *studio) close() {
	close(s.stop)
	s.tasks.Wait()
}

func (s *studio) every(d time.Duration, do func()) {
	ticker := time.NewTicker(d)
	defer ticker.Stop()
	for {
		select {
		case <-s.stop:
			return
		case <-ticker.C:
			do()
		}
	}
}

func (s *studio) listen() {
	s.every(5*time.Millisecond, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		for _, m := range s.client.Pending() {
			if wanted := m.GetLayersWanted(); wanted != nil && wanted.Number == 2 {
				clear(s.wanted)
				for _, l := range wanted.Layers {
					s.wanted[l] = true
				}
			}
			if r := m.GetKeyframeRequested(); r != nil {
				s.keyframes[r.Layer]++
				s.requested[r.Layer] = true
			}
		}
	})
}

func (s *studio) film() {
	type state struct{ group, number uint64 }
	layers := make([]state, len(layerRates))
	var groups uint64
	s.every(time.Second/30, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		for i := range layers {
			id := uint32(i)
			l := &layers[i]
			if !s.wanted[id] {
				l.group = 0
				continue
			}
			size := layerRates[i] / 8 / 30
			h := wire.Header{Group: l.group, Number: l.number}
			if l.group == 0 || s.requested[id] {
				groups++
				s.requested[id] = false
				*l = state{group: groups}
				h = key(groups)
				size *= 6
			} else if l.number%2 == 1 {
				h.Flags |= wire.FlagDiscardable
			}
			l.number++
			// Who has no connection films on: the frames are lost.
			_ = s.client.SendObject(uint64(20+i), h, string(make([]byte, size)), false)
		}
	})
}

func (s *studio) speak() {
	var number uint64
	s.every(20*time.Millisecond, func() {
		_ = s.client.SendObject(1, wire.Header{Group: 1 + number/50, Number: number % 50}, string(make([]byte, 100)), true)
		number++
	})
}

// seen counts what a subscriber got in some time: sound, and video by its layer, told apart by the size of its frames.
type seen struct {
	sound  int
	layers [3]int
}

func observe(c *sessiontest.Client, sound uint64, d time.Duration) (s seen) {
	c.Objects()
	time.Sleep(d)
	for _, o := range c.Objects() {
		switch size := len(o.Payload); {
		case o.Alias == sound:
			s.sound++
		case size%(layerRates[2]/8/30) == 0:
			s.layers[2]++
		case size%(layerRates[1]/8/30) == 0:
			s.layers[1]++
		default:
			s.layers[0]++
		}
	}
	return s
}

func TestASlowPathGetsLessVideoAndAllTheSound(t *testing.T) {
	both(t, func(t *testing.T, n *node, kind transport.Kind) {
		ann := n.join("ann")
		bob, path := n.joinBy(kind, "bob")
		eve := n.join("eve")
		studio := openStudio(ann)
		defer studio.close()
		synctest.Wait()
		sound := make(map[*sessiontest.Client]uint64)
		for _, c := range []*sessiontest.Client{bob, eve} {
			c.Pending()
			c.Send(subscribe(ann, 1, 0))
			c.Send(subscribe(ann, 2, 0))
			sound[c] = next[*pb.ServerMessage_Subscribed](t, c).Subscribed.Alias
			next[*pb.ServerMessage_Subscribed](t, c)
		}
		check := func(name string, bytesPerSecond int, settle time.Duration, want func(seen) bool) {
			t.Helper()
			path.SetRate(bytesPerSecond)
			time.Sleep(settle)
			studio.mu.Lock()
			before := studio.keyframes[2]
			studio.mu.Unlock()
			got := observe(bob, sound[bob], 10*time.Second)
			if got.sound < 490 || !want(got) {
				t.Errorf("%s: got %+v", name, got)
			}
			other := observe(eve, sound[eve], 2*time.Second)
			if other.sound < 98 || other.layers[2] < 58 {
				t.Errorf("%s: the other got %+v", name, other)
			}
			studio.mu.Lock()
			defer studio.mu.Unlock()
			// Keyframes of the layer that the other watches would cost it quality.
			if asked := studio.keyframes[2] - before; asked > 2 {
				t.Errorf("%s: %d keyframes of the largest layer", name, asked)
			}
		}
		check("fast", 0, 3*time.Second, func(s seen) bool { return s.layers[2] > 290 && s.layers[1] == 0 })
		check("700 kbit/s", 700_000/8, 20*time.Second, func(s seen) bool { return s.layers[1] > 130 && s.layers[2] < 60 })
		check("250 kbit/s", 250_000/8, 20*time.Second, func(s seen) bool { return s.layers[0] > 130 && s.layers[2] < 60 })
		check("60 kbit/s", 60_000/8, 30*time.Second, func(s seen) bool { return s.layers[0] < 100 })
		check("fast again", 0, 90*time.Second, func(s seen) bool { return s.layers[2] > 290 })
	})
}
