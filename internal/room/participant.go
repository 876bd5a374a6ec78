package room

import (
	"sync/atomic"
	"time"

	"github.com/openconfab/confab/internal/relay"
	"github.com/openconfab/confab/internal/wire"
	"github.com/openconfab/confab/internal/wire/pb"
)

// A Participant is one session in a room, from its joining to its leaving. Its methods may be called concurrently.
type Participant struct {
	Joining
	room    *Room
	speaker relay.Speaker

	// layers maps the publisher's aliases. The map is replaced, never changed, under the room's mutex, and read without
	// it for every object.
	layers atomic.Pointer[map[uint64]*relay.Layer]

	// grants are replaced, never changed, under the room's mutex.
	grants atomic.Pointer[pb.Grants]

	// What follows is guarded by the room's mutex, and so is Member.

	// node is the id of the node it is connected to, empty for this one. moves is how often that has changed.
	node  string
	moves uint32
	// expectedUntil is until when it stays although its node does not tell of it: it is on its way there.
	expectedUntil time.Time
	// cameAfter is how many partings there had been in the room when it came to this node; parting is at which of them it, of another
	// node, was given up and is there all the same, 0 if it was not. outdated is what its Member was told of that.
	cameAfter, parting uint64
	outdated           outdatedness

	gone, waiting bool
	// hand is when it was raised, in milliseconds of Unix time; 0 if it is not.
	hand   int64
	tracks map[uint32]*track
	// usedNumbers has a bit for each track number that this session has ever used.
	usedNumbers []uint64
	quality     quality
}

// Layer returns the layer that the participant publishes under an alias. bound: there is such a track; its layer is nil while it
// is stopped by a host.
func (p *Participant) Layer(alias uint64) (layer *relay.Layer, bound bool) {
	layer, bound = (*p.layers.Load())[alias]
	return layer, bound
}

// Publishes reports whether the participant has any track.
func (p *Participant) Publishes() bool { return len(*p.layers.Load()) > 0 }

// Room returns the id of the participant's room.
func (p *Participant) Room() string { return p.room.id }

// Grants returns what the participant may do at the moment. They are not to be changed.
func (p *Participant) Grants() *pb.Grants { return p.grants.Load() }

// Waiting reports whether the participant is still to be admitted.
func (p *Participant) Waiting() bool {
	p.room.mu.Lock()
	defer p.room.mu.Unlock()
	return p.waiting
}

// Settings returns those of the room.
func (p *Participant) Settings() *pb.RoomSettings {
	p.room.mu.Lock()
	defer p.room.mu.Unlock()
	return p.room.settings
}

func (p *Participant) remote() bool { return p.node != "" }

func (p *Participant) host() bool { return p.Grants().GetAdmin() }

func (p *Participant) hidden() bool { return p.Grants().GetHidden() }

// receives reports whether the participant gets what the others publish and say. Spec: wire.md §8.
func (p *Participant) receives() bool { return sightOf(p.Grants()) == receiving }

// informed reports whether the participant is told who else is there, and gets their E2EE messages.
func (p *Participant) informed() bool { return sightOf(p.Grants()) >= informed }

// present fails for one who is not in the room, not yet or no longer; the room's mutex is held.
func (p *Participant) present() error {
	switch {
	case p.gone:
		return wire.Errorf(wire.CodeForbidden, "the participant has left the room")
	case p.waiting:
		return wire.Errorf(wire.CodeWaiting, "a host has to admit the participant first")
	default:
		return nil
	}
}

func newParticipant(r *Room, j Joining) *Participant {
	p := &Participant{Joining: j, room: r, tracks: map[uint32]*track{}}
	p.grants.Store(j.Grants)
	p.quality.level = pb.Quality_QUALITY_EXCELLENT
	p.bind()
	return p
}

func (p *Participant) describe() *pb.ParticipantInfo {
	return &pb.ParticipantInfo{
		Session:      p.Session,
		Identity:     p.Identity,
		Announcement: p.Announcement,
		Capabilities: p.Capabilities,
		Grants:       p.Grants(),
		JoinedMs:     p.At.UnixMilli(),
		HandMs:       p.hand,
	}
}

// info describes the participant to another; the room's mutex is held.
func (p *Participant) info(to *Participant) *pb.ParticipantInfo {
	info := p.describe()
	if to.receives() {
		for _, t := range p.tracks {
			info.Tracks = append(info.Tracks, t.info)
		}
	}
	return info
}

// state describes the participant to other nodes; the room's mutex is held.
func (p *Participant) state() State {
	info := p.describe()
	for _, t := range p.tracks {
		info.Tracks = append(info.Tracks, t.info)
	}
	return State{Info: info, Quality: p.quality.level, Waiting: p.waiting, Moves: p.moves}
}

// changed tells other nodes the state of a participant of this node; the room's mutex is held.
func (p *Participant) changed() {
	if !p.remote() && !p.gone {
		if o := p.room.registry.outside; o != (alone{}) {
			o.Changed(p.room.id, p.state())
		}
	}
}

// Leave takes the participant out of the room, which tells the others why. It does nothing for one who is out.
func (p *Participant) Leave(reason pb.LeaveReason, now time.Time) {
	r := p.room
	r.mu.Lock()
	r.remove(p, reason, now)
	r.closeIfVacant(now)
	r.mu.Unlock()
	r.registry.removeClosed(r)
}
