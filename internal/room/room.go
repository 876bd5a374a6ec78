package room

import (
	"sync"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/openconfab/confab/internal/relay"
	"github.com/openconfab/confab/internal/wire"
	"github.com/openconfab/confab/internal/wire/pb"
)

// A Room is a set of participants who see each other.
type Room struct {
	id       string
	registry *Registry
	speakers *relay.Speakers

	// mu guards what follows, and what its comments say of every participant and track of the room. It is taken before
	// the locks of the relay and of members.
	mu sync.Mutex
	// closed: the last participant of this node has left, and the registry opens another room under this id.
	closed bool
	// members are all participants, own those of this node.
	members, own map[string]*Participant
	identities   map[string]*Participant
}

func newRoom(id string, registry *Registry) *Room {
	return &Room{
		id:         id,
		registry:   registry,
		speakers:   relay.NewSpeakers(registry.limits.Speakers),
		members:    map[string]*Participant{},
		own:        map[string]*Participant{},
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
	if old != nil && !j.At.After(old.At) {
		// The clocks of nodes differ.
		j.At = old.At.Add(time.Millisecond)
	}
	p := &Participant{Joining: j, room: r, tracks: map[uint32]*track{}}
	p.quality.level = pb.Quality_QUALITY_EXCELLENT
	p.bind()
	joined = Joined{Participant: p}
	if len(r.own) == 0 {
		r.registry.outside.Opened(r.id)
	}
	if old != nil {
		if !old.remote() {
			joined.Replaced = old
		}
		r.remove(old, pb.LeaveReason_LEAVE_REASON_REPLACED, j.At)
	}
	r.own[p.Session], r.members[p.Session], r.identities[p.Identity] = p, p, p
	if p.informed() {
		for _, other := range r.members {
			if other != p && !other.hidden() {
				joined.Others = append(joined.Others, other.info(p))
			}
		}
	}
	r.tellQuality(p)
	r.announceJoined(p)
	p.changed()
	return joined, true, nil
}

// announceJoined tells of a participant that has no tracks yet.
func (r *Room) announceJoined(p *Participant) {
	r.announce(p, Informed, &pb.ServerMessage{Kind: &pb.ServerMessage_ParticipantJoined{
		ParticipantJoined: &pb.ParticipantJoined{Participant: p.describe()},
	}})
}

// remove takes p out of the room, which is to be closed if it was the last.
func (r *Room) remove(p *Participant, reason pb.LeaveReason, now time.Time) {
	if p.gone {
		return
	}
	p.gone = true
	delete(r.members, p.Session)
	delete(r.own, p.Session)
	if r.identities[p.Identity] == p {
		delete(r.identities, p.Identity)
	}
	// The others learn of the leaving before anything that its consequences make them be told.
	r.announce(p, Informed, &pb.ServerMessage{Kind: &pb.ServerMessage_ParticipantLeft{
		ParticipantLeft: &pb.ParticipantLeft{Session: p.Session, Reason: reason},
	}})
	for number, t := range p.tracks {
		delete(p.tracks, number)
		t.media.Close(now)
	}
	p.bind()
	r.forgetQuality(p, now)
	if !p.remote() {
		r.registry.outside.Left(r.id, p.Session, reason)
	}
}

// closeIfVacant closes the room when no participant of this node is left. Those of other nodes are then none of its business.
func (r *Room) closeIfVacant(now time.Time) {
	if r.closed || len(r.own) > 0 {
		return
	}
	r.closed = true
	for _, p := range r.members {
		r.remove(p, pb.LeaveReason_LEAVE_REASON_UNSPECIFIED, now)
	}
	r.registry.outside.Closed(r.id)
}

// announce tells the others whom it concerns about p, unless p is hidden.
func (r *Room) announce(p *Participant, concerned Audience, m *pb.ServerMessage) {
	if p.hidden() {
		return
	}
	msg := encode(m)
	for _, other := range r.own {
		if other != p && concerned.has(other) {
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
