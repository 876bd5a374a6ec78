package relay

import (
	"fmt"
	"testing"
	"time"

	"github.com/openconfab/confab/internal/wire"
	"github.com/openconfab/confab/internal/wire/pb"
)

type nobody struct{}

func (nobody) KeyframeRequested(_, _ uint32) {}
func (nobody) LayersWanted(uint32, []uint32) {}
func (nobody) ObjectOut(int)                 {}
func (nobody) Dropped(Reason, int)           {}
func (nobody) KeyframeAsked()                {}
func (nobody) KeyframeForwarded()            {}

// BenchmarkFanOut forwards an object to many subscribers, each of which takes it. The unit is one delivered object.
func BenchmarkFanOut(b *testing.B) {
	for _, kind := range []struct {
		name   string
		source pb.Source
		size   int
	}{{"audio", pb.Source_SOURCE_MICROPHONE, 120}, {"video", pb.Source_SOURCE_CAMERA, 4000}} {
		for _, subscribers := range []int{1, 100, 1000} {
			b.Run(fmt.Sprintf("%s/%d", kind.name, subscribers), func(b *testing.B) {
				now := time.Now()
				track := NewTrack(TrackConfig{
					Source: kind.source, Layers: []*pb.Layer{{Height: 180}}, Upstream: nobody{}, Speaker: &Speaker{},
					Meter: nobody{}, KeyframesPerSecond: 2, SoundBytesPerSecond: 1 << 40,
				})
				defer track.Close(now)
				queues := make([]*Queue, subscribers)
				for i := range queues {
					queues[i] = NewQueue(nobody{}, &Gatherer{}, &Pulse{}, 8<<20, 1)
					queues[i].Attach(map[Lane]func(){LaneAll: func() {}}, now)
					if _, err := queues[i].Subscribe(track, Want{}, now); err != nil {
						b.Fatal(err)
					}
				}
				payload := make([]byte, kind.size)
				h := wire.Header{Flags: wire.FlagKeyframe, Group: 1}
				deliver := func() {
					track.Layer(0).Forward(wire.NewObject(h, payload), now)
					for _, q := range queues {
						item, ok := q.Take(LaneAll, now)
						if !ok {
							b.Fatal("nothing was queued")
						}
						item.Object.Release()
						q.Take(LaneAll, now)
					}
					h.Flags, h.Number = 0, h.Number+1
				}
				deliver()
				b.ReportAllocs()
				b.ResetTimer()
				for done := 0; done < b.N; done += subscribers {
					deliver()
				}
			})
		}
	}
}

// TestDeliveryAllocatesNothing holds the steady state to what BenchmarkFanOut shows.
func TestDeliveryAllocatesNothing(t *testing.T) {
	if raceEnabled {
		t.Skip("under the race detector objects are not pooled")
	}
	for _, source := range []pb.Source{pb.Source_SOURCE_MICROPHONE, pb.Source_SOURCE_CAMERA} {
		now := time.Now()
		track := NewTrack(TrackConfig{
			Source: source, Layers: []*pb.Layer{{}}, Upstream: nobody{}, Speaker: &Speaker{}, Meter: nobody{}, KeyframesPerSecond: 2, SoundBytesPerSecond: 1 << 40,
		})
		queues := make([]*Queue, 50)
		for i := range queues {
			queues[i] = NewQueue(nobody{}, &Gatherer{}, &Pulse{}, 8<<20, 1)
			queues[i].Attach(map[Lane]func(){LaneAll: func() {}}, now)
			if _, err := queues[i].Subscribe(track, Want{}, now); err != nil {
				t.Fatal(err)
			}
		}
		h := wire.Header{Flags: wire.FlagKeyframe, Group: 1}
		payload := make([]byte, 1000)
		allocs := testing.AllocsPerRun(100, func() {
			track.Layer(0).Forward(wire.NewObject(h, payload), now)
			for _, q := range queues {
				if item, ok := q.Take(LaneAll, now); ok {
					item.Object.Release()
				}
			}
			h.Flags, h.Number = 0, h.Number+1
		})
		// One in fifty deliveries would already be 1.
		if allocs >= 1 {
			t.Errorf("%v: %v allocations for 50 deliveries", source, allocs)
		}
		track.Close(now)
	}
}
