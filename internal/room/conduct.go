package room

import (
	"cmp"
	"slices"

	"google.golang.org/protobuf/proto"

	"github.com/openconfab/confab/internal/wire/pb"
)

// Conduct is what hosts have decided on a room. The zero value is that of a room in which they have decided nothing. It is not
// changed after it is handed over.
type Conduct struct {
	// Settings are nil until a host changes any. Revision counts the changes.
	Settings *pb.RoomSettings
	Revision uint64
	// Blocked are identities that can't join, in order.
	Blocked []string
	// Allowed has the identities whose grants hosts have changed, in order.
	Allowed []Allowance
}

// An Allowance is what hosts have left to an identity, which gets no more by joining again.
type Allowance struct {
	Identity string
	Grants   *pb.Grants
	// Revision counts the changes.
	Revision uint64
}

// Decided reports whether there is anything in it.
func (c Conduct) Decided() bool { return c.Revision > 0 || len(c.Blocked) > 0 || len(c.Allowed) > 0 }

// Merge returns what holds when two nodes know of different decisions. Spec: backbone.md §3.6.
func (c Conduct) Merge(o Conduct) Conduct {
	merged := Conduct{Settings: c.Settings, Revision: c.Revision}
	switch {
	case o.Revision > c.Revision:
		merged.Settings, merged.Revision = o.Settings, o.Revision
	case o.Revision == c.Revision && o.Revision > 0:
		merged.Settings = &pb.RoomSettings{
			AudioLevels: c.Settings.GetAudioLevels() && o.Settings.GetAudioLevels(),
			WaitingRoom: c.Settings.GetWaitingRoom() || o.Settings.GetWaitingRoom(),
			Locked:      c.Settings.GetLocked() || o.Settings.GetLocked(),
		}
	}
	merged.Blocked = slices.Concat(c.Blocked, o.Blocked)
	slices.Sort(merged.Blocked)
	merged.Blocked = slices.Compact(merged.Blocked)
	merged.Blocked = merged.Blocked[:min(len(merged.Blocked), maxRemembered)]
	merged.Allowed = mergeAllowed(c.Allowed, o.Allowed)
	return merged
}

// maxRemembered is of how many identities a room remembers that they are blocked, and of how many what is left to them.
const maxRemembered = 1000

func mergeAllowed(a, b []Allowance) []Allowance {
	merged := slices.Concat(a, b)
	slices.SortStableFunc(merged, func(x, y Allowance) int {
		return cmp.Or(cmp.Compare(x.Identity, y.Identity), cmp.Compare(y.Revision, x.Revision))
	})
	kept := merged[:0]
	for _, m := range merged {
		last := len(kept) - 1
		switch {
		case last < 0 || kept[last].Identity != m.Identity:
			kept = append(kept, m)
		case kept[last].Revision == m.Revision:
			kept[last].Grants = narrowed(kept[last].Grants, m.Grants)
		}
	}
	return kept[:min(len(kept), maxRemembered)]
}

// TakeConduct takes in what hosts have decided as another node knows it.
func (r *Registry) TakeConduct(id string, c Conduct) {
	room := r.existing(id)
	if room == nil {
		return
	}
	room.mu.Lock()
	defer room.mu.Unlock()
	if !room.vacant() {
		room.decide(room.conduct().Merge(c))
	}
}

// Conduct returns what hosts have decided on a room, as far as this node's part of it knows.
func (r *Registry) Conduct(id string) Conduct {
	room := r.existing(id)
	if room == nil {
		return Conduct{}
	}
	room.mu.Lock()
	defer room.mu.Unlock()
	return room.conduct()
}

// conduct returns what hosts have decided; the mutex is held.
func (r *Room) conduct() Conduct {
	c := Conduct{Revision: r.revision, Blocked: r.blocked, Allowed: r.allowed}
	if r.revision > 0 {
		c.Settings = r.settings
	}
	return c
}

// decide makes c what holds, and tells of it if that is new; the mutex is held.
func (r *Room) decide(c Conduct) {
	changed := c.Revision != r.revision || !slices.Equal(c.Blocked, r.blocked) || !slices.EqualFunc(c.Allowed, r.allowed, sameAllowance)
	r.blocked, r.allowed = c.Blocked, c.Allowed
	if c.Revision > 0 {
		changed = r.set(c.Settings) || changed
		r.revision = c.Revision
	}
	if changed {
		r.registry.outside.Decided(r.id, r.conduct())
	}
}

// set changes the settings that are the hosts', and tells the participants if they are new; the mutex is held.
func (r *Room) set(s *pb.RoomSettings) (changed bool) {
	if s.GetLocked() == r.settings.Locked && s.GetWaitingRoom() == r.settings.WaitingRoom {
		return false
	}
	r.settings = &pb.RoomSettings{AudioLevels: r.settings.AudioLevels, Locked: s.GetLocked(), WaitingRoom: s.GetWaitingRoom()}
	msg := encode(&pb.ServerMessage{Kind: &pb.ServerMessage_RoomUpdated{RoomUpdated: &pb.RoomUpdated{Settings: r.settings}}})
	for _, p := range r.own {
		p.Member.Deliver(msg)
	}
	return true
}

// change makes settings those of a host of this node; the mutex is held.
func (r *Room) change(s *pb.RoomSettings) {
	c := r.conduct()
	c.Settings, c.Revision = s, c.Revision+1
	r.decide(c)
}

// block has an identity refused from now on; the mutex is held.
func (r *Room) block(identity string) {
	r.decide(r.conduct().Merge(Conduct{Blocked: []string{identity}}))
}

// allow has an identity get no more than these grants from now on; the mutex is held.
func (r *Room) allow(identity string, g *pb.Grants) {
	a := Allowance{Identity: identity, Grants: g, Revision: r.allowance(identity).Revision + 1}
	r.decide(r.conduct().Merge(Conduct{Allowed: []Allowance{a}}))
}

// allowance returns what hosts have left to an identity, the zero value if they have changed nothing.
func (r *Room) allowance(identity string) Allowance {
	i, found := slices.BinarySearchFunc(r.allowed, identity, func(a Allowance, id string) int { return cmp.Compare(a.Identity, id) })
	if !found {
		return Allowance{}
	}
	return r.allowed[i]
}

func sameAllowance(a, b Allowance) bool {
	return a.Identity == b.Identity && a.Revision == b.Revision && proto.Equal(a.Grants, b.Grants)
}
