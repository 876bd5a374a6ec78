package room

import (
	"sync"

	"github.com/openconfab/confab/internal/wire/pb"
)

// A Registry holds the rooms of a node: a room begins when somebody joins and ends when the last has left. Its methods
// may be called concurrently.
type Registry struct {
	limits  Limits
	outside Outside

	// mu guards rooms. It is never held together with the mutex of a room.
	mu    sync.Mutex
	rooms map[string]*Room
}

// NewRegistry returns a registry without rooms. A nil outside is that of a node without others.
func NewRegistry(limits Limits, outside Outside) *Registry {
	if outside == nil {
		outside = alone{}
	}
	return &Registry{limits: limits, outside: outside, rooms: map[string]*Room{}}
}

// Joined is what joining a room results in.
type Joined struct {
	Participant *Participant
	// Others were in the room at that moment; every later change is delivered to the member. Empty for one who
	// may neither receive nor publish.
	Others []*pb.ParticipantInfo
	// Replaced is the participant of this node of the same identity that had to leave, nil if there was none. It is out of the
	// room already; its session is the caller's to end.
	Replaced *Participant
}

// Join puts a participant into a room. It fails with a *wire.Error of code "room-invalid" or "room-full", or
// "unauthorized" without the join grant.
func (r *Registry) Join(id string, j Joining) (Joined, error) {
	if err := j.validate(id); err != nil {
		return Joined{}, err
	}
	for {
		if joined, open, err := r.open(id).join(j); open {
			return joined, err
		}
	}
}

// open returns the room, which may be closed by the time the caller joins it.
func (r *Registry) open(id string) *Room {
	r.mu.Lock()
	defer r.mu.Unlock()
	room := r.rooms[id]
	if room == nil {
		room = newRoom(id, r)
		r.rooms[id] = room
	}
	return room
}

// remove forgets a room that has closed.
func (r *Registry) remove(room *Room) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.rooms[room.id] == room {
		delete(r.rooms, room.id)
	}
}

// Count returns how many rooms there are, and participants of this node in all of them.
func (r *Registry) Count() (rooms, participants int) {
	r.mu.Lock()
	all := make([]*Room, 0, len(r.rooms))
	for _, room := range r.rooms {
		all = append(all, room)
	}
	r.mu.Unlock()
	for _, room := range all {
		room.mu.Lock()
		participants += len(room.own)
		room.mu.Unlock()
	}
	return len(all), participants
}
