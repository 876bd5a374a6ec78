package main

import (
	"context"
	"net/http"
	"time"
)

// A dayView is what a doctor has before it today.
type dayView struct {
	Now          time.Time `json:"now"`
	Doctor       doctor    `json:"doctor"`
	LateMinutes  int       `json:"lateMinutes"` // of the next patient's turn
	Appointments []dayItem `json:"appointments"`
}

type dayItem struct {
	presence

	ID      string    `json:"id"`
	Starts  time.Time `json:"starts"`
	Ends    time.Time `json:"ends"`
	Patient string    `json:"patient"`
	Reason  string    `json:"reason"`
}

// soon is what is shown of tomorrow before midnight.
const soon = time.Hour

// dayOf looks at a doctor's day: today, what begins soon, and what was not finished in the hours before.
func (c *clinic) dayOf(ctx context.Context, d doctor) (dayView, error) {
	now := c.now()
	year, month, date := now.In(c.zone).Date()
	midnight := time.Date(year, month, date, 0, 0, 0, 0, c.zone)
	appointments, err := c.store.appointments(ctx, d.ID, midnight.Add(-forgotten), later(midnight.AddDate(0, 0, 1), now.Add(soon)))
	if err != nil {
		return dayView{}, err
	}
	v := dayView{Now: now, Doctor: d, Appointments: []dayItem{}}
	next := true
	for _, a := range appointments {
		if a.Starts.Before(midnight) && !a.Ended.IsZero() {
			continue
		}
		stays, err := c.store.stays(ctx, a.ID)
		if err != nil {
			return dayView{}, err
		}
		item := dayItem{presence: a.presence(stays), ID: a.ID, Starts: a.Starts, Ends: a.Ends, Patient: a.Patient, Reason: a.Reason}
		v.Appointments = append(v.Appointments, item)
		if next && (item.Status == statusWaiting || item.Status == statusBooked && a.Ends.After(now)) {
			next = false
			v.LateMinutes = expect(a, appointments, now).LateMinutes
		}
	}
	return v, nil
}

// dayEvents answers with a doctor's day whenever something in it changes.
func (c *clinic) dayEvents(w http.ResponseWriter, r *http.Request) error {
	d, err := c.doctorOf(r)
	if err != nil {
		return err
	}
	return c.stream(w, r, d.ID, func(ctx context.Context) (any, error) { return c.dayOf(ctx, d) })
}
