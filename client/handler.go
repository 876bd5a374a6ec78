package client

import (
	"time"

	"github.com/openconfab/confab/internal/link"
	"github.com/openconfab/confab/internal/transport"
	"github.com/openconfab/confab/internal/wire"
	"github.com/openconfab/confab/internal/wire/pb"
	"github.com/openconfab/confab/media"
)

// handler is what the link tells a Room.
type handler Room

var _ link.Handler = (*handler)(nil)

func (h *handler) room() *Room { return (*Room)(h) }

// Joined implements link.Handler.
func (h *handler) Joined(w *pb.Welcome) {
	r, now := h.room(), time.Now()
	r.mu.Lock()
	previous := r.security
	r.security, r.next = r.next, nil
	r.rejoined = r.welcome != nil
	r.welcome = w
	r.takeSettings(w.GetSettings())
	security := r.security
	r.noneWaits()
	r.requests = map[uint32]func(error){}
	r.loseCommands()
	for _, p := range r.people {
		if p.leaving == nil {
			p.leave(false, now)
		}
		p.leaving.released = true
		if p.leaving.final {
			r.takeAway(p)
		}
	}
	r.members = map[string]*Participant{}
	r.mu.Unlock()
	r.media.forget()
	if previous != nil {
		previous.close()
	}
	if w.GetWaiting() {
		security.waited()
		r.local.withdraw()
		r.mu.Lock()
		defer r.mu.Unlock()
		r.connected()
		return
	}
	participants, waiting := w.GetParticipants(), w.GetWaitingParticipants()
	w.Participants, w.WaitingParticipants = nil, nil
	h.enter(participants, waiting)
}

// Changed implements link.Handler.
func (h *handler) Changed(state link.State, kind transport.Kind, why error) {
	r := h.room()
	if s := r.secured(); s != nil {
		s.connected(state != link.Interrupted)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.kind = kind
	if state == link.Connected {
		r.connected()
		return
	}
	r.state = Reconnecting
	r.events.send(ConnectionChanged{State: Reconnecting, Err: public(why)})
}

// connected tells that there is a connection, for one who is in the room or waits for it; the lock is held.
func (r *Room) connected() {
	event := ConnectionChanged{State: Waiting, Transport: publicKind(r.kind)}
	if !r.welcome.GetWaiting() {
		event.State, event.Rejoined, r.rejoined = Connected, r.rejoined, false
	}
	r.state = event.State
	r.events.send(event)
}

// Resumed implements link.Handler.
func (h *handler) Resumed() { h.room().local.requestKeyframes() }

// Object implements link.Handler.
func (h *handler) Object(alias uint64, o *wire.Object) { h.media.object(alias, o, time.Now()) }

// Abandoned implements link.Handler.
func (h *handler) Abandoned(alias uint64) {
	r := h.room()
	number, layer := layerOf(alias)
	r.mu.Lock()
	t := r.local.tracks[number]
	r.mu.Unlock()
	if t != nil {
		t.requestKeyframe(layer, time.Now())
	}
}

// Tick implements link.Handler.
func (h *handler) Tick(now time.Time) {
	r := h.room()
	if s := r.secured(); s != nil {
		s.tick()
	}
	r.guard()
	r.expire(now)
	r.report(now)
}

// Ended implements link.Handler.
func (h *handler) Ended(why error) {
	r, err := h.room(), public(why)
	r.mu.Lock()
	r.state, r.kind, r.err = Closed, 0, err
	tracks := r.local.takeTracks()
	subscriptions := r.subscriptions()
	requests := r.requests
	r.requests = map[uint32]func(error){}
	r.mu.Unlock()
	for _, fail := range requests {
		fail(err)
	}
	for _, t := range tracks {
		t.end(err)
	}
	for _, s := range subscriptions {
		s.end(err)
	}
	r.media.close()
	r.dropSecurity()
	r.events.send(ConnectionChanged{State: Closed, Err: err})
	if err == ErrClosed {
		r.events.end(nil)
		r.messages.end(nil)
	} else {
		r.events.end(err)
		r.messages.end(err)
	}
	close(r.ended)
}

// Message implements link.Handler.
func (h *handler) Message(m *pb.ServerMessage) {
	r, now := h.room(), time.Now()
	switch kind := m.Kind.(type) {
	case *pb.ServerMessage_ParticipantJoined:
		h.joined(kind.ParticipantJoined.GetParticipant(), false)
		r.secured().tick()
	case *pb.ServerMessage_ParticipantUpdated:
		h.updated(kind.ParticipantUpdated.GetParticipant())
	case *pb.ServerMessage_ParticipantLeft:
		h.left(kind.ParticipantLeft, now)
	case *pb.ServerMessage_Admitted:
		h.letIn(kind.Admitted)
	case *pb.ServerMessage_WaitingJoined:
		h.waitingJoined(kind.WaitingJoined.GetParticipant())
	case *pb.ServerMessage_WaitingLeft:
		r.mu.Lock()
		defer r.mu.Unlock()
		r.waitingLeft(kind.WaitingLeft.GetSession())
	case *pb.ServerMessage_RoomUpdated:
		r.mu.Lock()
		defer r.mu.Unlock()
		r.takeSettings(kind.RoomUpdated.GetSettings())
		r.events.send(RoomUpdated{})
	case *pb.ServerMessage_TrackStopped:
		if t := h.localTrack(kind.TrackStopped.GetNumber()); t != nil {
			t.stopped(kind.TrackStopped.GetUnpublished())
		}
	case *pb.ServerMessage_TrackPublished:
		r.mu.Lock()
		defer r.mu.Unlock()
		info := kind.TrackPublished.GetTrack()
		if p := r.members[info.GetTrack().GetSession()]; p != nil {
			p.published(info)
		}
	case *pb.ServerMessage_TrackUpdated:
		r.mu.Lock()
		defer r.mu.Unlock()
		if t := r.track(kind.TrackUpdated.GetTrack().GetTrack()); t != nil {
			t.update(kind.TrackUpdated.GetTrack())
		}
	case *pb.ServerMessage_TrackUnpublished:
		h.unpublished(kind.TrackUnpublished.GetTrack())
	case *pb.ServerMessage_Subscribed:
		h.subscribed(kind.Subscribed, now)
	case *pb.ServerMessage_LayersWanted:
		if t := h.localTrack(kind.LayersWanted.GetNumber()); t != nil {
			t.want(kind.LayersWanted.GetLayers(), now)
		}
	case *pb.ServerMessage_KeyframeRequested:
		if t := h.localTrack(kind.KeyframeRequested.GetNumber()); t != nil {
			t.requestKeyframe(uint8(min(kind.KeyframeRequested.GetLayer(), media.MaxLayers)), now)
		}
	case *pb.ServerMessage_E2Ee:
		r.secured().receive(kind.E2Ee)
	case *pb.ServerMessage_Data:
		h.data(kind.Data)
	case *pb.ServerMessage_LinkQuality:
		h.quality(kind.LinkQuality)
	case *pb.ServerMessage_Error:
		h.answered(kind.Error)
	case *pb.ServerMessage_Done:
		h.done(kind.Done.GetRequestId())
	}
}

func (h *handler) localTrack(number uint32) *LocalTrack {
	r := h.room()
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.local.tracks[number]
}

// joined takes a participant, who may have been in the room earlier than this session.
func (h *handler) joined(info *pb.ParticipantInfo, earlier bool) {
	if info == nil {
		return
	}
	r := h.room()
	r.mu.Lock()
	p := r.people[info.Identity]
	if p != nil && p.leaving != nil && p.leaving.final {
		// One who left for good and joins again is another.
		r.takeAway(p)
		p = nil
	}
	if p == nil {
		p = &Participant{room: r, identity: info.Identity, tracks: map[media.Source]*RemoteTrack{}}
		r.people[info.Identity] = p
	} else if p.leaving != nil {
		p.tracksDue = p.leaving.until
	}
	delete(r.members, p.session)
	p.leaving, p.session, p.quality, p.earlier = nil, info.Session, Excellent, earlier
	p.announcement = info.Announcement
	p.take(info)
	r.members[info.Session] = p
	security := r.security
	r.mu.Unlock()

	member := security.joined(info.Session, info.Announcement)

	r.mu.Lock()
	defer r.mu.Unlock()
	p.stand(member)
	if p.shown {
		r.events.send(ParticipantUpdated{p})
	} else {
		p.shown = true
		r.events.send(ParticipantJoined{p})
	}
	for _, track := range info.Tracks {
		p.published(track)
	}
}

func (h *handler) updated(info *pb.ParticipantInfo) {
	r := h.room()
	r.mu.Lock()
	defer r.mu.Unlock()
	if info.GetSession() == r.welcome.GetSession() {
		r.welcome.Grants = info.GetGrants()
		r.local.hand = info.GetHandMs()
		if !info.GetGrants().GetAdmin() {
			r.noneWaits()
		}
		r.events.send(LocalUpdated{})
		return
	}
	if p := r.members[info.GetSession()]; p != nil {
		p.take(info)
		r.events.send(ParticipantUpdated{p})
	}
}

func (h *handler) left(m *pb.ParticipantLeft, now time.Time) {
	r := h.room()
	r.mu.Lock()
	p := r.members[m.GetSession()]
	if p == nil {
		r.mu.Unlock()
		return
	}
	delete(r.members, p.session)
	reason := m.GetReason()
	final := reason == pb.LeaveReason_LEAVE_REASON_LEFT || reason == pb.LeaveReason_LEAVE_REASON_REMOVED || reason == pb.LeaveReason_LEAVE_REASON_ENDED
	p.leave(final, now)
	refused := p.encryption == Refused
	security := r.security
	r.mu.Unlock()

	security.left(m.GetSession(), reason == pb.LeaveReason_LEAVE_REASON_REMOVED)
	if refused {
		// Nothing was ever sealed to it.
		(*circle)(r).memberGone(m.GetSession())
	}
}

func (h *handler) unpublished(ref *pb.TrackRef) {
	r := h.room()
	r.mu.Lock()
	defer r.mu.Unlock()
	if t := r.track(ref); t != nil {
		t.participant.unpublish(t)
	}
}

func (h *handler) answered(m *pb.Error) {
	r := h.room()
	r.mu.Lock()
	failed := r.requests[m.GetRequestId()]
	delete(r.requests, m.GetRequestId())
	err := public(wire.ErrorFromProto(m))
	told := r.answerCommand(m.GetRequestId(), err)
	r.mu.Unlock()
	switch {
	case failed != nil:
		failed(err)
	case !told:
		r.log.Warn("the node answered", "error", err)
	}
}

func (h *handler) done(id uint32) {
	r := h.room()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answerCommand(id, nil)
}

// track returns the track that ref names, nil if there is none; the lock is held.
func (r *Room) track(ref *pb.TrackRef) *RemoteTrack {
	if p := r.members[ref.GetSession()]; p != nil {
		for _, t := range p.tracks {
			if t.number == ref.GetNumber() && t.session == ref.GetSession() {
				return t
			}
		}
	}
	return nil
}

var errNotPublished = &Error{Code: wire.CodeTrackUnknown, Message: "the track is not published any more", Retryable: true}
