package main

import "time"

const (
	// noShow is how long after its start an appointment whose patient has not come holds others up.
	noShow = 10 * time.Minute
	// forgotten is how long after it began a consultation that nobody has ended holds others up.
	forgotten = 2 * time.Hour
)

// An expectation is what a patient is told of when its turn comes. It is computed anew whenever it is shown.
type expectation struct {
	// Ahead is how many come before.
	Ahead int `json:"ahead"`
	// At is when the turn comes, as things are.
	At time.Time `json:"at"`
	// LateMinutes is how much that is after the time that was booked.
	LateMinutes int `json:"lateMinutes"`
}

// expect says when the turn of one comes. others are the doctor's appointments of about the same time, in their order.
func expect(mine appointment, others []appointment, now time.Time) expectation {
	e := expectation{At: now}
	for _, a := range others {
		length := a.Ends.Sub(a.Starts)
		switch {
		case a.ID == mine.ID, !a.Ended.IsZero():
		case !a.Admitted.IsZero():
			if now.Sub(a.Admitted) < forgotten {
				e.Ahead++
				e.At = later(e.At, a.Admitted.Add(length))
			}
		case !a.Starts.Before(mine.Starts), a.Arrived.IsZero() && now.Sub(a.Starts) > noShow:
		default:
			e.Ahead++
			e.At = later(e.At, a.Starts).Add(length)
		}
	}
	e.At = later(e.At, mine.Starts)
	e.LateMinutes = int((e.At.Sub(mine.Starts) + time.Minute - 1) / time.Minute)
	return e
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
