package e2ee

import (
	"cmp"
	"encoding/json"
	"slices"
	"time"
)

const (
	// familiarLife is how long after it was last here an identity is let in again by itself (spec/e2ee.md §13.7), and removalLife how
	// long a removal is kept.
	familiarLife = 24 * time.Hour
	removalLife  = 30 * 24 * time.Hour
	// keepEvery is how often decisions are kept that do not change, for they say who was here when.
	keepEvery = time.Hour

	// Bounds of what is kept of each kind, the newest of it.
	maxKept        = 4096
	maxKeptRemoved = 1024
)

// decisions is what an authority is kept as.
type decisions struct {
	Version   int        `json:"version"`
	Meeting   []byte     `json:"meeting"`
	Host      []byte     `json:"host"`
	Epoch     uint64     `json:"epoch"`
	On        bool       `json:"on"`
	Assumed   bool       `json:"assumed,omitempty"`
	Appointed [][]byte   `json:"appointed,omitempty"`
	Admitted  []sighting `json:"admitted,omitempty"`
	Familiar  []sighting `json:"familiar,omitempty"`
	Removed   []eviction `json:"removed,omitempty"`
}

const decisionsVersion = 1

// sighting says when an announcement or identity was last here.
type sighting struct {
	ID []byte    `json:"id"`
	At time.Time `json:"at"`
}

type eviction struct {
	sighting
	Key     []byte `json:"key"`
	Founder bool   `json:"founder,omitempty"`
}

// Decisions returns what hosts have decided about the keys, and who was admitted, for Config.Decisions of a later run of the program. It
// holds public keys and hashes and no secret, but whoever can change it decides who is let in: it is to be kept where only the program's
// user can write. nil in a meeting whose link names no host.
func (s *Session) Decisions(now time.Time) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := &s.authority
	if !a.host.Named() {
		return nil
	}
	for _, m := range s.members {
		if m.state == Verified || m.state == Apart {
			a.recognise(m.id, m.ik, now)
		}
	}
	d := decisions{
		Version: decisionsVersion, Meeting: s.meeting.mid[:], Host: a.host[:],
		Epoch: a.setting.epoch, On: a.setting.on, Assumed: a.assumed,
		Admitted: sightings(a.admitted, now), Familiar: sightings(a.familiar, now),
	}
	for _, c := range a.appointed {
		// What it takes back has expired with it.
		if recent(time.UnixMilli(int64(c.seq)), now, appointmentLife) {
			d.Appointed = append(d.Appointed, c.message)
		}
	}
	for id, by := range a.removed {
		if recent(by.at, now, removalLife) {
			d.Removed = append(d.Removed, eviction{sighting{id[:], by.at}, by.ik[:], by.founder})
		}
	}
	d.Removed = newest(d.Removed, maxKeptRemoved, func(e eviction) time.Time { return e.At })
	// What is made of bytes, numbers and times can be written.
	out, _ := json.Marshal(d)
	return out
}

func sightings[ID annID | identityKey](seen map[ID]time.Time, now time.Time) []sighting {
	var list []sighting
	for id, at := range seen {
		if recent(at, now, familiarLife) {
			list = append(list, sighting{id[:], at})
		}
	}
	return newest(list, maxKept, func(s sighting) time.Time { return s.At })
}

// newest returns the n last of list.
func newest[T any](list []T, n int, at func(T) time.Time) []T {
	slices.SortFunc(list, func(a, b T) int { return cmp.Compare(at(b).UnixMilli(), at(a).UnixMilli()) })
	return list[:min(n, len(list))]
}

// recent reports whether at is not longer ago than life, nor, by a clock that was wrong, as far ahead.
func recent(at, now time.Time, life time.Duration) bool { return now.Sub(at).Abs() <= life }

// restore takes over what was kept. Appointments are verified again, so that they expire.
func (s *Session) restore(kept []byte, now time.Time) error {
	var d decisions
	a := &s.authority
	switch err := json.Unmarshal(kept, &d); {
	case err != nil || d.Version != decisionsVersion:
		return fail(OutOfRange, "the decisions are not what Session.Decisions returned")
	case string(d.Meeting) != string(s.meeting.mid[:]) || string(d.Host) != string(a.host[:]):
		return fail(OutOfRange, "the decisions are of another meeting")
	}
	a.setting, a.assumed = guard{epoch: d.Epoch, on: d.On}, d.Assumed
	for _, message := range d.Appointed {
		if h, err := openHost(s.meeting, a.host, now, message); err == nil && len(a.appointed) < maxAppointed {
			a.appointed[h.ik] = certificate{appointment: h, message: message}
		}
	}
	for _, r := range d.Removed {
		if len(r.ID) == len(annID{}) && len(r.Key) == len(identityKey{}) && recent(r.At, now, removalLife) {
			_ = s.count(a.remove(removal{id: annID(r.ID), ik: identityKey(r.Key)}, r.Founder, r.At))
		}
	}
	for _, seen := range d.Admitted {
		// A host admits anew whom it finds, and tells others of nobody who is gone.
		if !a.hosts(s.self.ik) && len(seen.ID) == len(annID{}) && recent(seen.At, now, familiarLife) {
			_ = s.count(a.admit(annID(seen.ID), seen.At))
		}
	}
	for _, seen := range d.Familiar {
		if len(seen.ID) == len(identityKey{}) && len(a.familiar) < maxAdmitted {
			a.familiar[identityKey(seen.ID)] = seen.At
		}
	}
	return nil
}

// noteDecisions tells the application to keep what hosts have decided.
func (s *Session) noteDecisions(now time.Time) {
	a := &s.authority
	if a.host.Named() && (a.changes != s.kept.changes || now.Sub(s.kept.at) >= keepEvery) {
		s.kept.changes, s.kept.at = a.changes, now
		s.events = append(s.events, Event{Kind: Decided})
	}
}
