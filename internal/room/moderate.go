package room

import (
	"cmp"
	"slices"
	"time"

	"github.com/openconfab/confab/internal/wire"
	"github.com/openconfab/confab/internal/wire/pb"
)

// Moderate does what a host wants, at whichever nodes it is to be done. It fails with a *wire.Error of code "forbidden" when By
// is no host in the room, "participant-unknown" when the one it is about is not there, and "room-full" when there is no place for
// whom it admits. When nobody of this node is in the room, it is left to the others, and does not fail. Spec: wire.md §9.4.
func (r *Registry) Moderate(id string, c Command, now time.Time) error {
	if err := c.validate(); err != nil {
		return err
	}
	room := r.existing(id)
	if room == nil {
		r.outside.Ordered(id, "", c)
		return nil
	}
	room.mu.Lock()
	if room.vacant() {
		room.mu.Unlock()
		r.outside.Ordered(id, "", c)
		return nil
	}
	err := room.moderate(c, now)
	room.closeIfVacant(now)
	room.mu.Unlock()
	r.removeClosed(room)
	return err
}

// Obey does what a host wants to participants of this node. What is for one who has moved to another node is passed on.
func (r *Registry) Obey(id string, c Command, now time.Time) {
	room := r.existing(id)
	if room == nil || c.validate() != nil {
		return
	}
	room.mu.Lock()
	switch p := room.named(c); {
	case room.vacant():
	case p != nil && p.remote() && p.moves > 0:
		r.outside.Ordered(id, p.node, c)
	default:
		if p == nil {
			room.forget(c)
		}
		room.obey(c, now)
		room.closeIfVacant(now)
	}
	room.mu.Unlock()
	r.removeClosed(room)
}

// Target returns the identity that a command is about, empty if it is about none or nobody that is known.
func (r *Registry) Target(id string, c Command) string {
	session, _ := c.Session()
	if session == "" {
		return c.Identity
	}
	if room := r.existing(id); room != nil {
		room.mu.Lock()
		defer room.mu.Unlock()
		if p := room.find(session); p != nil {
			return p.Identity
		}
	}
	return ""
}

func (r *Room) moderate(c Command, now time.Time) error {
	if c.By != "" {
		if host := r.own[c.By]; host == nil || !host.host() {
			return wire.Errorf(wire.CodeForbidden, "only hosts may moderate: ask one to make you a host")
		}
	}
	if session, _ := c.Session(); session == "" && c.Identity == "" {
		if c.GetAdmit() != nil {
			if err := r.full(&pb.Grants{}, r.capacity, 0); err != nil {
				return err
			}
		}
		if !r.obey(c, now) {
			r.registry.outside.Ordered(r.id, "", c)
		}
		return nil
	}
	p := r.named(c)
	if p == nil {
		r.forget(c)
		return wire.Errorf(wire.CodeParticipantUnknown, "the one the command is about is not there")
	}
	if c.GetAdmit() != nil {
		if err := r.full(p.Grants(), r.capacity, 0); err != nil {
			return err
		}
	}
	if c.blocks() && !r.kept {
		r.block(p.Identity)
	}
	if p.remote() {
		if c.GetRemove() != nil || c.GetReject() != nil {
			r.remember(false, p.Identity)
		}
		r.registry.outside.Ordered(r.id, p.node, c)
	} else {
		r.obey(c, now)
	}
	return nil
}

// forget makes a removal of one who is not there hold when it comes back.
func (r *Room) forget(c Command) {
	if c.GetRemove() != nil && c.Identity != "" {
		r.remember(false, c.Identity)
	}
}

// named returns the one that a command is about, of any node, nil if it is not there.
func (r *Room) named(c Command) *Participant {
	session, _ := c.Session()
	p := r.find(session)
	if session == "" {
		p = r.identities[c.Identity]
	}
	waiting, present := c.concerns()
	if p == nil || p.waiting && !waiting || !p.waiting && !present {
		return nil
	}
	return p
}

// affected returns those of this node that a command is about, those first who have come first.
func (r *Room) affected(c Command) (all []*Participant) {
	if session, _ := c.Session(); session != "" || c.Identity != "" {
		if p := r.named(c); p != nil && !p.remote() {
			all = append(all, p)
		}
		return all
	}
	waiting, present := c.concerns()
	for p := range r.all() {
		if !p.remote() && (p.waiting && waiting || !p.waiting && present) {
			all = append(all, p)
		}
	}
	slices.SortFunc(all, func(a, b *Participant) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Session, b.Session))
	})
	return all
}

// obey does what a host wants here. alone: nothing is left to do at other nodes.
func (r *Room) obey(c Command, now time.Time) (alone bool) {
	switch k := c.GetCommand().(type) {
	case *pb.Moderate_SetLocked:
		r.change(&pb.RoomSettings{Locked: k.SetLocked.GetLocked(), WaitingRoom: r.settings.WaitingRoom})
		return true
	case *pb.Moderate_SetWaitingRoom:
		r.change(&pb.RoomSettings{Locked: r.settings.Locked, WaitingRoom: k.SetWaitingRoom.GetOn()})
		return true
	case *pb.Moderate_Admit:
		r.admit(r.affected(c), now)
		return false
	}
	for _, p := range r.affected(c) {
		r.apply(c, p, now)
	}
	return false
}

// apply does what a host wants to p.
func (r *Room) apply(c Command, p *Participant, now time.Time) {
	switch k := c.GetCommand().(type) {
	case *pb.Moderate_Reject:
		r.dismiss(p, codeOf(c, wire.CodeRejected), pb.LeaveReason_LEAVE_REASON_REJECTED, now)
	case *pb.Moderate_Mute:
		if k.Mute.GetSession() != "" || c.Identity != "" || !p.host() && p.Session != c.By {
			p.stop(k.Mute.GetSource(), c.By, false, now)
		}
	case *pb.Moderate_Stop:
		p.stop(k.Stop.GetSource(), c.By, true, now)
	case *pb.Moderate_Remove:
		r.dismiss(p, codeOf(c, wire.CodeRemoved), pb.LeaveReason_LEAVE_REASON_REMOVED, now)
	case *pb.Moderate_SetGrants:
		r.grant(p, k.SetGrants.GetGrants(), c.By, now)
	case *pb.Moderate_LowerHands:
		r.setHand(p, 0)
	case *pb.Moderate_End:
		r.dismiss(p, wire.CodeEnded, pb.LeaveReason_LEAVE_REASON_ENDED, now)
	}
}

func codeOf(c Command, usual string) string {
	if c.blocks() {
		return wire.CodeBlocked
	}
	return usual
}

// dismiss takes p out of the room for good.
func (r *Room) dismiss(p *Participant, code string, reason pb.LeaveReason, now time.Time) {
	if code != wire.CodeEnded {
		r.remember(false, p.Identity)
	}
	r.remove(p, reason, now)
	p.Member.Dismissed(code)
}

// stop mutes the tracks of a source, or all, until p takes that back. ends: a screen is unpublished instead, and its sound with it.
func (p *Participant) stop(source pb.Source, by string, ends bool, now time.Time) {
	all := source == pb.Source_SOURCE_UNSPECIFIED
	for number, t := range p.tracks {
		of := t.info.Source
		switch {
		case ends && onScreen(of) && (onScreen(source) || all):
			p.end(number, t, by, now)
		case of == source || all:
			p.mute(number, t, by)
		}
	}
}

func onScreen(s pb.Source) bool {
	return s == pb.Source_SOURCE_SCREEN || s == pb.Source_SOURCE_SCREEN_AUDIO
}

func (p *Participant) mute(number uint32, t *track, by string) {
	told := t.info.Muted
	t.stopped = true
	p.bind()
	if told {
		return
	}
	p.setMuted(t, true)
	p.told(&pb.ServerMessage{Kind: &pb.ServerMessage_TrackStopped{TrackStopped: &pb.TrackStopped{Number: number, By: by}}})
	p.changed()
}

func (p *Participant) end(number uint32, t *track, by string, now time.Time) {
	p.endTrack(number, t, now)
	p.told(&pb.ServerMessage{Kind: &pb.ServerMessage_TrackStopped{
		TrackStopped: &pb.TrackStopped{Number: number, By: by, Unpublished: true},
	}})
	p.changed()
}
