package store

import (
	"context"
	"time"

	"github.com/openconfab/confab/internal/meeting"
)

const (
	selectAppointments = `SELECT identity, role, by_whom, at_ms FROM roles WHERE meeting_id = $1 AND identity > $2
ORDER BY identity LIMIT $3`
	selectBlocks = `SELECT identity, by_whom, at_ms FROM blocks WHERE meeting_id = $1 AND identity > $2
ORDER BY identity LIMIT $3`
	selectRevokedToken = `SELECT count(*) FROM revoked_tokens WHERE meeting_id = $1 AND token = $2`
)

func scanAppointment(r row, more ...any) (a meeting.Appointment, err error) {
	var made int64
	err = r.Scan(append(more, &a.Identity, &a.Role, &a.By, &made)...)
	a.At = at(made)
	return a, err
}

func scanBlock(r row, more ...any) (b meeting.Block, err error) {
	var made int64
	err = r.Scan(append(more, &b.Identity, &b.By, &made)...)
	b.At = at(made)
	return b, err
}

// Appointments implements meeting.Reader.
func (r reader) Appointments(ctx context.Context, id, after string, limit int) ([]meeting.Appointment, error) {
	scan := func(r row) (meeting.Appointment, error) { return scanAppointment(r) }
	return all(ctx, r.q, scan, selectAppointments, id, after, limit)
}

// Blocks implements meeting.Reader.
func (r reader) Blocks(ctx context.Context, id, after string, limit int) ([]meeting.Block, error) {
	scan := func(r row) (meeting.Block, error) { return scanBlock(r) }
	return all(ctx, r.q, scan, selectBlocks, id, after, limit)
}

// Appoint implements meeting.Tx.
func (t tx) Appoint(ctx context.Context, id string, a meeting.Appointment) error {
	if a.Role == meeting.Member {
		_, err := exec(ctx, t.q, `DELETE FROM roles WHERE meeting_id = $1 AND identity = $2`, id, a.Identity)
		return err
	}
	_, err := exec(ctx, t.q, `INSERT INTO roles (meeting_id, identity, role, by_whom, at_ms) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (meeting_id, identity) DO UPDATE SET role = excluded.role, by_whom = excluded.by_whom, at_ms = excluded.at_ms`,
		id, a.Identity, string(a.Role), a.By, ms(a.At))
	return err
}

// Block implements meeting.Tx.
func (t tx) Block(ctx context.Context, id string, b meeting.Block) error {
	_, err := exec(ctx, t.q, `INSERT INTO blocks (meeting_id, identity, by_whom, at_ms) VALUES ($1, $2, $3, $4)
ON CONFLICT (meeting_id, identity) DO NOTHING`, id, b.Identity, b.By, ms(b.At))
	return err
}

// Unblock implements meeting.Tx.
func (t tx) Unblock(ctx context.Context, id, identity string) (bool, error) {
	n, err := exec(ctx, t.q, `DELETE FROM blocks WHERE meeting_id = $1 AND identity = $2`, id, identity)
	return n > 0, err
}

// TokenRevoked implements meeting.Reader.
func (r reader) TokenRevoked(ctx context.Context, id, token string) (bool, error) {
	var found int
	err := r.q.QueryRowContext(ctx, selectRevokedToken, id, token).Scan(&found)
	return found > 0, err
}

// RevokeToken implements meeting.Tx.
func (t tx) RevokeToken(ctx context.Context, id, token string, at time.Time) (bool, error) {
	n, err := exec(ctx, t.q, `INSERT INTO revoked_tokens (meeting_id, token, at_ms) VALUES ($1, $2, $3)
ON CONFLICT (meeting_id, token) DO NOTHING`, id, token, ms(at))
	return n > 0, err
}

// Revoke implements meeting.Tx.
func (t tx) Revoke(ctx context.Context, id, identity string, until time.Time) error {
	_, err := exec(ctx, t.q, `INSERT INTO revocations (meeting_id, identity, until_ms) VALUES ($1, $2, $3)
ON CONFLICT (meeting_id, identity) DO UPDATE SET until_ms = excluded.until_ms`, id, identity, ms(until))
	return err
}
