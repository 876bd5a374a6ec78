package room

import (
	"cmp"
	"maps"
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
	// Allowed has the identities that hosts have let in, or whose grants they have changed, in order.
	Allowed []Allowance
}

// An Allowance is what hosts have decided on an identity.
type Allowance struct {
	Identity string
	// Grants are what they have left to it, which gets no more by joining again; nil: they have changed nothing.
	Grants *pb.Grants
	// Admitted: it was let in, or was there when the room was closed, and joins again without being asked to wait.
	Admitted bool
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

const (
	// maxRemembered is of how many identities a room remembers that they are blocked.
	maxRemembered = 1000
	// maxAllowed is of how many a room remembers what hosts have decided on them: all whom it holds, and as many who have left.
	maxAllowed = 2048
)

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
			kept[last] = kept[last].both(m)
		}
	}
	return kept[:min(len(kept), maxAllowed)]
}

// both returns what a and b allow, which are of one identity and revision.
func (a Allowance) both(b Allowance) Allowance {
	a.Admitted = a.Admitted && b.Admitted
	if a.Grants == nil {
		a.Grants = b.Grants
	} else {
		a.Grants = narrowed(a.Grants, b.Grants)
	}
	return a
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

// change makes settings those of a host of this node. Whoever is in the room when it is closed may come back; the mutex is held.
func (r *Room) change(s *pb.RoomSettings) {
	if s.Locked || s.WaitingRoom {
		r.remember(true, identitiesOf(slices.Collect(maps.Values(r.members)))...)
	}
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
	a := r.allowance(identity)
	a.Identity, a.Grants, a.Revision = identity, g, a.Revision+1
	r.decide(r.conduct().Merge(Conduct{Allowed: []Allowance{a}}))
}

// remember has identities join again without waiting, or no longer; the mutex is held.
func (r *Room) remember(admitted bool, identities ...string) {
	var news []Allowance
	for _, identity := range identities {
		if a := r.allowance(identity); a.Admitted != admitted {
			a.Identity, a.Admitted, a.Revision = identity, admitted, a.Revision+1
			news = append(news, a)
		}
	}
	if len(news) > 0 {
		r.decide(r.conduct().Merge(Conduct{Allowed: news}))
	}
}

// Remembers reports whether an identity joins a room, of this node or others, without waiting although the room is closed.
func (r *Registry) Remembers(id, identity string) bool {
	room := r.existing(id)
	if room == nil {
		return remembers(r.outside.Conduct(id).Allowed, identity)
	}
	room.mu.Lock()
	defer room.mu.Unlock()
	if room.vacant() {
		return remembers(r.outside.Conduct(id).Allowed, identity)
	}
	old := room.identities[identity]
	return old != nil && !old.waiting || remembers(room.allowed, identity)
}

func identitiesOf(participants []*Participant) []string {
	identities := make([]string, len(participants))
	for i, p := range participants {
		identities[i] = p.Identity
	}
	return identities
}

func remembers(allowed []Allowance, identity string) bool {
	return allowanceOf(allowed, identity).Admitted
}

// allowance returns what hosts have left to an identity, the zero value if they have changed nothing.
func (r *Room) allowance(identity string) Allowance { return allowanceOf(r.allowed, identity) }

func allowanceOf(allowed []Allowance, identity string) Allowance {
	i, found := slices.BinarySearchFunc(allowed, identity, func(a Allowance, id string) int { return cmp.Compare(a.Identity, id) })
	if !found {
		return Allowance{}
	}
	return allowed[i]
}

func sameAllowance(a, b Allowance) bool {
	return a.Identity == b.Identity && a.Admitted == b.Admitted && a.Revision == b.Revision && proto.Equal(a.Grants, b.Grants)
}
