package cluster_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/openconfab/confab/internal/backbone/local"
	"github.com/openconfab/confab/internal/relay"
	"github.com/openconfab/confab/internal/wire"
	"github.com/openconfab/confab/internal/wire/pb"
)

const (
	speech  = 0x80 | 30
	silence = 127
)

// microphone publishes a microphone under number 2 and alias 20.
func (p *person) microphone(t *testing.T) {
	t.Helper()
	if err := p.Publish(&pb.PublishTrack{
		Number: 2, Source: pb.Source_SOURCE_MICROPHONE, Layers: []*pb.Layer{{Alias: 20}},
	}); err != nil {
		t.Fatal(err)
	}
}

// hears counts the microphones that a listener gets sound of.
type hears map[*relay.Subscription]int

func (p *person) listen(after time.Duration) hears {
	time.Sleep(after)
	synctest.Wait()
	h := hears{}
	for {
		item, ok := p.queue.Take(relay.LaneAll, time.Now())
		if !ok {
			return h
		}
		if item.Object != nil {
			h[item.Subscription]++
			item.Object.Release()
		}
	}
}

// TestSpeakersOverNodes: in a room over nodes as many microphones are forwarded to a listener as in one of a single node, and who
// begins to speak anywhere is among them at once.
func TestSpeakersOverNodes(t *testing.T) {
	simulate(t, 3, func(t *testing.T, _ *local.Network, nodes []*node) {
		const places = 10
		var talkers []*person
		listener := nodes[2].join("listener")
		for i := range 16 {
			p := nodes[i%2].join(fmt.Sprint("talker", i))
			p.microphone(t)
			talkers = append(talkers, p)
		}
		listener.told(soon)
		for i := range talkers {
			track, err := listener.Track(&pb.TrackRef{Session: fmt.Sprint("talker", i), Number: 2})
			if err == nil {
				_, err = listener.queue.Subscribe(track, relay.Want{}, time.Now())
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		listener.told(soon)
		group := uint64(0)
		// everybody sends a frame of sound, as loud as it is, and the listener gets what is forwarded.
		everybody := func(level func(i int) uint8) hears {
			group++
			for i, p := range talkers {
				h := wire.Header{Flags: wire.FlagKeyframe | wire.FlagLevel, Level: level(i), Group: group}
				microphone, _ := p.Layer(20)
				microphone.Forward(wire.NewObject(h, []byte("sound")), time.Now())
			}
			return listener.listen(20 * time.Millisecond)
		}
		all := func(level uint8) func(int) uint8 { return func(int) uint8 { return level } }
		for range 50 {
			if h := everybody(all(speech)); len(h) > places {
				t.Fatalf("%d microphones are forwarded", len(h))
			}
		}
		if h := everybody(all(speech)); len(h) != places {
			t.Errorf("%d of %d places are taken", len(h), places)
		}
		for range 150 {
			everybody(all(silence))
		}
		// After a pause each begins to speak alone, and is heard from the first frame on.
		for i := range talkers {
			track, err := listener.Track(&pb.TrackRef{Session: fmt.Sprint("talker", i), Number: 2})
			if err != nil {
				t.Fatal(err)
			}
			held, _ := listener.queue.Held()
			h := everybody(func(n int) uint8 {
				if n == i {
					return speech
				}
				return silence
			})
			heard := false
			for s := range h {
				heard = heard || s.Alias() == held[track].Alias
			}
			// Whoever gives a place up may have sent a frame just before.
			if !heard || len(h) > places+1 {
				t.Errorf("talker %d begins to speak: heard %v, of %d", i, heard, len(h))
			}
			for range 150 {
				everybody(all(silence))
			}
		}
	})
}
