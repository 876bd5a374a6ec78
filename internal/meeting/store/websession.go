package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/openconfab/confab/internal/signin"
)

var _ signin.Store = (*Store)(nil)

const (
	upsertPerson = `INSERT INTO people (id, name, email, seen_ms) VALUES ($1, $2, $3, $4)
ON CONFLICT (id) DO UPDATE SET name = excluded.name, email = excluded.email, seen_ms = excluded.seen_ms`
	insertSession = `INSERT INTO web_sessions (hash, person_id, guest, created_ms, expires_ms, checked_ms, sealed)
VALUES ($1, $2, $3, $4, $5, $6, $7)`
	selectSession = `SELECT s.person_id, s.guest, coalesce(p.name, ''), coalesce(p.email, ''), s.created_ms, s.expires_ms, s.checked_ms, s.sealed
FROM web_sessions s LEFT JOIN people p ON p.id = s.person_id
WHERE s.hash = $1 AND s.expires_ms > $2`
	claimSession  = `UPDATE web_sessions SET checked_ms = $3 WHERE hash = $1 AND checked_ms = $2`
	renewSession  = `UPDATE web_sessions SET checked_ms = $2, sealed = coalesce($3, sealed) WHERE hash = $1`
	deleteSession = `DELETE FROM web_sessions WHERE hash = $1`
)

// AddSession implements signin.Store.
func (s *Store) AddSession(ctx context.Context, w signin.Session) error {
	return s.transact(ctx, func(t tx) error {
		if !w.Person.Guest {
			if _, err := t.q.ExecContext(ctx, upsertPerson, w.Person.ID, w.Person.Name, w.Person.Email, ms(w.Created)); err != nil {
				return err
			}
		}
		_, err := t.q.ExecContext(ctx, insertSession,
			w.Hash, w.Person.ID, w.Person.Guest, ms(w.Created), ms(w.Expires), ms(w.Checked), w.Sealed)
		return err
	})
}

// Session implements signin.Store.
func (s *Store) Session(ctx context.Context, hash []byte, now time.Time) (signin.Session, error) {
	w := signin.Session{Hash: hash}
	var created, expires, checked int64
	err := s.read.QueryRowContext(ctx, selectSession, hash, ms(now)).Scan(
		&w.Person.ID, &w.Person.Guest, &w.Person.Name, &w.Person.Email, &created, &expires, &checked, &w.Sealed)
	if errors.Is(err, sql.ErrNoRows) {
		return signin.Session{}, signin.ErrNoSession
	}
	w.Created, w.Expires, w.Checked = at(created), at(expires), at(checked)
	return w, err
}

// ClaimCheck implements signin.Store.
func (s *Store) ClaimCheck(ctx context.Context, hash []byte, was, now time.Time) (claimed bool, err error) {
	n, err := exec(ctx, s.write, claimSession, hash, ms(was), ms(now))
	return n == 1, err
}

// Renew implements signin.Store.
func (s *Store) Renew(ctx context.Context, hash []byte, checked time.Time, sealed []byte) error {
	_, err := s.write.ExecContext(ctx, renewSession, hash, ms(checked), sealed)
	return err
}

// RemoveSession implements signin.Store.
func (s *Store) RemoveSession(ctx context.Context, hash []byte) error {
	_, err := s.write.ExecContext(ctx, deleteSession, hash)
	return err
}
