package main

import (
	"context"
	"database/sql"
	"time"
)

// A stay is one of somebody in the call of an appointment, or in its waiting room.
type stay struct {
	Session, Appointment, Identity string
	Waiting                        bool
}

func scanStay(rows *sql.Rows) (one stay, err error) {
	err = rows.Scan(&one.Session, &one.Appointment, &one.Identity, &one.Waiting)
	return one, err
}

func (s *store) stays(ctx context.Context, appointment string) ([]stay, error) {
	return collect(ctx, s, scanStay, "SELECT session, appointment, identity, waiting FROM stays WHERE appointment = ?", appointment)
}

func (s *store) setStay(ctx context.Context, one stay) error {
	_, err := s.db.ExecContext(ctx, `INSERT INTO stays (session, appointment, identity, waiting) VALUES (?, ?, ?, ?)
		ON CONFLICT (session) DO UPDATE SET waiting = excluded.waiting`, one.Session, one.Appointment, one.Identity, one.Waiting)
	return err
}

// removeStay ends one, in the waiting room or in the call: who is admitted leaves the one for the other.
func (s *store) removeStay(ctx context.Context, session string, waiting bool) error {
	_, err := s.db.ExecContext(ctx, "DELETE FROM stays WHERE session = ? AND waiting = ?", session, waiting)
	return err
}

// clearStays removes those in a call that has nobody in it any more; others may wait.
func (s *store) clearStays(ctx context.Context, appointment string) error {
	_, err := s.db.ExecContext(ctx, "DELETE FROM stays WHERE appointment = ? AND NOT waiting", appointment)
	return err
}

// deliveryLife is how long webhooks are remembered; the node gives up before.
const deliveryLife = 7 * 24 * time.Hour

// received reports whether a webhook was received before.
func (s *store) received(ctx context.Context, id string) (bool, error) {
	times, err := collect(ctx, s, func(rows *sql.Rows) (at int64, err error) {
		err = rows.Scan(&at)
		return at, err
	}, "SELECT received FROM deliveries WHERE id = ?", id)
	return len(times) > 0, err
}

// noteReceived remembers a webhook whose work is done.
func (s *store) noteReceived(ctx context.Context, id string, at time.Time) error {
	if _, err := s.db.ExecContext(ctx, "DELETE FROM deliveries WHERE received < ?", millis(at.Add(-deliveryLife))); err != nil {
		return err
	}
	_, err := s.db.ExecContext(ctx, "INSERT OR IGNORE INTO deliveries (id, received) VALUES (?, ?)", id, millis(at))
	return err
}
