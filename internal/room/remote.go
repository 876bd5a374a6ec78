package room

import (
	"fmt"
	"hash/fnv"
	"maps"
	"slices"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/openconfab/confab/internal/relay"
	"github.com/openconfab/confab/internal/wire/pb"
)

// A Remote is what another node tells of one of its participants.
type Remote struct {
	// Node is the node's id.
	Node string
	State
	// Member passes on to the node what is for the participant.
	Member Member
	Meter  relay.Meter
	// First: where its node and this one had given each other up, its participants are to join anew before those of this node do.
	First bool
	// Told is the time of this node.
	Told time.Time
}

// Take takes in the state of a participant of another node; what differs from before is told to those of this node. It
// changes nothing when no participant of this node is in the room, or a newer one has the identity. One of this node that is
// older is dismissed. It returns the node that the participant was at before if it has moved, empty if not.
func (r *Registry) Take(id string, m Remote) (from string) {
	room := r.existing(id)
	if room == nil {
		return ""
	}
	room.mu.Lock()
	from = room.take(m)
	room.mu.Unlock()
	r.removeClosed(room)
	return from
}

// Settle removes those participants of another node that are not in sessions: the node has told of all it has.
func (r *Registry) Settle(id, node string, sessions []string, now time.Time) {
	r.giveUp(id, now, func(p *Participant) bool {
		return p.node == node && !slices.Contains(sessions, p.Session) && !now.Before(p.expectedUntil)
	})
}

// Lose removes a participant of another node that has left.
func (r *Registry) Lose(id, node, session string, reason pb.LeaveReason, now time.Time) {
	room := r.existing(id)
	if room == nil {
		return
	}
	room.mu.Lock()
	defer room.mu.Unlock()
	if p := room.find(session); p != nil && p.node == node {
		room.remove(p, reason, now)
	}
	delete(room.parted, session)
}

// Expect notes that a participant moves from one node to another, and is not lost when the first no longer tells of it.
func (r *Registry) Expect(id, node, session string, moves uint32, now time.Time) {
	room := r.existing(id)
	if room == nil {
		return
	}
	room.mu.Lock()
	defer room.mu.Unlock()
	if p := room.find(session); p != nil && p.node == node && p.moves < moves {
		p.expectedUntil = now.Add(expectedFor)
	}
}

// Lapse removes a participant that was expected to be told of by a node, and was not.
func (r *Registry) Lapse(id, session string, now time.Time) {
	r.giveUp(id, now, func(p *Participant) bool {
		return p.Session == session && !p.expectedUntil.IsZero() && !now.Before(p.expectedUntil)
	})
}

// SetReachable notes that a node can't be reached, or can be again: its participants count as having lost their connection
// meanwhile.
func (r *Registry) SetReachable(id, node string, reachable bool, now time.Time) {
	room := r.existing(id)
	if room == nil {
		return
	}
	room.mu.Lock()
	defer room.mu.Unlock()
	for _, p := range room.members {
		if p.node != node || p.quality.lost != reachable {
			continue
		}
		p.quality.lost = !reachable
		if reachable {
			room.tellRemoteQuality(p, p.quality.told)
		} else {
			room.tellRemoteQuality(p, pb.Quality_QUALITY_LOST)
		}
	}
}

// Hear delivers a message of another node's participant: to one session of this node, or with to empty to all whom it concerns.
func (r *Registry) Hear(id, to string, a Audience, msg []byte, droppable bool) {
	room := r.existing(id)
	if room == nil {
		return
	}
	deliver := Member.Deliver
	if droppable {
		deliver = Member.DeliverDroppable
	}
	room.mu.Lock()
	defer room.mu.Unlock()
	if to == "" {
		room.deliver(nil, a, msg, deliver)
	} else if p := room.own[to]; p != nil && a.has(p) {
		deliver(p.Member, msg)
	}
}

// Reported takes in what a participant of another node receives of one of this node.
func (r *Registry) Reported(id, of, by string, reception Reception, now time.Time) {
	room := r.existing(id)
	if room == nil {
		return
	}
	room.mu.Lock()
	defer room.mu.Unlock()
	publisher, receiver := room.own[of], room.members[by]
	if publisher == nil || receiver == nil {
		return
	}
	put(&publisher.quality.receivers, receiver, link{
		at: now, loss: reception.Loss, audioLoss: reception.AudioLoss, jitter: reception.Jitter,
	})
	room.assess([]*Participant{publisher}, now)
}

// Own hands the states of this node's participants in a room to tell, which like an Outside is called with the mutex of the
// room held, so that nothing changes meanwhile. Without such participants it is not called.
func (r *Registry) Own(id string, tell func([]State)) {
	room := r.existing(id)
	if room == nil {
		return
	}
	room.mu.Lock()
	defer room.mu.Unlock()
	var states []State
	for p := range room.all() {
		if !p.remote() {
			states = append(states, p.state())
		}
	}
	if len(states) > 0 {
		tell(states)
	}
}

// Digest sums up what a node, or with an empty id this one, has told of its participants in a room.
func (r *Registry) Digest(id, node string) (digest uint64) {
	room := r.existing(id)
	if room == nil {
		return 0
	}
	room.mu.Lock()
	defer room.mu.Unlock()
	for p := range room.all() {
		if p.node != node {
			continue
		}
		h := fnv.New64a()
		quality := p.quality.level
		if p.remote() {
			quality = p.quality.told
		}
		g := p.Grants()
		fmt.Fprint(h, p.Session, quality, p.waiting, p.hand, g.GetPublish(), g.GetSubscribe(), g.GetData(), g.GetAdmin())
		for _, number := range slices.Sorted(maps.Keys(p.tracks)) {
			fmt.Fprint(h, " ", number, p.tracks[number].info.Muted)
		}
		digest ^= h.Sum64()
	}
	return digest
}

// OwnTrack returns the track of a participant of this node, nil if there is none.
func (r *Registry) OwnTrack(id string, ref *pb.TrackRef) *relay.Track {
	room := r.existing(id)
	if room == nil {
		return nil
	}
	room.mu.Lock()
	defer room.mu.Unlock()
	if publisher := room.own[ref.GetSession()]; publisher != nil {
		if t := publisher.tracks[ref.GetNumber()]; t != nil {
			return t.media
		}
	}
	return nil
}

// A Kept is a track of a participant of this node, and its largest layer.
type Kept struct {
	Ref   *pb.TrackRef
	Media *relay.Track
	Layer uint32
}

// Kept lists this node's tracks of a room in which somebody wants to have kept what is sent; none where nobody does.
func (r *Registry) Kept(id string) (tracks []Kept) {
	room := r.existing(id)
	if room == nil {
		return nil
	}
	room.mu.Lock()
	defer room.mu.Unlock()
	wanted := false
	for _, p := range room.members {
		wanted = wanted || p.Capabilities.GetKeep() && p.receives()
	}
	if !wanted {
		return nil
	}
	for _, p := range room.own {
		for _, t := range p.tracks {
			largest := t.info.Layers[len(t.info.Layers)-1]
			tracks = append(tracks, Kept{Ref: t.info.Track, Media: t.media, Layer: largest.Id})
		}
	}
	return tracks
}

// Layer returns a layer that a participant of another node publishes, nil if there is none.
func (r *Registry) Layer(id string, ref *pb.TrackRef, layer uint32) *relay.Layer {
	room := r.existing(id)
	if room == nil {
		return nil
	}
	room.mu.Lock()
	defer room.mu.Unlock()
	t := room.track(ref)
	if t == nil {
		return nil
	}
	for i, l := range t.info.Layers {
		if l.Id == layer {
			return t.media.Layer(i)
		}
	}
	return nil
}

// existing returns a room that somebody is in, nil if nobody is.
func (r *Registry) existing(id string) *Room {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.rooms[id]
}

// take takes in a state; the mutex is held.
func (r *Room) take(m Remote) (from string) {
	if r.vacant() {
		return ""
	}
	p := r.find(m.Info.Session)
	if p == nil {
		if p = r.meet(m); p == nil {
			return ""
		}
	}
	if from = p.node; from != m.Node {
		if !p.remote() || m.Moves <= p.moves {
			return ""
		}
		p.moveTo(m.Node, m.Member)
	}
	p.moves, p.expectedUntil = max(p.moves, m.Moves), time.Time{}
	r.update(p, m)
	if from == m.Node {
		return ""
	}
	return from
}

// update makes p, whom the room knows, what its node tells; the mutex is held.
func (r *Room) update(p *Participant, m Remote) {
	if p.waiting && !m.Waiting {
		r.unwait(p, pb.LeaveReason_LEAVE_REASON_ADMITTED)
		p.hand = m.Info.HandMs
		p.grants.Store(m.Info.Grants)
		r.enter(p)
	}
	if p.waiting {
		return
	}
	if p.hand != m.Info.HandMs || !proto.Equal(p.Grants(), m.Info.Grants) {
		p.hand = m.Info.HandMs
		p.grants.Store(m.Info.Grants)
		r.announceUpdated(p)
	}
	r.takeTracks(p, m.Info.Tracks, m.Told)
	if p.quality.told = m.Quality; !p.quality.lost {
		r.tellRemoteQuality(p, m.Quality)
	}
}

// meet takes in one that was not known, and returns nil if it does not count.
func (r *Room) meet(m Remote) *Participant {
	old := r.identities[m.Info.Identity]
	if old != nil && !newer(m.Info, old) {
		return nil
	}
	p := newParticipant(r, Joining{
		Session: m.Info.Session, Identity: m.Info.Identity, Announcement: m.Info.Announcement, Capabilities: m.Info.Capabilities,
		Grants: m.Info.Grants, At: time.UnixMilli(m.Info.JoinedMs), Member: m.Member, Meter: m.Meter,
	})
	p.node, p.moves, p.hand, p.quality.told = m.Node, m.Moves, m.Info.HandMs, pb.Quality_QUALITY_EXCELLENT
	if old != nil {
		r.replace(old, m.Told)
		if r.closeIfVacant(m.Told); r.closed {
			return nil
		}
	}
	r.identities[p.Identity] = p
	p.parting = r.parted[p.Session]
	delete(r.parted, p.Session)
	if m.Waiting {
		r.wait(p)
	} else {
		r.enter(p)
		r.reunite(p, m.First)
	}
	return p
}

// find returns who is in the room or waits for it under a session, nil if nobody does.
func (r *Room) find(session string) *Participant {
	if p := r.members[session]; p != nil {
		return p
	}
	return r.waiting[session]
}

// newer reports whether a session has joined after another of the same identity, in an order that all nodes agree on.
func newer(info *pb.ParticipantInfo, than *Participant) bool {
	if joined := than.At.UnixMilli(); info.JoinedMs != joined {
		return info.JoinedMs > joined
	}
	return info.Session > than.Session
}

// takeTracks makes the tracks of p those that its node tells of.
func (r *Room) takeTracks(p *Participant, told []*pb.TrackInfo, now time.Time) {
	for number, t := range p.tracks {
		if !slices.ContainsFunc(told, func(i *pb.TrackInfo) bool { return i.GetTrack().GetNumber() == number }) {
			p.endTrack(number, t, now)
		}
	}
	for _, info := range told {
		switch t := p.tracks[info.GetTrack().GetNumber()]; {
		case len(info.Layers) < 1 || len(info.Layers) > relay.MaxLayers:
		case t == nil:
			p.startTrack(info, nil)
		default:
			p.setMuted(t, info.Muted)
		}
	}
}

// tellRemoteQuality tells this node's participants the quality of another's, if it is another than they know.
func (r *Room) tellRemoteQuality(p *Participant, level pb.Quality) {
	if p.quality.level == level {
		return
	}
	p.quality.level = level
	r.announce(p, Informed, &pb.ServerMessage{Kind: &pb.ServerMessage_LinkQuality{
		LinkQuality: &pb.LinkQuality{Participants: []*pb.ParticipantQuality{{Session: p.Session, Quality: level}}},
	}})
}
