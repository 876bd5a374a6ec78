package main

import (
	"context"
	"database/sql"
	"math"
	"slices"
	"time"
)

const (
	// lastCalls is how many of the last calls an estimate is made of.
	lastCalls = 20
	// fewestCalls is how many it needs.
	fewestCalls = 5
)

// An estimate is how long somebody is likely to wait, of what the last calls took. Known is false when nobody can say.
type estimate struct {
	Known bool `json:"known"`
	// Free: an agent is free for this customer.
	Free bool `json:"free"`
	// Low and High bound the wait, in seconds: it is between what short and what long calls make of it, which are the quartiles.
	Low  int `json:"low"`
	High int `json:"high"`
	// Calls is how many calls it is made of.
	Calls int `json:"calls"`
	// Agents is how many are on duty.
	Agents int `json:"agents"`
}

// estimateFor computes the wait at a position of the queue, which counts from 1. Whoever is not first for a free agent waits until as many
// calls have ended as there are people before it without one; each of the agents ends one in the length of a call.
func estimateFor(position, free, onDuty int, lengths []time.Duration) estimate {
	e := estimate{Calls: len(lengths), Agents: onDuty}
	switch {
	case onDuty == 0:
		return e
	case position <= free:
		e.Known, e.Free = true, true
		return e
	case len(lengths) < fewestCalls:
		return e
	}
	sorted := slices.Sorted(slices.Values(lengths))
	rounds := float64(position-free) / float64(onDuty)
	e.Known = true
	e.Low = int(math.Round(rounds * quantile(sorted, 0.25).Seconds()))
	e.High = int(math.Round(rounds * quantile(sorted, 0.75).Seconds()))
	return e
}

// quantile interpolates between what is sorted.
func quantile(sorted []time.Duration, q float64) time.Duration {
	at := q * float64(len(sorted)-1)
	below := int(at)
	above := min(below+1, len(sorted)-1)
	return sorted[below] + time.Duration(float64(sorted[above]-sorted[below])*(at-float64(below)))
}

// lengths returns how long the last calls kept their agents, the note included.
func lengths(ctx context.Context, q querier) ([]time.Duration, error) {
	return list(ctx, q, `SELECT MAX(COALESCE(wrapped, ended), ended) - picked FROM contacts
		WHERE state = 'ended' AND picked IS NOT NULL ORDER BY ended DESC LIMIT ?`, func(r *sql.Rows) (time.Duration, error) {
		var millis int64
		err := r.Scan(&millis)
		return time.Duration(millis) * time.Millisecond, err
	}, lastCalls)
}
