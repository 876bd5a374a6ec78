package workload

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/openconfab/confab/media"
)

func plan(t *testing.T, name string, s Size) Plan {
	t.Helper()
	w, err := Lookup(name)
	if err != nil {
		t.Fatal(err)
	}
	p, err := w.Plan(s)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// count returns how many participants send, receive, and are slow, and how many tracks are received in all.
func count(p Plan) (senders, receivers, slow, subscriptions int) {
	for _, participant := range p.Participants {
		if len(participant.Streams) > 0 {
			senders++
		}
		if participant.Receives {
			receivers++
		}
		if participant.Path == Slow {
			slow++
		}
	}
	for _, r := range p.Receivers() {
		subscriptions += r[Good] + r[Slow]
	}
	return senders, receivers, slow, subscriptions
}

func TestPlans(t *testing.T) {
	for _, tt := range []struct {
		name                                           string
		size                                           Size
		rooms, senders, receivers, slow, subscriptions int
	}{
		{"webinar", Size{Subscribers: 7}, 1, 1, 7, 0, 14},
		{"webinar", Size{Subscribers: 1200}, 3, 3, 1200, 0, 2400},
		{"webinar", Size{Publishers: 2, Subscribers: 3}, 1, 2, 3, 0, 12},
		{"fanout", Size{Subscribers: 7}, 1, 1, 7, 0, 7},
		{"audio", Size{Subscribers: 7}, 1, 10, 7, 0, 70},
		{"mesh", Size{Subscribers: 6}, 1, 6, 6, 0, 6 * 5 * 2},
		{"rooms", Size{Rooms: 3}, 3, 15, 15, 0, 3 * 5 * 4 * 2},
		{"rooms", Size{Subscribers: 10}, 2, 10, 10, 0, 2 * 5 * 4 * 2},
		{"storm", Size{Subscribers: 7}, 1, 1, 7, 0, 14},
		{"slow", Size{Subscribers: 29}, 1, 1, 29, 2, 58},
	} {
		p := plan(t, tt.name, tt.size)
		senders, receivers, slow, subscriptions := count(p)
		if p.Rooms != tt.rooms || senders != tt.senders || receivers != tt.receivers || slow != tt.slow || subscriptions != tt.subscriptions {
			t.Errorf("%s %+v: %d rooms, %d senders, %d receivers, %d slow, %d subscriptions", tt.name, tt.size,
				p.Rooms, senders, receivers, slow, subscriptions)
		}
		if p.AtOnce != (tt.name == "storm") {
			t.Errorf("%s: joining at once: %v", tt.name, p.AtOnce)
		}
	}
}

func TestDefaultsAreGoodPlans(t *testing.T) {
	for _, w := range All() {
		p, err := w.Plan(Size{})
		if err != nil {
			t.Fatal(err)
		}
		ids := map[uint32]bool{}
		for _, participant := range p.Participants {
			if participant.Room < 0 || participant.Room >= p.Rooms {
				t.Errorf("%s: room %d of %d", w.Name, participant.Room, p.Rooms)
			}
			for _, s := range participant.Streams {
				if ids[s.ID] {
					t.Errorf("%s: stream %d twice", w.Name, s.ID)
				}
				ids[s.ID] = true
				if s.Phase < 0 || s.Phase >= s.Interval || s.Group < 1 || s.Bytes < audioBytes {
					t.Errorf("%s: stream %+v", w.Name, s)
				}
			}
		}
	}
}

// TestBitrates: what the streams of a workload add up to is what its description says.
func TestBitrates(t *testing.T) {
	for name, want := range map[string]float64{
		"webinar": 1_400_000, "fanout": 60 * 4096 * 8, "mesh": 500_000, "rooms": 500_000, "storm": 1_400_000, "slow": 1_400_000,
	} {
		for _, s := range plan(t, name, Size{}).Participants[0].Streams {
			rate := float64(s.Bytes*8) / s.Interval.Seconds()
			if s.Kind() == media.Video && math.Abs(rate-want) > want/500 {
				t.Errorf("%s: video of %.0f bit/s, want %.0f", name, rate, want)
			}
			if s.Kind() == media.Audio && rate != 48_000 {
				t.Errorf("%s: audio of %.0f bit/s", name, rate)
			}
		}
	}
	if s := plan(t, "webinar", Size{Bitrate: 1_000_000}).Participants[0].Streams[1]; s.Bytes != 4166 {
		t.Errorf("at 1 Mbit/s a frame has %d bytes", s.Bytes)
	}
}

// TestPhasesAreSpread: the publishers of a mesh do not all send at the same moment.
func TestPhasesAreSpread(t *testing.T) {
	var phases []time.Duration
	for _, participant := range plan(t, "mesh", Size{Subscribers: 20}).Participants {
		phases = append(phases, participant.Streams[0].Phase)
	}
	slices.Sort(phases)
	phases = append(phases, phases[0]+audioInterval)
	for i := 1; i < len(phases); i++ {
		if gap := phases[i] - phases[i-1]; gap > audioInterval/5 || gap < audioInterval/200 {
			t.Errorf("a gap of %v between phases of 20 streams with an interval of %v", gap, audioInterval)
		}
	}
}

func TestImpossibleSizes(t *testing.T) {
	for name, s := range map[string]Size{
		"webinar": {Subscribers: 1, Rooms: 2},
		"fanout":  {Subscribers: -1},
		"mesh":    {Subscribers: 4, Publishers: 2},
		"rooms":   {Subscribers: 7},
		"storm":   {Bitrate: 1000},
		"slow":    {Subscribers: 9},
	} {
		w, err := Lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		if p, err := w.Plan(s); err == nil {
			t.Errorf("%s %+v: %d participants", name, s, len(p.Participants))
		}
	}
	if _, err := Lookup("webinars"); err == nil {
		t.Error("a workload that does not exist was found")
	}
}
