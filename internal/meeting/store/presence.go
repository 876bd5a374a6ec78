package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/openconfab/confab/internal/meeting"
)

const attendanceColumns = `session, room, identity, name, node, joined_ms, left_ms, reason, records`

const (
	selectAttendance = `SELECT ` + attendanceColumns + ` FROM attendance
WHERE room = $1 AND (joined_ms, session) < ($2, $3) ORDER BY joined_ms DESC, session DESC LIMIT $4`
	selectLapsed = `SELECT ` + attendanceColumns + ` FROM attendance
WHERE left_ms = 0 AND node NOT IN (SELECT id FROM nodes WHERE until_ms > $1) LIMIT $2`
)

func scanAttendance(r row) (a meeting.Attendance, err error) {
	var joined, left int64
	err = r.Scan(&a.Session, &a.Room, &a.Identity, &a.Name, &a.Node, &joined, &left, &a.Reason, &a.Records)
	a.Joined, a.Left = at(joined), at(left)
	return a, err
}

// Attendance implements meeting.Reader.
func (r reader) Attendance(ctx context.Context, room string, after meeting.Cursor, limit int) ([]meeting.Attendance, error) {
	ms, id := before(after)
	return all(ctx, r.q, scanAttendance, selectAttendance, room, ms, id, limit)
}

// Enter implements meeting.Tx.
func (t tx) Enter(ctx context.Context, a meeting.Attendance, moved bool) (entered, first bool, err error) {
	n, err := exec(ctx, t.q, `INSERT INTO attendance (`+attendanceColumns+`) VALUES ($1, $2, $3, $4, $5, $6, 0, '', $7)
ON CONFLICT (session) DO NOTHING`, a.Session, a.Room, a.Identity, a.Name, a.Node, ms(a.Joined), a.Records)
	if err == nil && n == 0 && moved {
		_, err = exec(ctx, t.q, `UPDATE attendance SET node = $2 WHERE session = $1 AND left_ms = 0`, a.Session, a.Node)
	}
	if err != nil || n == 0 {
		return false, false, err
	}
	var present int64
	err = t.q.QueryRowContext(ctx, `INSERT INTO presence (room, present) VALUES ($1, 1)
ON CONFLICT (room) DO UPDATE SET present = presence.present + 1 RETURNING present`, a.Room).Scan(&present)
	return true, present == 1, err
}

// Leave implements meeting.Tx.
func (t tx) Leave(ctx context.Context, session, reason string, left time.Time) (who meeting.Attendance, last bool, err error) {
	who, err = scanAttendance(t.q.QueryRowContext(ctx, `UPDATE attendance SET left_ms = $2, reason = $3
WHERE session = $1 AND left_ms = 0 RETURNING `+attendanceColumns, session, ms(left), reason))
	if errors.Is(err, sql.ErrNoRows) {
		return who, false, notFound("session in a room")
	}
	if err != nil {
		return who, false, err
	}
	var present int64
	err = t.q.QueryRowContext(ctx, `UPDATE presence SET present = present - 1 WHERE room = $1 RETURNING present`, who.Room).Scan(&present)
	if err != nil || present > 0 {
		return who, false, err
	}
	if _, err := exec(ctx, t.q, `DELETE FROM presence WHERE room = $1`, who.Room); err != nil {
		return who, false, err
	}
	_, err = exec(ctx, t.q, `UPDATE meetings SET used_ms = $2 WHERE id = $1 AND used_ms < $2`, who.Room, ms(left))
	return who, true, err
}

// Renew implements meeting.Tx.
func (t tx) Renew(ctx context.Context, node string, until time.Time) error {
	_, err := exec(ctx, t.q, `INSERT INTO nodes (id, until_ms) VALUES ($1, $2)
ON CONFLICT (id) DO UPDATE SET until_ms = excluded.until_ms`, node, ms(until))
	return err
}

// Lapsed implements meeting.Tx.
func (t tx) Lapsed(ctx context.Context, now time.Time, limit int) ([]meeting.Attendance, error) {
	return all(ctx, t.q, scanAttendance, selectLapsed, ms(now), limit)
}
