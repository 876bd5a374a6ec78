package store

import (
	"context"
	"database/sql"
	"errors"

	"github.com/openconfab/confab/internal/meeting"
)

const (
	// inMeeting and inRoom restrict statements to the meetings of an owner $2, unless that is empty.
	inMeeting = `($2 = '' OR EXISTS (SELECT 1 FROM meetings m WHERE m.id = meeting_id AND m.owner = $2))`
	inRoom    = `($2 = '' OR EXISTS (SELECT 1 FROM meetings m WHERE m.id = room AND m.owner = $2))`

	traceRoles      = `SELECT meeting_id, identity, role, by_whom, at_ms FROM roles WHERE identity = $1 AND ` + inMeeting + ` LIMIT $3`
	traceBlocks     = `SELECT meeting_id, identity, by_whom, at_ms FROM blocks WHERE identity = $1 AND ` + inMeeting + ` LIMIT $3`
	traceAttendance = `SELECT ` + attendanceColumns + ` FROM attendance WHERE identity = $1 AND ` + inRoom + `
ORDER BY joined_ms DESC LIMIT $3`
	traceActor  = `SELECT ` + auditColumns + ` FROM audit WHERE by_whom = $1 AND ` + inMeeting + ` ORDER BY at_ms DESC LIMIT $3`
	traceTarget = `SELECT ` + auditColumns + ` FROM audit WHERE target = $1 AND ` + inMeeting + ` ORDER BY at_ms DESC LIMIT $3`
)

// Traces implements meeting.Reader.
func (r reader) Traces(ctx context.Context, identity, key string, limit int) (meeting.Traces, error) {
	t := meeting.Traces{Identity: identity}
	owner := scope(key)
	if key == "" {
		err := r.q.QueryRowContext(ctx, `SELECT name, email FROM people WHERE id = $1`, identity).Scan(&t.Name, &t.Email)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return t, err
		}
		if t.Meetings, err = r.Meetings(ctx, meeting.Owner{Person: identity}, meeting.Cursor{}, limit); err != nil {
			return t, err
		}
	}
	var err error
	t.Appointments, err = all(ctx, r.q, func(r row) (a meeting.Trace[meeting.Appointment], err error) {
		a.What, err = scanAppointment(r, &a.Meeting)
		return a, err
	}, traceRoles, identity, owner, limit)
	if err != nil {
		return t, err
	}
	t.Blocks, err = all(ctx, r.q, func(r row) (b meeting.Trace[meeting.Block], err error) {
		b.What, err = scanBlock(r, &b.Meeting)
		return b, err
	}, traceBlocks, identity, owner, limit)
	if err != nil {
		return t, err
	}
	t.Attendance, err = all(ctx, r.q, scanAttendance, traceAttendance, identity, owner, limit)
	if err != nil {
		return t, err
	}
	for _, query := range []string{traceActor, traceTarget} {
		entries, err := all(ctx, r.q, scanEntry, query, identity, owner, limit)
		if err != nil {
			return t, err
		}
		t.Audit = append(t.Audit, entries...)
	}
	return t, nil
}

// scope returns the owner whose meetings a key may look at, ” for all.
func scope(key string) string {
	if key == "" {
		return ""
	}
	return ownerText(meeting.Owner{Key: key})
}

// Erase implements meeting.Tx.
func (t tx) Erase(ctx context.Context, identity, key string) error {
	err := run(ctx, t.q, []string{
		`DELETE FROM roles WHERE identity = $1 AND ` + inMeeting,
		`DELETE FROM blocks WHERE identity = $1 AND ` + inMeeting,
		`DELETE FROM revocations WHERE identity = $1 AND ` + inMeeting,
		`DELETE FROM dead_letters WHERE identity = $1 AND ` + inRoom,
	}, identity, scope(key))
	if err != nil {
		return err
	}
	err = run(ctx, t.q, []string{
		`UPDATE attendance SET identity = $3, name = '' WHERE identity = $1 AND ` + inRoom,
		`UPDATE audit SET by_whom = $3 WHERE by_whom = $1 AND ` + inMeeting,
		`UPDATE audit SET target = $3 WHERE target = $1 AND ` + inMeeting,
		`UPDATE roles SET by_whom = $3 WHERE by_whom = $1 AND ` + inMeeting,
		`UPDATE blocks SET by_whom = $3 WHERE by_whom = $1 AND ` + inMeeting,
	}, identity, scope(key), meeting.Erased)
	if err != nil || key != "" {
		return err
	}
	if err := run(ctx, t.q, []string{
		`DELETE FROM people WHERE id = $1`,
		`DELETE FROM web_sessions WHERE person_id = $1`,
	}, identity); err != nil {
		return err
	}
	_, err = exec(ctx, t.q, `DELETE FROM idempotency WHERE owner = $1`, ownerText(meeting.Owner{Person: identity}))
	return err
}
