package room

import (
	"slices"
	"time"

	"github.com/openconfab/confab/internal/wire"
	"github.com/openconfab/confab/internal/wire/pb"
)

// admission decides whether one who joins comes in or waits, or fails with why it may not; old has its identity, nil if nobody
// has. Spec: wire.md §9.1.
func (r *Room) admission(j Joining, old *Participant) (waits bool, err error) {
	if _, blocked := slices.BinarySearch(r.blocked, j.Identity); blocked {
		return false, wire.Errorf(wire.CodeBlocked, "a host has refused you this room")
	}
	inside := old != nil && !old.waiting
	if !j.Grants.GetAdmin() && !inside && !r.allowance(j.Identity).Admitted {
		if r.settings.Locked && !r.settings.WaitingRoom {
			return false, wire.Errorf(wire.CodeLocked, "the room is locked: ask somebody in it to unlock it")
		}
		waits = r.settings.WaitingRoom || j.Wait
	}
	if limit := r.registry.limits.Waiting; waits && old == nil && len(r.waiting) >= limit {
		return false, wire.Errorf(wire.CodeRoomFull, "%d people wait for this room already: try again later", limit)
	}
	if !waits && !inside {
		err = r.full(j.Grants, j.MaxParticipants, 0)
	}
	return waits, err
}

// full fails when there is no place for somebody with these grants after so many who are about to come in.
func (r *Room) full(g *pb.Grants, capacity, coming int) error {
	limit := r.registry.limits.Participants
	if capacity > 0 && !g.GetAdmin() {
		limit = min(limit, capacity)
	}
	if len(r.members)+coming >= limit {
		return wire.Errorf(wire.CodeRoomFull, "the room holds %d participants and is full: try again later", limit)
	}
	return nil
}

// wait has p wait to be admitted; the mutex is held.
func (r *Room) wait(p *Participant) {
	p.waiting = true
	r.waiting[p.Session] = p
	r.tellHosts(waitingJoined(p))
	r.tell(p, Event{Kind: WaitingJoined})
}

// unwait ends the waiting of p; the mutex is held.
func (r *Room) unwait(p *Participant, reason pb.LeaveReason) {
	p.waiting = false
	delete(r.waiting, p.Session)
	r.tellHosts(&pb.ServerMessage{Kind: &pb.ServerMessage_WaitingLeft{
		WaitingLeft: &pb.WaitingLeft{Session: p.Session, Reason: reason},
	}})
	r.tell(p, Event{Kind: WaitingLeft, Reason: reason})
}

// admit lets those in who are of this node and wait, until the room is full, and remembers them; the mutex is held.
func (r *Room) admit(waiting []*Participant, now time.Time) {
	var admitted []*Participant
	for _, p := range waiting {
		if r.full(p.Grants(), r.capacity, len(admitted)) == nil {
			admitted = append(admitted, p)
		}
	}
	// Before anybody at other nodes learns of it: they could come back there.
	r.remember(true, identitiesOf(admitted)...)
	for _, p := range admitted {
		r.letIn(p, now)
	}
}

func (r *Room) letIn(p *Participant, now time.Time) {
	r.unwait(p, pb.LeaveReason_LEAVE_REASON_ADMITTED)
	r.enter(p)
	p.told(&pb.ServerMessage{Kind: &pb.ServerMessage_Admitted{Admitted: r.describe(p)}})
	r.tellQuality(p)
	p.changed()
	// Its connection may have been lost while it waited, of which nobody was told.
	r.assess([]*Participant{p}, now)
}

// Forget takes the participant out because it has waited for too long. It reports whether it was still waiting.
func (p *Participant) Forget(now time.Time) bool {
	r := p.room
	r.mu.Lock()
	forgotten := p.waiting && !p.gone
	if forgotten {
		r.remove(p, pb.LeaveReason_LEAVE_REASON_FORGOTTEN, now)
		r.closeIfVacant(now)
	}
	r.mu.Unlock()
	r.registry.removeClosed(r)
	return forgotten
}

// tellHosts tells the hosts of this node; the mutex is held.
func (r *Room) tellHosts(m *pb.ServerMessage) {
	msg := encode(m)
	for _, p := range r.own {
		if p.host() {
			p.Member.Deliver(msg)
		}
	}
}

func waitingJoined(p *Participant) *pb.ServerMessage {
	return &pb.ServerMessage{Kind: &pb.ServerMessage_WaitingJoined{
		WaitingJoined: &pb.WaitingJoined{Participant: p.describe()},
	}}
}
