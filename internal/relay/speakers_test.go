package relay

import (
	"testing"
	"time"

	"github.com/openconfab/confab/internal/wire"
	"github.com/openconfab/confab/internal/wire/pb"
)

// crowd is a room with microphones, and places for fewer.
type crowd struct {
	*stage
	speakers    *Speakers
	microphones []*Track
}

func newCrowd(s *stage, microphones, places int) *crowd {
	c := &crowd{stage: s, speakers: NewSpeakers(places)}
	for range microphones {
		track := NewTrack(TrackConfig{
			Source: pb.Source_SOURCE_MICROPHONE, Layers: []*pb.Layer{{}}, Upstream: &upstream{}, Speaker: &Speaker{}, Speakers: c.speakers,
			Meter: s.meter, KeyframesPerSecond: 2, SoundBytesPerSecond: 100_000,
		})
		s.tracks = append(s.tracks, track)
		c.microphones = append(c.microphones, track)
		if _, err := s.queue.Subscribe(track, Want{}, time.Now()); err != nil {
			s.t.Fatal(err)
		}
	}
	return c
}

const (
	talk    = 0x80 | 30
	onset   = 40
	silence = 127
)

// heard sends a frame of sound and reports whether it is forwarded.
func (c *crowd) heard(microphone int, level uint8) bool {
	c.t.Helper()
	h := wire.Header{Flags: wire.FlagKeyframe | wire.FlagLevel, Level: level, Group: 1}
	c.microphones[microphone].Layer(0).Forward(wire.NewObject(h, []byte("sound")), time.Now())
	item, ok := c.queue.Take(LaneAll, time.Now())
	if ok {
		item.Object.Release()
	}
	return ok
}

func (c *crowd) want(microphone int, level uint8, heard bool) {
	c.t.Helper()
	if got := c.heard(microphone, level); got != heard {
		c.t.Errorf("microphone %d with level %#x is heard: %v", microphone, level, got)
	}
}

func TestWhoBeginsToSpeakIsHeardAtOnce(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		c := newCrowd(s, 4, 2)
		c.want(0, talk, true)
		c.want(1, silence, true) // There is a place.
		c.want(2, silence, false)
		if dropped := s.meter.dropped[DropUnheard].Load(); dropped != 1 {
			t.Errorf("%d objects counted", dropped)
		}
		// Microphone 1 has never spoken.
		c.want(2, talk, true)
		c.want(1, silence, false)
		c.want(2, silence, true) // It keeps the place.

		// Two have spoken just now.
		c.want(3, talk, false)
		time.Sleep(keepsPlace / 2)
		c.want(0, talk, true)
		time.Sleep(keepsPlace / 2)
		// Before its sender is sure that it is speech.
		c.want(3, onset, true)
		c.want(2, talk, false)
		c.want(0, talk, true)
	})
}

func TestNobodyKeepsAPlaceForEver(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		c := newCrowd(s, 2, 1)
		for start := time.Now(); time.Since(start) < lendsPlace; time.Sleep(20 * time.Millisecond) {
			c.want(0, talk, true)
			c.want(1, talk, false)
		}
		c.want(1, talk, true)
		c.want(0, talk, false)
	})
}

func TestAnEndedMicrophoneLeavesItsPlace(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		c := newCrowd(s, 2, 1)
		c.want(0, talk, true)
		c.want(1, talk, false)
		c.microphones[0].Close(time.Now())
		c.want(0, talk, false)
		c.want(1, silence, true)
	})
}

func TestAllAreHeardWithoutLevelsOrLimit(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		c := newCrowd(s, 3, 1)
		for _, microphone := range c.microphones {
			microphone.Layer(0).Forward(wire.NewObject(wire.Header{Flags: wire.FlagKeyframe, Group: 1}, []byte("sound")), time.Now())
			item, ok := s.queue.Take(LaneAll, time.Now())
			if !ok {
				t.Fatal("sound without a level was not forwarded")
			}
			item.Object.Release()
		}
		c = newCrowd(s, 3, 0)
		for i := range 3 {
			c.want(i, talk, true)
		}
	})
}
