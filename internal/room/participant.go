package room

import (
	"sync/atomic"
	"time"

	"github.com/openconfab/confab/internal/relay"
	"github.com/openconfab/confab/internal/wire/pb"
)

// A Participant is one session in a room, from its joining to its leaving. Its methods may be called concurrently.
type Participant struct {
	Joining
	room *Room
	// node is the id of the node it is connected to, empty for this one.
	node    string
	speaker relay.Speaker

	// layers maps the publisher's aliases. The map is replaced, never changed, under the room's mutex, and read without
	// it for every object.
	layers atomic.Pointer[map[uint64]*relay.Layer]

	// What follows is guarded by the room's mutex.

	gone   bool
	tracks map[uint32]*track
	// usedNumbers has a bit for each track number that this session has ever used.
	usedNumbers []uint64
	quality     quality
}

// Layer returns the layer that the participant publishes under an alias, nil if there is none.
func (p *Participant) Layer(alias uint64) *relay.Layer { return (*p.layers.Load())[alias] }

// Publishes reports whether the participant has any track.
func (p *Participant) Publishes() bool { return len(*p.layers.Load()) > 0 }

// Room returns the id of the participant's room.
func (p *Participant) Room() string { return p.room.id }

func (p *Participant) remote() bool { return p.node != "" }

func (p *Participant) hidden() bool { return p.Grants.GetHidden() }

// receives reports whether the participant gets what the others publish and say. Spec: wire.md §8.
func (p *Participant) receives() bool { return p.Grants.GetSubscribe() }

// informed reports whether the participant is told who else is there, and gets their E2EE messages: one who publishes has to
// hand its keys to those who receive.
func (p *Participant) informed() bool {
	return p.receives() || len(p.Grants.GetPublish()) > 0 && !p.hidden()
}

func (p *Participant) describe() *pb.ParticipantInfo {
	return &pb.ParticipantInfo{
		Session:      p.Session,
		Identity:     p.Identity,
		Announcement: p.Announcement,
		Capabilities: p.Capabilities,
		Grants:       p.Grants,
		JoinedMs:     p.At.UnixMilli(),
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
	return State{Info: info, Quality: p.quality.level}
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
	closed := r.closed
	r.mu.Unlock()
	if closed {
		r.registry.remove(r)
	}
}
