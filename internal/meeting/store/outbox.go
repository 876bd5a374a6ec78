package store

import (
	"context"
	"time"

	"github.com/openconfab/confab/internal/meeting"
	"github.com/openconfab/confab/internal/meeting/outbox"
)

const (
	// claimLanes finds the lanes that are due before it changes them: then nothing makes it claim more than the limit. A lane
	// that somebody else has just claimed is not due any more.
	claimLanes = `WITH due AS MATERIALIZED (
  SELECT room FROM lanes WHERE endpoint = $1 AND done_seq < last_seq AND next_ms <= $2 ORDER BY next_ms LIMIT $3
)
UPDATE lanes SET next_ms = $4, worker = $5, attempts = attempts + 1
WHERE endpoint = $1 AND room IN (SELECT room FROM due) AND done_seq < last_seq AND next_ms <= $2
RETURNING room, done_seq + 1, attempts`
	selectMessage = `SELECT id, payload, at_ms FROM messages WHERE endpoint = $1 AND room = $2 AND seq = $3`
)

// Send implements meeting.Tx. It locks the lane, so that the messages of a lane are numbered in the order in which they are committed.
func (t tx) Send(ctx context.Context, endpoints []string, m meeting.Message) error {
	for _, endpoint := range endpoints {
		var seq int64
		err := t.q.QueryRowContext(ctx, `INSERT INTO lanes (endpoint, room, last_seq, done_seq, attempts, next_ms, worker)
VALUES ($1, $2, 1, 0, 0, $3, '') ON CONFLICT (endpoint, room) DO UPDATE SET last_seq = lanes.last_seq + 1,
next_ms = CASE WHEN lanes.done_seq = lanes.last_seq THEN excluded.next_ms ELSE lanes.next_ms END RETURNING last_seq`,
			endpoint, m.Room, ms(m.At)).Scan(&seq)
		if err != nil {
			return err
		}
		_, err = exec(ctx, t.q, `INSERT INTO messages (endpoint, room, seq, id, identity, payload, at_ms)
VALUES ($1, $2, $3, $4, $5, $6, $7)`, endpoint, m.Room, seq, m.ID, m.Identity, m.Payload, ms(m.At))
		if err != nil {
			return err
		}
	}
	return nil
}

// Claim implements outbox.Queue.
func (s *Store) Claim(ctx context.Context, endpoint, worker string, now, until time.Time, limit int) ([]outbox.Claim, error) {
	var claims []outbox.Claim
	err := s.transact(ctx, func(t tx) (err error) {
		claims, err = all(ctx, t.q, func(r row) (outbox.Claim, error) {
			c := outbox.Claim{Endpoint: endpoint, Worker: worker}
			err := r.Scan(&c.Room, &c.Seq, &c.Attempt)
			return c, err
		}, claimLanes, endpoint, ms(now), limit, ms(until), worker)
		if err != nil {
			return err
		}
		for i := range claims {
			c := &claims[i]
			var sent int64
			err := t.q.QueryRowContext(ctx, selectMessage, endpoint, c.Room, c.Seq).Scan(&c.ID, &c.Payload, &sent)
			if err != nil {
				return err
			}
			c.At = at(sent)
		}
		return nil
	})
	return claims, err
}

// Delivered implements outbox.Queue.
func (s *Store) Delivered(ctx context.Context, c outbox.Claim, now time.Time) error {
	return s.transact(ctx, func(t tx) error { return t.done(ctx, c, now) })
}

// done makes the next message of the lane due.
func (t tx) done(ctx context.Context, c outbox.Claim, now time.Time) error {
	n, err := exec(ctx, t.q, `UPDATE lanes SET done_seq = $3, attempts = 0, next_ms = $4, worker = ''
WHERE endpoint = $1 AND room = $2 AND done_seq = $3 - 1 AND worker = $5 AND attempts = $6`,
		c.Endpoint, c.Room, c.Seq, ms(now), c.Worker, c.Attempt)
	if err != nil || n == 0 {
		return err
	}
	_, err = exec(ctx, t.q, `DELETE FROM messages WHERE endpoint = $1 AND room = $2 AND seq = $3`, c.Endpoint, c.Room, c.Seq)
	return err
}

// Failed implements outbox.Queue.
func (s *Store) Failed(ctx context.Context, c outbox.Claim, next time.Time) error {
	return s.transact(ctx, func(t tx) error {
		_, err := exec(ctx, t.q, `UPDATE lanes SET next_ms = $4, worker = ''
WHERE endpoint = $1 AND room = $2 AND done_seq = $3 - 1 AND worker = $5 AND attempts = $6`,
			c.Endpoint, c.Room, c.Seq, ms(next), c.Worker, c.Attempt)
		return err
	})
}

// Bury implements outbox.Queue.
func (s *Store) Bury(ctx context.Context, c outbox.Claim, now time.Time) error {
	return s.transact(ctx, func(t tx) error {
		_, err := exec(ctx, t.q, `INSERT INTO dead_letters (endpoint, id, room, identity, payload, at_ms, died_ms)
SELECT m.endpoint, m.id, m.room, m.identity, m.payload, m.at_ms, $4 FROM messages m
JOIN lanes l ON l.endpoint = m.endpoint AND l.room = m.room AND l.worker = $5 AND l.attempts = $6
WHERE m.endpoint = $1 AND m.room = $2 AND m.seq = $3`, c.Endpoint, c.Room, c.Seq, ms(now), c.Worker, c.Attempt)
		if err != nil {
			return err
		}
		return t.done(ctx, c, now)
	})
}
