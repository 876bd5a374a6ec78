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
	room    *Room
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

func (p *Participant) hidden() bool { return p.Grants.GetHidden() }

// informed reports whether the participant is told of the others. Spec: wire.md §8.
func (p *Participant) informed() bool { return p.Grants.GetSubscribe() }

// info describes the participant to the others; the room's mutex is held.
func (p *Participant) info() *pb.ParticipantInfo {
	info := &pb.ParticipantInfo{
		Session:      p.Session,
		Identity:     p.Identity,
		Announcement: p.Announcement,
		Capabilities: p.Capabilities,
		Grants:       p.Grants,
		JoinedMs:     p.At.UnixMilli(),
	}
	for _, t := range p.tracks {
		info.Tracks = append(info.Tracks, t.info)
	}
	return info
}

// Leave takes the participant out of the room, which tells the others why. It does nothing for one who is out.
func (p *Participant) Leave(reason pb.LeaveReason, now time.Time) {
	r := p.room
	r.mu.Lock()
	r.remove(p, reason, now)
	closed := r.closed
	r.mu.Unlock()
	if closed {
		r.registry.remove(r)
	}
}
