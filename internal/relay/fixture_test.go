package relay

import (
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/openconfab/confab/internal/virtualtime"
	"github.com/openconfab/confab/internal/wire"
	"github.com/openconfab/confab/internal/wire/pb"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// upstream counts the keyframes that a publisher is asked for.
type upstream struct{ keyframes atomic.Int32 }

func (u *upstream) KeyframeRequested(_, _ uint32)     { u.keyframes.Add(1) }
func (u *upstream) LayersWanted(_ uint32, _ []uint32) {}

// meter counts drops by reason.
type meter struct{ dropped [Reasons]atomic.Int32 }

func (m *meter) ObjectOut(int)           {}
func (m *meter) Dropped(r Reason, n int) { m.dropped[r].Add(int32(n)) }
func (m *meter) KeyframeAsked()          {}
func (m *meter) KeyframeForwarded()      {}

// stage is a subscriber's queue on virtual time, and the tracks it is fed from.
type stage struct {
	t     testing.TB
	meter *meter
	queue *Queue
	wake  chan struct{}
	// tracks and the last group of each.
	tracks []*Track
	groups map[*Track]uint64
}

func onStage(t *testing.T, test func(t *testing.T, s *stage)) {
	virtualtime.Test(t, func(t *testing.T) {
		before := wire.LiveObjects()
		s := newStage(t, 8<<20)
		test(t, s)
		s.queue.Close(time.Now())
		for _, track := range s.tracks {
			track.Close(time.Now())
		}
		if left := wire.LiveObjects() - before; left != 0 {
			t.Errorf("%d objects were never released", left)
		}
		if s.queue.bytes != 0 {
			t.Errorf("the empty queue counts %d bytes", s.queue.bytes)
		}
	})
}

func newStage(t testing.TB, maxBytes int) *stage {
	s := &stage{t: t, meter: &meter{}, wake: make(chan struct{}, 1), groups: map[*Track]uint64{}}
	s.queue = NewQueue(s.meter, &Gatherer{}, &Pulse{}, maxBytes, 100)
	s.queue.Attach(map[Lane]func(){LaneAll: s.woken}, time.Now())
	return s
}

// woken is the queue's way to wake who takes from it.
func (s *stage) woken() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// track makes a track with layers of 180, 360, 720 … lines.
func (s *stage) track(source pb.Source, layers int) (*Track, *upstream) {
	up := &upstream{}
	c := TrackConfig{
		Source: source, Upstream: up, Speaker: &Speaker{}, Meter: s.meter, KeyframesPerSecond: 2, SoundBytesPerSecond: 100_000,
	}
	for i := range layers {
		c.Layers = append(c.Layers, &pb.Layer{Id: uint32(i), Height: 180 << i, MaxFps: 30})
	}
	track := NewTrack(c)
	s.tracks = append(s.tracks, track)
	return track, up
}

func (s *stage) camera(layers int) *Track {
	t, _ := s.track(pb.Source_SOURCE_CAMERA, layers)
	return t
}

func (s *stage) microphone() *Track {
	t, _ := s.track(pb.Source_SOURCE_MICROPHONE, 1)
	return t
}

func (s *stage) subscribe(t *Track, w Want) {
	s.t.Helper()
	if _, err := s.queue.Subscribe(t, w, time.Now()); err != nil {
		s.t.Fatal(err)
	}
}

// key starts a new group of a layer with an object of size bytes, and returns its number.
func (s *stage) key(t *Track, layer, size int) uint64 {
	s.groups[t]++
	s.push(t, layer, wire.Header{Flags: wire.FlagKeyframe, Group: s.groups[t]}, size)
	return s.groups[t]
}

func (s *stage) push(t *Track, layer int, h wire.Header, size int) {
	t.Layer(layer).Forward(wire.NewObject(h, make([]byte, size)), time.Now())
}

// take returns what is sent next, "" if nothing is.
func (s *stage) take() string {
	for {
		item, ok := s.queue.Take(LaneAll, time.Now())
		if !ok {
			return ""
		}
		if item.Object == nil {
			continue
		}
		defer item.Object.Release()
		return fmt.Sprintf("%d:%d.%d", slices.Index(s.tracks, item.Subscription.track), item.Object.Group, item.Object.Number)
	}
}

// drain takes all there is.
func (s *stage) drain() (all []string) {
	for name := s.take(); name != ""; name = s.take() {
		all = append(all, name)
	}
	return all
}

func (s *stage) expect(want ...string) {
	s.t.Helper()
	if got := s.drain(); !slices.Equal(got, want) {
		s.t.Fatalf("taken: %q, want %q", got, want)
	}
}

func (s *stage) dropped(r Reason, want int) {
	s.t.Helper()
	if got := int(s.meter.dropped[r].Load()); got != want {
		s.t.Fatalf("%d dropped as %v, want %d", got, r, want)
	}
}
