package relay

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/openconfab/confab/internal/wire"
	"github.com/openconfab/confab/internal/wire/pb"
)

// sinkhole keeps the names of what it was fed.
type sinkhole struct {
	mu  sync.Mutex
	fed []string
}

func (s *sinkhole) Object(layer uint32, o *wire.Object) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fed = append(s.fed, fmt.Sprintf("%d:%d.%d", layer, o.Group, o.Number))
}

func (s *sinkhole) expect(t *testing.T, want ...string) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if !slices.Equal(s.fed, want) {
		t.Errorf("fed: %q, want %q", s.fed, want)
	}
	s.fed = nil
}

// wishes is an upstream that keeps what was wanted last.
type wishes struct {
	upstream
	mu     sync.Mutex
	layers []uint32
}

func (w *wishes) LayersWanted(_ uint32, layers []uint32) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.layers = layers
}

func (w *wishes) expect(t *testing.T, want ...uint32) {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	if !slices.Equal(w.layers, want) {
		t.Errorf("layers %v are wanted, not %v", w.layers, want)
	}
}

func TestSinkTakesLayersWhole(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		w := &wishes{}
		track := NewTrack(TrackConfig{
			Source: pb.Source_SOURCE_CAMERA, Upstream: w, Speaker: &Speaker{}, Meter: s.meter, KeyframesPerSecond: 2,
			Layers: []*pb.Layer{{Id: 0, Height: 180}, {Id: 5, Height: 360}, {Id: 2, Height: 720}},
		})
		s.tracks = append(s.tracks, track)
		near, far := &sinkhole{}, &sinkhole{}
		track.Feed(near, []uint32{5})
		track.Feed(far, []uint32{0, 5, 7})
		w.expect(t, 0, 5)

		s.key(track, 0, 100)
		s.key(track, 1, 100)
		// A sink gets also what no subscriber could use.
		s.push(track, 1, wire.Header{Group: 9, Number: 7}, 100)
		s.key(track, 2, 100)
		near.expect(t, "5:2.0", "5:9.7")
		far.expect(t, "0:1.0", "5:2.0", "5:9.7")

		track.Feed(far, []uint32{2})
		track.Feed(near, nil)
		track.Feed(near, nil)
		s.key(track, 1, 100)
		s.key(track, 2, 100)
		near.expect(t)
		far.expect(t, "2:5.0")
		time.Sleep(unwantedDelay)
		synctest.Wait()
		w.expect(t, 2)

		track.Close(time.Now())
		track.Feed(near, []uint32{0})
		s.key(track, 0, 100)
		near.expect(t)
		far.expect(t)
	})
}

func TestSinkBesideSubscribers(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		track, up := s.track(pb.Source_SOURCE_CAMERA, 1)
		s.subscribe(track, Want{})
		sink := &sinkhole{}
		track.Feed(sink, []uint32{0})
		before := up.keyframes.Load()
		time.Sleep(time.Second)
		track.RequestKeyframe(0, time.Now())
		track.RequestKeyframe(3, time.Now())
		if got := up.keyframes.Load(); got != before+1 {
			t.Errorf("%d keyframes were asked for, want 1", got-before)
		}
		s.key(track, 0, 100)
		sink.expect(t, "0:1.0")
		s.expect("0:1.0")
	})
}
