package store

import (
	"context"
	"time"
)

// expired are the statements that remove at most $2 rows of a kind that are from before $1. What belongs to a meeting goes with it.
var expired = []string{
	`DELETE FROM meetings WHERE id IN (SELECT id FROM meetings WHERE ended_ms > 0 AND ended_ms < $1 LIMIT $2)`,
	`DELETE FROM meetings WHERE id IN (SELECT m.id FROM meetings m WHERE m.ended_ms = 0 AND m.used_ms < $1
  AND NOT EXISTS (SELECT 1 FROM presence p WHERE p.room = m.id) LIMIT $2)`,
	`DELETE FROM attendance WHERE session IN (SELECT session FROM attendance WHERE left_ms > 0 AND left_ms < $1 LIMIT $2)`,
	`DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE at_ms < $1 LIMIT $2)`,
	`DELETE FROM idempotency WHERE (owner, key) IN (SELECT owner, key FROM idempotency WHERE at_ms < $1 LIMIT $2)`,
	`DELETE FROM web_sessions WHERE hash IN (SELECT hash FROM web_sessions WHERE expires_ms < $1 LIMIT $2)`,
	`DELETE FROM people WHERE id IN (SELECT id FROM people WHERE seen_ms < $1
  AND NOT EXISTS (SELECT 1 FROM web_sessions w WHERE w.person_id = people.id) LIMIT $2)`,
	`DELETE FROM dead_letters WHERE (endpoint, id) IN (SELECT endpoint, id FROM dead_letters WHERE died_ms < $1 LIMIT $2)`,
	`DELETE FROM nodes WHERE id IN (SELECT id FROM nodes WHERE until_ms < $1 LIMIT $2)`,
}

// Expire implements meeting.Tx.
func (t tx) Expire(ctx context.Context, before time.Time, limit int) (int, error) {
	total := 0
	for _, statement := range expired {
		n, err := exec(ctx, t.q, statement, ms(before), limit)
		if err != nil {
			return total, err
		}
		total += n
	}
	n, err := t.expireLanes(ctx, before, limit)
	return total + n, err
}

// expireLanes removes lanes in which nothing is to be done, and those of endpoints that no node has any more with their messages.
func (t tx) expireLanes(ctx context.Context, before time.Time, limit int) (int, error) {
	type lane struct {
		endpoint, room string
		last           int64
	}
	gone, err := all(ctx, t.q, func(r row) (l lane, err error) {
		err = r.Scan(&l.endpoint, &l.room, &l.last)
		return l, err
	}, `DELETE FROM lanes WHERE next_ms < $1 AND (endpoint, room) IN (SELECT endpoint, room FROM lanes WHERE next_ms < $1 LIMIT $2)
RETURNING endpoint, room, last_seq`, ms(before), limit)
	if err != nil {
		return 0, err
	}
	for _, l := range gone {
		_, err := exec(ctx, t.q, `DELETE FROM messages WHERE endpoint = $1 AND room = $2 AND seq <= $3`, l.endpoint, l.room, l.last)
		if err != nil {
			return 0, err
		}
	}
	return len(gone), nil
}
