package e2ee

import (
	"maps"
	"time"
)

// Bounds of what hosts can make a member remember.
const (
	maxAdmitted  = 16384
	maxRemoved   = 4096
	maxAppointed = 256
)

// authority is what hosts have decided. None of it depends on the order in which it came.
type authority struct {
	// host is who the link names.
	host Host
	// setting is the newest GUARD; assumed that this member came out of a waiting room and no host has said anything yet.
	setting   guard
	assumed   bool
	appointed map[identityKey]certificate
	// admitted are the announcements let in, of members who are here or about to come; familiar the identities of those of them
	// who came, and of those whom this host let in: each with when it was last here.
	admitted map[annID]time.Time
	familiar map[identityKey]time.Time
	// removed are the announcements taken out, and blocked the identities: each with whether the founder did it.
	removed map[annID]removedBy
	blocked map[identityKey]bool
	// changes counts the decisions taken.
	changes uint64
}

type removedBy struct {
	ik      identityKey
	founder bool
	at      time.Time
}

// certificate is an appointment as it was signed, to be passed on.
type certificate struct {
	appointment
	message []byte
}

func newAuthority(host Host) authority {
	return authority{
		host: host, appointed: map[identityKey]certificate{}, admitted: map[annID]time.Time{},
		familiar: map[identityKey]time.Time{}, removed: map[annID]removedBy{}, blocked: map[identityKey]bool{},
	}
}

// clone copies a for the joining that follows.
func (a authority) clone() authority {
	a.appointed, a.admitted, a.familiar = maps.Clone(a.appointed), maps.Clone(a.admitted), maps.Clone(a.familiar)
	a.removed, a.blocked = maps.Clone(a.removed), maps.Clone(a.blocked)
	return a
}

// recognise notes that an announcement is here, and its identity, if it was admitted.
func (a *authority) recognise(id annID, ik []byte, now time.Time) {
	if _, admitted := a.admitted[id]; !admitted {
		return
	}
	a.admitted[id] = now
	a.remember(ik, now)
}

// remember notes an identity that was admitted.
func (a *authority) remember(ik []byte, now time.Time) {
	_, known := a.familiar[identityKey(ik)]
	if !known && len(a.familiar) >= maxAdmitted {
		return
	}
	a.familiar[identityKey(ik)] = now
	if !known {
		a.changes++
	}
}

// knows reports whether one of this identity was admitted while it was here, if only in an earlier joining not long ago.
func (a *authority) knows(ik []byte, now time.Time) bool {
	last, familiar := a.familiar[identityKey(ik)]
	return familiar && recent(last, now, familiarLife)
}

func (a *authority) founder(ik []byte) bool { return a.host.Named() && HostOf(ik) == a.host }

func (a *authority) hosts(ik []byte) bool { return a.founder(ik) || a.appointed[identityKey(ik)].on }

func (a *authority) guarded() bool { return a.host.Named() && (a.setting.on || a.assumed) }

// exclusion says why an announcement is not sealed to, "" if it is.
func (a *authority) exclusion(id annID, ik []byte) Code {
	founder, host := a.founder(ik), a.hosts(ik)
	_, admitted := a.admitted[id]
	by, removed := a.removed[id]
	byFounder, blocked := a.blocked[identityKey(ik)]
	switch {
	case removed && !founder && (by.founder || !host), blocked && !admitted && !founder && (byFounder || !host):
		return RemovedByHost
	case a.guarded() && !host && !admitted:
		return NotAdmitted
	}
	return ""
}

// remove notes a removal.
func (a *authority) remove(r removal, founder bool, now time.Time) error {
	known, found := a.removed[r.id]
	if !found && len(a.removed) >= maxRemoved {
		return fail(OutOfRange, "hosts removed more members than are remembered")
	}
	a.removed[r.id] = removedBy{ik: r.ik, founder: founder || known.founder, at: now}
	a.blocked[r.ik] = founder || a.blocked[r.ik]
	delete(a.admitted, r.id)
	a.changes++
	return nil
}

// admit notes an admission. Whoever was removed stays so.
func (a *authority) admit(id annID, now time.Time) error {
	if _, removed := a.removed[id]; removed {
		return nil
	}
	if _, known := a.admitted[id]; !known && len(a.admitted) >= maxAdmitted {
		return fail(OutOfRange, "hosts admitted more members than are remembered")
	}
	a.admitted[id] = now
	a.changes++
	return nil
}

// guard takes a GUARD.
func (a *authority) guard(g guard) {
	a.setting, a.assumed = g, false
	a.changes++
}

// assume has the keys guarded until a host says otherwise.
func (a *authority) assume() {
	a.assumed = true
	a.changes++
}

// appoint notes an appointment.
func (a *authority) appoint(c certificate) {
	a.appointed[c.ik] = c
	a.changes++
}
