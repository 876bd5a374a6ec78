package room

import (
	"iter"
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
	// members are all participants, own those of this node. Those who wait to be admitted, at any node, are in waiting only.
	members, own, waiting map[string]*Participant
	// identities are of all of these.
	identities map[string]*Participant
	// partings counts how often participants of other nodes were given up, parted has at which count a session was that is not there
	// at the moment.
	partings uint64
	parted   map[string]uint64
	// settings are replaced, never changed. revision counts how often hosts have changed them; blocked are identities in order,
	// and allowed is by identity.
	settings *pb.RoomSettings
	revision uint64
	blocked  []string
	allowed  []Allowance
	// capacity bounds the participants that are no hosts, 0 if nothing does.
	capacity int
	// kept: those who are blocked are remembered elsewhere.
	kept bool
}

func newRoom(id string, registry *Registry) *Room {
	return &Room{
		id:         id,
		registry:   registry,
		speakers:   relay.NewSpeakers(registry.limits.Speakers),
		members:    map[string]*Participant{},
		own:        map[string]*Participant{},
		waiting:    map[string]*Participant{},
		identities: map[string]*Participant{},
		parted:     map[string]uint64{},
		settings:   &pb.RoomSettings{},
	}
}

// join adds a participant; open is false when the room has closed meanwhile.
func (r *Room) join(j Joining) (joined Joined, open bool, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return Joined{}, false, nil
	}
	vacant := r.vacant()
	if vacant {
		r.begin(j)
	}
	old := r.identities[j.Identity]
	waits, err := r.admission(j, old)
	if err != nil {
		// Who opens a room and is refused leaves nobody in it.
		r.closed = vacant
		return Joined{}, true, err
	}
	r.capacity, r.kept = j.MaxParticipants, j.Kept
	if old != nil && !j.At.After(old.At) {
		// The clocks of nodes differ.
		j.At = old.At.Add(time.Millisecond)
	}
	p := newParticipant(r, j)
	p.grants.Store(narrowed(j.Grants, r.allowance(j.Identity).Grants))
	if vacant {
		r.registry.outside.Opened(r.id)
		if c := r.conduct(); c.Decided() {
			r.registry.outside.Decided(r.id, c)
		}
	}
	if old != nil {
		r.replace(old, j.At)
	}
	r.identities[p.Identity] = p
	if waits {
		r.wait(p)
		p.changed()
		return Joined{Participant: p, Waiting: true}, true, nil
	}
	r.enter(p)
	joined = Joined{Participant: p, Admitted: r.describe(p)}
	r.tellQuality(p)
	p.changed()
	return joined, true, nil
}

// begin sets what holds in a room that a participant opens.
func (r *Room) begin(j Joining) {
	if j.Settings != nil {
		r.settings = j.Settings
	}
	if c := r.registry.outside.Conduct(r.id); c.Decided() {
		r.blocked, r.allowed = c.Blocked, c.Allowed
		if c.Revision > 0 {
			r.revision = c.Revision
			r.set(c.Settings)
		}
	}
}

// vacant reports whether nobody of this node is there.
func (r *Room) vacant() bool {
	if len(r.own) > 0 {
		return false
	}
	for _, p := range r.waiting {
		if !p.remote() {
			return false
		}
	}
	return true
}

// enter puts p among the participants.
func (r *Room) enter(p *Participant) {
	r.members[p.Session] = p
	p.cameAfter = r.partings
	if !p.remote() {
		r.own[p.Session] = p
	}
	r.announceJoined(p)
	r.tell(p, Event{Kind: ParticipantJoined})
}

// describe tells p, who has entered, what there is.
func (r *Room) describe(p *Participant) *pb.Admitted {
	a := &pb.Admitted{Grants: p.Grants(), Settings: r.settings}
	if p.informed() {
		for _, other := range r.members {
			if other != p && !other.hidden() && p.knows(other) {
				a.Participants = append(a.Participants, other.info(p))
			}
		}
	}
	if p.host() {
		for _, other := range r.waiting {
			a.WaitingParticipants = append(a.WaitingParticipants, other.describe())
		}
	}
	return a
}

// replace takes out a session whose identity has another.
func (r *Room) replace(old *Participant, now time.Time) {
	r.remove(old, pb.LeaveReason_LEAVE_REASON_REPLACED, now)
	if !old.remote() {
		old.Member.Dismissed(wire.CodeReplaced)
	}
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
	if r.identities[p.Identity] == p {
		delete(r.identities, p.Identity)
	}
	if p.waiting {
		r.unwait(p, reason)
		if !p.remote() {
			r.registry.outside.Left(r.id, p.Session, reason)
		}
		return
	}
	delete(r.members, p.Session)
	delete(r.own, p.Session)
	// The others learn of the leaving before anything that its consequences make them be told.
	r.announce(p, Informed, &pb.ServerMessage{Kind: &pb.ServerMessage_ParticipantLeft{
		ParticipantLeft: &pb.ParticipantLeft{Session: p.Session, Reason: reason},
	}})
	for number, t := range p.tracks {
		delete(p.tracks, number)
		t.media.Close(now)
		r.tell(p, Event{Kind: TrackUnpublished, Source: t.info.Source})
	}
	p.bind()
	r.tell(p, Event{Kind: ParticipantLeft, Reason: reason})
	r.forgetQuality(p, now)
	if !p.remote() {
		r.registry.outside.Left(r.id, p.Session, reason)
	}
}

// closeIfVacant closes the room when no participant of this node is left. Those of other nodes are then none of its business.
func (r *Room) closeIfVacant(now time.Time) {
	if r.closed || !r.vacant() {
		return
	}
	r.closed = true
	for p := range r.all() {
		r.remove(p, pb.LeaveReason_LEAVE_REASON_UNSPECIFIED, now)
	}
	r.registry.outside.Closed(r.id)
}

// all yields those in the room and those who wait for it.
func (r *Room) all() iter.Seq[*Participant] {
	return func(yield func(*Participant) bool) {
		for _, of := range []map[string]*Participant{r.members, r.waiting} {
			for _, p := range of {
				if !yield(p) {
					return
				}
			}
		}
	}
}

// announce tells the others whom it concerns about p, unless p is hidden.
func (r *Room) announce(p *Participant, concerned Audience, m *pb.ServerMessage) {
	if p.hidden() {
		return
	}
	msg := encode(m)
	for _, other := range r.own {
		if other != p && concerned.has(other) && other.knows(p) {
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
