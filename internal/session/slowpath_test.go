package session_test

import (
	"fmt"
	"slices"
	"strconv"
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
		pending := s.client.Pending()
		s.mu.Lock()
		defer s.mu.Unlock()
		for _, m := range pending {
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
	layers := make([]shot, len(layerRates))
	var groups uint64
	s.every(time.Second/30, func() {
		for i := range layers {
			id := uint32(i)
			s.mu.Lock()
			wanted, requested := s.wanted[id], s.requested[id]
			s.requested[id] = false
			s.mu.Unlock()
			if !wanted {
				layers[i].stop()
				continue
			}
			if layers[i].group == nil || requested {
				groups++
				layers[i].start(s.client.Conn(), uint64(20+i), groups)
			}
			layers[i].send(layerRates[i] / 8 / 30)
		}
	})
}

// shot is a group that is being filmed.
type shot struct {
	group          transport.Group
	number, object uint64
}

func (s *shot) start(conn transport.Conn, alias, number uint64) {
	s.stop()
	s.number, s.object = number, 0
	// Without a connection the shot is lost.
	s.group, _ = conn.OpenGroup(alias)
}

func (s *shot) send(size int) {
	h := delta(s.number, s.object)
	if s.object == 0 {
		h.Flags |= wire.FlagKeyframe
		size *= 6
	} else if s.object%2 == 1 {
		h.Flags |= wire.FlagDiscardable
	}
	s.object++
	if s.group == nil {
		return
	}
	o := wire.NewObject(h, make([]byte, size))
	defer o.Release()
	if s.group.Write(o) != nil {
		s.group = nil
	}
}

func (s *shot) stop() {
	if s.group != nil {
		_ = s.group.Close()
		s.group = nil
	}
}

// speak sends sound that tells when it was made.
func (s *studio) speak() {
	var number uint64
	s.every(20*time.Millisecond, func() {
		payload := fmt.Sprintf("%0*d", soundSize, time.Now().UnixNano())
		_ = s.client.SendObject(1, wire.Header{Group: 1 + number/50, Number: number % 50}, payload, true)
		number++
	})
}

// soundSize is the size of a frame of sound; no frame of video has it.
const soundSize = 100

// seen counts what a subscriber got in some time: sound, and video by its layer, told apart by the size of its frames.
type seen struct {
	sound  int
	layers [3]int
	// delay is that of the sound, all but the slowest twentieth of it.
	delay time.Duration
}

func observe(c *sessiontest.Client, d time.Duration) (s seen) {
	c.Objects()
	time.Sleep(d)
	var delays []time.Duration
	for _, o := range c.Objects() {
		switch size := len(o.Payload); {
		case size == soundSize:
			s.sound++
			made, _ := strconv.ParseInt(o.Payload, 10, 64)
			delays = append(delays, o.At.Sub(time.Unix(0, made)))
		case size%(layerRates[2]/8/30) == 0:
			s.layers[2]++
		case size%(layerRates[1]/8/30) == 0:
			s.layers[1]++
		default:
			s.layers[0]++
		}
	}
	if len(delays) > 0 {
		slices.Sort(delays)
		s.delay = delays[len(delays)*95/100]
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
		for _, c := range []*sessiontest.Client{bob, eve} {
			c.Pending()
			c.Send(subscribe(ann, 1, 0))
			c.Send(subscribe(ann, 2, 0))
			next[*pb.ServerMessage_Subscribed](t, c)
			next[*pb.ServerMessage_Subscribed](t, c)
		}
		check := func(name string, bytesPerSecond int, settle time.Duration, want func(seen) bool) {
			t.Helper()
			path.SetRate(bytesPerSecond)
			time.Sleep(settle)
			studio.mu.Lock()
			before := studio.keyframes[2]
			studio.mu.Unlock()
			got := observe(bob, 10*time.Second)
			if got.sound < 490 || !want(got) {
				t.Errorf("%s: got %+v", name, got)
			}
			other := observe(eve, 2*time.Second)
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
