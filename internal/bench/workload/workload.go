package workload

import (
	"fmt"
	"strings"
)

// A Workload makes plans of one kind.
type Workload struct {
	Name string
	// Summary is one line for people.
	Summary string
	// complete fills in what follows from the rest of a size; nil: nothing does.
	complete func(Size) (Size, error)
	// defaults are taken for what is still open then.
	defaults Size
	// plan gets a complete size.
	plan func(Size) (Plan, error)
}

// Size is what a workload leaves to choose. Zero stands for the workload's default.
type Size struct {
	// Publishers is how many send in each room.
	Publishers int
	// Subscribers is how many receive, over all rooms.
	Subscribers int
	Rooms       int
	// Bitrate is that of each video stream, in bits per second.
	Bitrate int
}

// roomSize is how many subscribers share a room unless told otherwise. Everybody in a room is told of everybody else, which
// for large rooms is more than the media.
const roomSize = 500

// minBitrate leaves a frame enough bytes for its stamp at any frame rate.
const minBitrate = 50_000

var all = []Workload{webinar, fanout, audioRoom, mesh, rooms, storm, slow}

// All returns the workloads.
func All() []Workload { return all }

// Lookup returns the workload of that name.
func Lookup(name string) (Workload, error) {
	var names []string
	for _, w := range all {
		if w.Name == name {
			return w, nil
		}
		names = append(names, w.Name)
	}
	return Workload{}, fmt.Errorf("there is no workload %q: choose one of %s", name, strings.Join(names, ", "))
}

// Plan returns who takes part in a test of the size. It fails when the workload can't have that size.
func (w Workload) Plan(s Size) (Plan, error) {
	if s.Publishers < 0 || s.Subscribers < 0 || s.Rooms < 0 || s.Bitrate < 0 {
		return Plan{}, fmt.Errorf("workload %s: sizes can't be negative", w.Name)
	}
	if w.complete != nil {
		var err error
		if s, err = w.complete(s); err != nil {
			return Plan{}, err
		}
	}
	s = s.or(w.defaults)
	if s.Rooms == 0 {
		s.Rooms = (s.Subscribers + roomSize - 1) / roomSize
	}
	if s.Rooms > s.Subscribers {
		return Plan{}, fmt.Errorf("workload %s: %d subscribers can't fill %d rooms", w.Name, s.Subscribers, s.Rooms)
	}
	if s.Bitrate != 0 && s.Bitrate < minBitrate {
		return Plan{}, fmt.Errorf("workload %s: the least bitrate is %d kbit/s", w.Name, minBitrate/1000)
	}
	return w.plan(s)
}

func (s Size) or(defaults Size) Size {
	fill := func(v *int, fallback int) {
		if *v == 0 {
			*v = fallback
		}
	}
	fill(&s.Publishers, defaults.Publishers)
	fill(&s.Subscribers, defaults.Subscribers)
	fill(&s.Rooms, defaults.Rooms)
	fill(&s.Bitrate, defaults.Bitrate)
	return s
}

// broadcast returns the plan in which s.Publishers in each room send streams and the subscribers, dealt to the rooms, receive.
func broadcast(s Size, streams func() []Stream) Plan {
	b := builder{plan: Plan{Rooms: s.Rooms}}
	for room := range s.Rooms {
		for range s.Publishers {
			b.add(Participant{Room: room, Streams: streams()})
		}
	}
	for i := range s.Subscribers {
		b.add(Participant{Room: i % s.Rooms, Receives: true})
	}
	return b.plan
}

// everybody returns the plan in which all subscribers, dealt to the rooms, also send streams.
func everybody(s Size, streams func() []Stream) Plan {
	b := builder{plan: Plan{Rooms: s.Rooms}}
	for i := range s.Subscribers {
		b.add(Participant{Room: i % s.Rooms, Receives: true, Streams: streams()})
	}
	return b.plan
}
