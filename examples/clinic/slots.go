package main

import (
	"context"
	"net/http"
	"time"
)

const (
	// slotLength is that of an appointment.
	slotLength = 20 * time.Minute
	// bookable is how far ahead appointments are made. The clinic is open day and night.
	bookable = 3 * 24 * time.Hour
)

// A slot is a time that a doctor is free.
type slot struct {
	Starts time.Time `json:"starts"`
	Ends   time.Time `json:"ends"`
}

// free returns a doctor's slots that nobody has, the next first.
func (c *clinic) free(ctx context.Context, doctor string) ([]slot, error) {
	first := c.now().UTC().Truncate(slotLength).Add(slotLength)
	last := first.Add(bookable)
	booked, err := c.store.appointments(ctx, doctor, first, last)
	if err != nil {
		return nil, err
	}
	taken := make(map[int64]bool)
	for _, a := range booked {
		taken[a.Starts.Unix()] = true
	}
	slots := []slot{}
	for t := first; t.Before(last); t = t.Add(slotLength) {
		if !taken[t.Unix()] {
			slots = append(slots, slot{t, t.Add(slotLength)})
		}
	}
	return slots, nil
}

func (c *clinic) slots(w http.ResponseWriter, r *http.Request) error {
	d, err := c.store.doctor(r.Context(), r.PathValue("doctor"))
	if err != nil {
		return err
	}
	slots, err := c.free(r.Context(), d.ID)
	if err != nil {
		return err
	}
	return writeJSON(w, slots)
}
