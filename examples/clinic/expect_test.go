package main

import (
	"testing"
	"time"
)

func TestExpect(t *testing.T) {
	noon := time.Date(2030, 3, 1, 12, 0, 0, 0, time.UTC)
	at := func(minutes int) time.Time { return noon.Add(time.Duration(minutes) * time.Minute) }
	visit := func(id string, starts int) appointment {
		return appointment{ID: id, Starts: at(starts), Ends: at(starts + 20)}
	}
	arrived := func(a appointment, minutes int) appointment { a.Arrived = at(minutes); return a }
	admitted := func(a appointment, minutes int) appointment { a.Admitted = at(minutes); return a }
	ended := func(a appointment) appointment { a.Ended = at(-1); return a }
	mine := visit("mine", 40)
	for _, c := range []struct {
		name   string
		others []appointment
		now    int
		ahead  int
		late   int
	}{
		{"nobody else", nil, 0, 0, 0},
		{"oneself is not ahead", []appointment{mine}, 0, 0, 0},
		{"both before are in time", []appointment{visit("a", 0), visit("b", 20), mine}, 0, 2, 0},
		{"the first has begun ten minutes late", []appointment{admitted(visit("a", 0), 10), visit("b", 20), mine}, 12, 2, 10},
		{"one waits whose time is long over", []appointment{arrived(visit("a", 0), 0), mine}, 35, 1, 15},
		{"one has not come", []appointment{visit("a", 0), mine}, 15, 0, 0},
		{"one may still come", []appointment{visit("a", 20), mine}, 29, 1, 9},
		{"all is over", []appointment{ended(admitted(visit("a", 0), 0)), mine}, 30, 0, 0},
		{"later ones do not count", []appointment{mine, arrived(visit("z", 60), 0)}, 0, 0, 0},
		{"but for one who was let in first", []appointment{mine, admitted(visit("z", 60), 35)}, 38, 1, 15},
		{"a consultation that nobody ended", []appointment{admitted(visit("a", -120), -120), mine}, 1, 0, 0},
		{"the time is over", []appointment{mine}, 47, 0, 7},
	} {
		e := expect(mine, c.others, at(c.now))
		if e.Ahead != c.ahead || e.LateMinutes != c.late || !e.At.Equal(mine.Starts.Add(time.Duration(c.late)*time.Minute)) {
			t.Errorf("%s: %+v, want %d ahead and %d minutes late", c.name, e, c.ahead, c.late)
		}
	}
}
