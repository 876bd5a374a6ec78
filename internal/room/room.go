package room

import (
	"sync"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/openconfab/confab/internal/wire"
	"github.com/openconfab/confab/internal/wire/pb"
)

// A Room is a set of participants who see each other.
type Room struct {
	id       string
	registry *Registry

	// mu guards what follows, and what its comments say of every participant and track of the room. It is taken before
	// the locks of the relay and of members.
	mu sync.Mutex
	// closed: the last participant has left, and the registry opens another room under this id.
	closed     bool
	members    map[string]*Participant
	identities map[string]*Participant
}

func newRoom(id string, registry *Registry) *Room {
	return &Room{
		id:         id,
		registry:   registry,
		members:    map[string]*Participant{},
		identities: map[string]*Participant{},
	}
}

// join adds a participant; open is false when the room has closed meanwhile.
func (r *Room) join(j Joining) (joined Joined, open bool, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return Joined{}, false, nil
	}
	old := r.identities[j.Identity]
	if old == nil && len(r.members) >= r.registry.limits.Participants {
		return Joined{}, true, wire.Errorf(wire.CodeRoomFull, "the room holds %d participants and is full: try again later", len(r.members))
	}
	p := &Participant{Joining: j, room: r, tracks: map[uint32]*track{}}
	p.quality.level = pb.Quality_QUALITY_EXCELLENT
	p.bind()
	joined = Joined{Participant: p, Replaced: old}
	if old != nil {
		r.remove(old, pb.LeaveReason_LEAVE_REASON_REPLACED, j.At)
	}
	r.members[p.Session] = p
	r.identities[p.Identity] = p
	r.closed = false
	if p.informed() {
		for _, other := range r.members {
			if other != p && !other.hidden() {
				joined.Others = append(joined.Others, other.info(p))
			}
		}
	}
	r.tellQuality(p)
	r.announce(p, (*Participant).informed, &pb.ServerMessage{Kind: &pb.ServerMessage_ParticipantJoined{
		ParticipantJoined: &pb.ParticipantJoined{Participant: p.info(p)},
	}})
	return joined, true, nil
}

// remove takes p out of the room.
func (r *Room) remove(p *Participant, reason pb.LeaveReason, now time.Time) {
	if p.gone {
		return
	}
	p.gone = true
	delete(r.members, p.Session)
	if r.identities[p.Identity] == p {
		delete(r.identities, p.Identity)
	}
	r.closed = len(r.members) == 0
	// The others learn of the leaving before anything that its consequences make them be told.
	r.announce(p, (*Participant).informed, &pb.ServerMessage{Kind: &pb.ServerMessage_ParticipantLeft{
		ParticipantLeft: &pb.ParticipantLeft{Session: p.Session, Reason: reason},
	}})
	for number, t := range p.tracks {
		delete(p.tracks, number)
		t.media.Close(now)
	}
	p.bind()
	r.forgetQuality(p, now)
}

// announce tells the others whom it concerns about p, unless p is hidden.
func (r *Room) announce(p *Participant, concerns func(*Participant) bool, m *pb.ServerMessage) {
	if p.hidden() {
		return
	}
	msg := encode(m)
	for _, other := range r.members {
		if other != p && concerns(other) {
			other.Member.Deliver(msg)
		}
	}
}

// encode returns the bytes of a message that the node made itself, which has no reason to fail.
func encode(m *pb.ServerMessage) []byte {
	b, err := proto.Marshal(m)
	if err != nil {
		panic("room: " + err.Error())
	}
	return b
}
