package room

import (
	"time"

	"github.com/openconfab/confab/internal/wire/pb"
)

// maxParted is of how many sessions a room remembers that they were given up. The rooms of two nodes are full long before.
const maxParted = 4096

// outdatedness is what a Member was told of having to join anew.
type outdatedness uint8

const (
	current outdatedness = iota
	// outdatedLater: it is to do so, but not first.
	outdatedLater
	outdated
)

// giveUp removes participants of other nodes of whom nothing is heard any more. They may be there all the same, and be heard of
// again; those who were told that they have left can't take them for the same then, and join anew. Spec: decisions/0017.
func (r *Registry) giveUp(id string, now time.Time, which func(*Participant) bool) {
	room := r.existing(id)
	if room == nil {
		return
	}
	room.mu.Lock()
	defer room.mu.Unlock()
	var lost []*Participant
	for p := range room.all() {
		if p.remote() && which(p) {
			lost = append(lost, p)
		}
	}
	room.part(lost)
	for _, p := range lost {
		room.remove(p, pb.LeaveReason_LEAVE_REASON_LOST, now)
	}
}

// part notes that participants are given up; the mutex is held.
func (r *Room) part(lost []*Participant) {
	if len(lost) == 0 {
		return
	}
	r.partings++
	for _, p := range lost {
		if !p.waiting {
			r.parted[p.Session] = r.partings
		}
	}
	r.forgetPartings()
}

// forgetPartings forgets the longest ago, if there are too many.
func (r *Room) forgetPartings() {
	for len(r.parted) > maxParted {
		oldest := r.partings
		for _, parting := range r.parted {
			oldest = min(oldest, parting)
		}
		for session, parting := range r.parted {
			if parting == oldest && len(r.parted) > maxParted {
				delete(r.parted, session)
			}
		}
	}
}

// knows reports whether p may be told of another: not if it was told before that this one has left. The mutex of the room is held.
func (p *Participant) knows(other *Participant) bool { return p.cameAfter >= other.parting }

// reunite has those join anew who can't be told of p, who is there again; the mutex is held. later: those whom the node of p has are
// to do so first, after which there may be no need to.
func (r *Room) reunite(p *Participant, later bool) {
	if p.parting == 0 || p.hidden() {
		return
	}
	for _, o := range r.own {
		told := o.outdated == outdated || o.outdated == outdatedLater && later
		if o.informed() && !o.knows(p) && !told {
			o.outdated = outdated
			if later {
				o.outdated = outdatedLater
			}
			o.Member.Outdated(r.reunionTime(), later)
		}
	}
}

// reunionTime is within how long those who join anew do so: in a small room before anybody replaces its keys because of the first of
// them (e2ee.md §6.4), so that nobody waits for keys. Where more join at once, keys are kept for longer.
func (r *Room) reunionTime() time.Duration {
	const small, soon, late = 50, 400 * time.Millisecond, 2 * time.Second
	if len(r.members) <= small {
		return soon
	}
	return late
}

// HasToJoinAnew reports whether the participant still has to join anew, as its Member was told. If not, its Member may be told again.
func (p *Participant) HasToJoinAnew() bool {
	r := p.room
	r.mu.Lock()
	defer r.mu.Unlock()
	has := !p.gone && !p.remote() && p.misses()
	if !has {
		p.outdated = current
	}
	return has
}

// misses reports whether p was told of the leaving of somebody who is there; the mutex of the room is held.
func (p *Participant) misses() bool {
	if !p.informed() {
		return false
	}
	for _, other := range p.room.members {
		if !other.hidden() && !p.knows(other) {
			return true
		}
	}
	return false
}

// lost lists those of whom p was told that they have left, and who may be heard of again; the mutex of the room is held.
func (p *Participant) lost() (sessions []string) {
	for session, parting := range p.room.parted {
		if parting > p.cameAfter {
			sessions = append(sessions, session)
		}
	}
	return sessions
}

// lose notes what one who arrives from another node was told, and reports false if one of those is here: then it has to join anew. The
// mutex is held.
func (r *Room) lose(sessions []string) bool {
	for _, session := range sessions {
		if r.members[session] != nil {
			return false
		}
	}
	if len(sessions) == 0 {
		return true
	}
	r.partings++
	for _, session := range sessions {
		r.parted[session] = r.partings
	}
	r.forgetPartings()
	return true
}
