package room

import (
	"sync"

	"github.com/openconfab/confab/internal/wire/pb"
)

// A Registry holds the rooms of a node: a room begins when somebody joins and ends when the last has left. Its methods
// may be called concurrently.
type Registry struct {
	limits   Limits
	outside  Outside
	happened func(Event)

	// mu guards rooms. It is never held together with the mutex of a room.
	mu    sync.Mutex
	rooms map[string]*Room
}

// NewRegistry returns a registry without rooms. A nil outside is that of a node without others. happened, unless nil, is called
// for what participants of this node do, with the mutex of the room held, like outside: it must return at once and not call the room.
func NewRegistry(limits Limits, outside Outside, happened func(Event)) *Registry {
	if outside == nil {
		outside = alone{}
	}
	return &Registry{limits: limits, outside: outside, happened: happened, rooms: map[string]*Room{}}
}

// Joined is what joining a room results in.
type Joined struct {
	Participant *Participant
	// Waiting: a host has to admit it, of which the member is told.
	Waiting bool
	// Admitted is what there is for one who doesn't wait; every later change is delivered to the member.
	Admitted *pb.Admitted
}

// Join puts a participant into a room, or has it wait. It fails with a *wire.Error of code "room-invalid", "room-full", "locked" or
// "blocked", or "unauthorized" without the join grant. An older session of the identity is dismissed.
func (r *Registry) Join(id string, j Joining) (Joined, error) {
	if err := j.validate(id); err != nil {
		return Joined{}, err
	}
	for {
		room := r.open(id)
		joined, open, err := room.join(j)
		if err != nil && open {
			r.removeClosed(room)
		}
		if open {
			return joined, err
		}
	}
}

// removeClosed forgets a room if it has closed.
func (r *Registry) removeClosed(room *Room) {
	room.mu.Lock()
	closed := room.closed
	room.mu.Unlock()
	if closed {
		r.remove(room)
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
