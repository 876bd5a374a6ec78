package room

import (
	"slices"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/openconfab/confab/internal/relay"
	"github.com/openconfab/confab/internal/wire"
	"github.com/openconfab/confab/internal/wire/pb"
)

// An Arrival is a participant that another node has handed over.
type Arrival struct {
	// From is the id of that node.
	From     string
	Handover *pb.SessionHandover
	Member   Member
	Queue    *relay.Queue
	Meter    relay.Meter
	// MemberOf stands for a participant of another node; nil if the node is this one.
	MemberOf func(node, session string) Member
	At       time.Time
}

// TakeOver makes a participant of another node, or one who waits there, one of this one. It knows the room as the handover tells; what
// differs from what this node knows is delivered to it. It fails with "resume-unknown" when the session has been taken over before, a
// newer one has its identity, or it was told of the leaving of somebody who is here.
func (r *Registry) TakeOver(id string, a Arrival) (*Participant, error) {
	if a.Handover.GetState().GetInfo() == nil || !ValidID(id) {
		return nil, wire.Errorf(wire.CodeMalformed, "a handover without a participant or a room")
	}
	for {
		if p, open, err := r.open(id).takeOver(a); open {
			return p, err
		}
	}
}

func (r *Room) takeOver(a Arrival) (p *Participant, open bool, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return nil, false, nil
	}
	state := a.Handover.State
	p = r.find(state.Info.Session)
	old := r.identities[state.Info.Identity]
	if p != nil && (!p.remote() || p.moves >= state.Moves) || p == nil && old != nil && !newer(state.Info, old) {
		return nil, true, wire.Errorf(wire.CodeResumeUnknown, "the session is here already, or was replaced")
	}
	told := r.partings
	if !r.lose(a.Handover.Lost) {
		return nil, true, wire.Errorf(wire.CodeResumeUnknown, "the session was told that somebody has left who is here")
	}
	if r.vacant() {
		r.reopen(a)
	}
	j := Joining{
		Session: state.Info.Session, Identity: state.Info.Identity, Name: a.Handover.Name, Announcement: state.Info.Announcement,
		Capabilities: state.Info.Capabilities, Grants: state.Info.Grants, MaxParticipants: int(a.Handover.MaxParticipants), Kept: a.Handover.Kept,
		At: time.UnixMilli(state.Info.JoinedMs), Member: unheard{}, Meter: a.Meter,
	}
	if p == nil {
		p = newParticipant(r, j)
		p.waiting = state.Waiting
		// So that the room is not vacant when the other has gone.
		r.place(p)
		if old != nil {
			r.replace(old, a.At)
		}
		r.welcome(p)
	}
	r.place(p)
	p.cameAfter = told
	p.Joining, p.node, p.moves, p.expectedUntil = j, "", state.Moves, time.Time{}
	p.usedNumbers, p.hand = a.Handover.UsedNumbers, state.Info.HandMs
	p.grants.Store(state.Info.Grants)
	p.quality.level, p.quality.lost = state.Quality, false
	r.meetAll(a)
	p.Member = a.Member
	if !p.waiting {
		r.settle(p, a)
	}
	p.changed()
	return p, true, nil
}

// place puts p among those of this node; the mutex is held.
func (r *Room) place(p *Participant) {
	if p.waiting {
		r.waiting[p.Session] = p
	} else {
		r.own[p.Session] = p
	}
}

// welcome makes one known who arrives and was not; the mutex is held.
func (r *Room) welcome(p *Participant) {
	r.identities[p.Identity] = p
	if p.waiting {
		r.tellHosts(waitingJoined(p))
		return
	}
	r.members[p.Session] = p
	r.announceJoined(p)
}

// settle has one who arrives and is in the room go on as at the node that it comes from; the mutex is held.
func (r *Room) settle(p *Participant, a Arrival) {
	p.takeHanded(a.Handover.Tracks, a.At)
	r.inform(p, a.Handover)
	r.subscribeAgain(a)
	r.tell(p, Event{Kind: ParticipantArrived})
}

// reopen begins a room with what holds at the node that somebody comes from; the mutex is held.
func (r *Room) reopen(a Arrival) {
	r.begin(Joining{Settings: a.Handover.Settings})
	r.capacity, r.kept = int(a.Handover.MaxParticipants), a.Handover.Kept
	r.registry.outside.Opened(r.id)
	if c := r.conduct(); c.Decided() {
		r.registry.outside.Decided(r.id, c)
	}
}

// meetAll adds those whom the one who arrives knows, and this node does not yet.
func (r *Room) meetAll(a Arrival) {
	for _, other := range a.Handover.Others {
		info, node := other.GetState().GetInfo(), other.Node
		if node == "" {
			node = a.From
		}
		if info == nil || r.find(info.Session) != nil {
			continue
		}
		m := a.MemberOf(node, info.Session)
		if m == nil {
			continue
		}
		remote := Remote{Node: node, State: stateOf(other.State), Member: m, Meter: a.Meter, Told: a.At}
		if p := r.meet(remote); p != nil {
			// Its own the giving node has told of by this, and tells what becomes of them.
			if other.Node != "" {
				p.expectedUntil = a.At.Add(expectedFor)
			}
			r.update(p, remote)
		}
	}
}

// takeHanded makes the tracks of p those that were handed over.
func (p *Participant) takeHanded(handed []*pb.HandedTrack, now time.Time) {
	var infos []*pb.TrackInfo
	for _, h := range handed {
		info := &pb.TrackInfo{Track: h.GetInfo().GetTrack(), Source: h.GetInfo().GetSource(), Muted: h.GetInfo().GetMuted()}
		for _, l := range h.GetInfo().GetLayers() {
			info.Layers = append(info.Layers, layerInfo(l, 0))
		}
		infos = append(infos, info)
	}
	p.room.takeTracks(p, infos, now)
	for _, h := range handed {
		t := p.tracks[h.GetInfo().GetTrack().GetNumber()]
		if t == nil || len(t.info.Layers) != len(h.Info.Layers) {
			continue
		}
		t.aliases, t.stopped = nil, h.Stopped
		for _, l := range h.Info.Layers {
			t.aliases = append(t.aliases, l.Alias)
		}
		t.media.SetUpstream(p.Member, h.Wanted, h.Told)
	}
	p.bind()
}

// inform tells p what has become of the room since it knew it as it was handed over.
func (r *Room) inform(p *Participant, h *pb.SessionHandover) {
	if !proto.Equal(h.Settings, r.settings) {
		p.told(&pb.ServerMessage{Kind: &pb.ServerMessage_RoomUpdated{RoomUpdated: &pb.RoomUpdated{Settings: r.settings}}})
	}
	before := map[string]*pb.ParticipantState{}
	for _, other := range h.Others {
		before[other.GetState().GetInfo().GetSession()] = other.State
		r.informOfLeaving(p, other.GetState())
	}
	var qualities []*pb.ParticipantQuality
	for other := range r.all() {
		if other == p {
			continue
		}
		s := before[other.Session]
		if other.waiting {
			if p.host() && s == nil {
				p.told(waitingJoined(other))
			}
			continue
		}
		if !p.informed() || other.hidden() || !p.knows(other) {
			continue
		}
		for _, m := range other.changesSince(s, p.receives()) {
			p.told(m)
		}
		level := pb.Quality_QUALITY_EXCELLENT
		if s != nil && !s.Waiting {
			level = s.Quality
		}
		if other.quality.level != level {
			qualities = append(qualities, &pb.ParticipantQuality{Session: other.Session, Quality: other.quality.level})
		}
	}
	if len(qualities) > 0 {
		p.Member.Deliver(encodeQuality(qualities, 0))
	}
}

// informOfLeaving tells p if one whom it knows is not there, or waits no longer.
func (r *Room) informOfLeaving(p *Participant, s *pb.ParticipantState) {
	session := s.GetInfo().GetSession()
	switch {
	case s.GetWaiting():
		if p.host() && r.waiting[session] == nil {
			p.told(&pb.ServerMessage{Kind: &pb.ServerMessage_WaitingLeft{WaitingLeft: &pb.WaitingLeft{Session: session}}})
		}
	case r.members[session] == nil && p.informed() && !s.GetInfo().GetGrants().GetHidden():
		p.told(&pb.ServerMessage{Kind: &pb.ServerMessage_ParticipantLeft{
			ParticipantLeft: &pb.ParticipantLeft{Session: session, Reason: pb.LeaveReason_LEAVE_REASON_LOST},
		}})
	}
}

// changesSince tells how the participant differs from what it was, nil or waiting if it was not there, with its tracks or without.
func (p *Participant) changesSince(s *pb.ParticipantState, tracks bool) (changes []*pb.ServerMessage) {
	before := s.GetInfo()
	switch {
	case s == nil || s.Waiting:
		before = nil
		changes = append(changes, &pb.ServerMessage{Kind: &pb.ServerMessage_ParticipantJoined{
			ParticipantJoined: &pb.ParticipantJoined{Participant: p.describe()},
		}})
	case before.HandMs != p.hand || !proto.Equal(before.Grants, p.Grants()):
		changes = append(changes, &pb.ServerMessage{Kind: &pb.ServerMessage_ParticipantUpdated{
			ParticipantUpdated: &pb.ParticipantUpdated{Participant: p.describe()},
		}})
	}
	if !tracks {
		return changes
	}
	for _, info := range before.GetTracks() {
		if p.tracks[info.GetTrack().GetNumber()] == nil {
			changes = append(changes, revealed(info, false))
		}
	}
	for number, t := range p.tracks {
		i := slices.IndexFunc(before.GetTracks(), func(info *pb.TrackInfo) bool { return info.GetTrack().GetNumber() == number })
		switch {
		case i < 0:
			changes = append(changes, revealed(t.info, true))
		case before.Tracks[i].Muted != t.info.Muted:
			changes = append(changes, &pb.ServerMessage{Kind: &pb.ServerMessage_TrackUpdated{
				TrackUpdated: &pb.TrackUpdated{Track: t.info},
			}})
		}
	}
	return changes
}

// subscribeAgain takes up the subscriptions of the one who arrives; what is not published any more it was told.
func (r *Room) subscribeAgain(a Arrival) {
	a.Queue.SetLastAlias(a.Handover.LastAlias)
	for _, s := range a.Handover.Subscriptions {
		if t := r.track(s.GetWant().GetTrack()); t != nil {
			// It fails only for a track that has ended, of which the subscriber was told.
			_ = a.Queue.Continue(t.media, relay.Held{Alias: s.Alias, Want: WantOf(s.Want)}, a.At)
		}
	}
}

func stateOf(s *pb.ParticipantState) State {
	return State{Info: s.Info, Quality: s.Quality, Waiting: s.Waiting, Moves: s.Moves}
}

// unheard is the Member of one who is told nothing.
type unheard struct{}

func (unheard) Deliver([]byte)                   {}
func (unheard) DeliverDroppable([]byte)          {}
func (unheard) Deafened()                        {}
func (unheard) Outdated(time.Duration, bool)     {}
func (unheard) Dismissed(string)                 {}
func (unheard) KeyframeRequested(uint32, uint32) {}
func (unheard) LayersWanted(uint32, []uint32)    {}
