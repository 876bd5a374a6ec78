package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/openconfab/confab/internal/meeting"
)

const (
	keyPrefix, personPrefix = "key:", "person:"
	// columns are those that scanMeeting reads.
	columns = `m.id, m.title, m.owner, m.starts_ms, m.ends_ms, m.time_zone, m.settings, m.version, m.created_ms, m.updated_ms, m.ended_ms`
)

const (
	selectMeeting  = `SELECT ` + columns + ` FROM meetings m WHERE m.id = $1`
	selectMeetings = `SELECT ` + columns + ` FROM meetings m
WHERE m.owner = $1 AND (m.created_ms, m.id) < ($2, $3) ORDER BY m.created_ms DESC, m.id DESC LIMIT $4`
	countMeetings  = `SELECT count(*) FROM meetings WHERE owner = $1 AND ended_ms = 0`
	selectStanding = `SELECT ` + columns + `, coalesce(r.role, 'member'), b.identity IS NOT NULL, coalesce(v.until_ms, 0)
FROM meetings m
LEFT JOIN roles r ON r.meeting_id = m.id AND r.identity = $2
LEFT JOIN blocks b ON b.meeting_id = m.id AND b.identity = $2
LEFT JOIN revocations v ON v.meeting_id = m.id AND v.identity = $2
WHERE m.id = $1`
)

func ownerText(o meeting.Owner) string {
	if o.Key != "" {
		return keyPrefix + o.Key
	}
	return personPrefix + o.Person
}

func parseOwner(text string) meeting.Owner {
	if key, ok := strings.CutPrefix(text, keyPrefix); ok {
		return meeting.Owner{Key: key}
	}
	return meeting.Owner{Person: strings.TrimPrefix(text, personPrefix)}
}

// scanMeeting reads columns, and what follows them into more.
func scanMeeting(r row, more ...any) (meeting.Meeting, error) {
	var m meeting.Meeting
	var owner, settings string
	var starts, ends, created, updated, ended int64
	to := append([]any{
		&m.ID, &m.Title, &owner, &starts, &ends, &m.TimeZone, &settings, &m.Version, &created, &updated, &ended,
	}, more...)
	if err := r.Scan(to...); errors.Is(err, sql.ErrNoRows) {
		return m, notFound("meeting")
	} else if err != nil {
		return m, err
	}
	m.Owner = parseOwner(owner)
	m.Starts, m.Ends, m.Created, m.Updated, m.Ended = at(starts), at(ends), at(created), at(updated), at(ended)
	if err := json.Unmarshal([]byte(settings), &m.Settings); err != nil {
		return m, fmt.Errorf("the settings of meeting %s: %w", m.ID, err)
	}
	return m, nil
}

// Meeting implements meeting.Reader.
func (r reader) Meeting(ctx context.Context, id string) (meeting.Meeting, error) {
	return scanMeeting(r.q.QueryRowContext(ctx, selectMeeting, id))
}

// Meetings implements meeting.Reader.
func (r reader) Meetings(ctx context.Context, o meeting.Owner, after meeting.Cursor, limit int) ([]meeting.Meeting, error) {
	ms, id := before(after)
	scan := func(r row) (meeting.Meeting, error) { return scanMeeting(r) }
	return all(ctx, r.q, scan, selectMeetings, ownerText(o), ms, id, limit)
}

// CountMeetings implements meeting.Reader.
func (r reader) CountMeetings(ctx context.Context, o meeting.Owner) (n int, err error) {
	err = r.q.QueryRowContext(ctx, countMeetings, ownerText(o)).Scan(&n)
	return n, err
}

// Standing implements meeting.Reader.
func (r reader) Standing(ctx context.Context, id, identity string) (s meeting.Standing, err error) {
	var revoked int64
	s.Meeting, err = scanMeeting(r.q.QueryRowContext(ctx, selectStanding, id, identity), &s.Role, &s.Blocked, &revoked)
	s.Revoked = at(revoked)
	return s, err
}

// AddMeeting implements meeting.Tx.
func (t tx) AddMeeting(ctx context.Context, m meeting.Meeting) error {
	settings, err := json.Marshal(m.Settings)
	if err != nil {
		return err
	}
	n, err := exec(ctx, t.q, `INSERT INTO meetings (id, title, owner, starts_ms, ends_ms, time_zone, settings, version,
created_ms, updated_ms, ended_ms, used_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT (id) DO NOTHING`,
		m.ID, m.Title, ownerText(m.Owner), ms(m.Starts), ms(m.Ends), m.TimeZone, string(settings), m.Version,
		ms(m.Created), ms(m.Updated), ms(m.Ended), used(m))
	if err == nil && n == 0 {
		return &meeting.Error{Code: meeting.CodeTaken, Message: "a meeting with this id is there already: choose another"}
	}
	return err
}

// used is when a meeting is used, as far as it says itself.
func used(m meeting.Meeting) int64 { return max(ms(m.Updated), ms(m.Starts), ms(m.Ends)) }

// ChangeMeeting implements meeting.Tx.
func (t tx) ChangeMeeting(ctx context.Context, m meeting.Meeting) error {
	settings, err := json.Marshal(m.Settings)
	if err != nil {
		return err
	}
	n, err := exec(ctx, t.q, `UPDATE meetings SET title = $3, owner = $4, starts_ms = $5, ends_ms = $6, time_zone = $7, settings = $8,
version = $9, updated_ms = $10, ended_ms = $11, used_ms = $12 WHERE id = $1 AND version = $2`,
		m.ID, m.Version-1, m.Title, ownerText(m.Owner), ms(m.Starts), ms(m.Ends), m.TimeZone, string(settings), m.Version,
		ms(m.Updated), ms(m.Ended), used(m))
	if err == nil && n == 0 {
		return &meeting.Error{Code: meeting.CodeVersion, Message: "somebody has changed the meeting: read it again"}
	}
	return err
}

// RemoveMeeting implements meeting.Tx. Who is still there stays noted until it has left.
func (t tx) RemoveMeeting(ctx context.Context, id string) error {
	return run(ctx, t.q, []string{
		`DELETE FROM meetings WHERE id = $1`, // what belongs to it refers to it
		`DELETE FROM attendance WHERE room = $1 AND left_ms > 0`,
	}, id)
}

// Remember implements meeting.Tx.
func (t tx) Remember(ctx context.Context, o meeting.Owner, key string, r meeting.Request) (meeting.Request, bool, error) {
	n, err := exec(ctx, t.q, `INSERT INTO idempotency (owner, key, digest, meeting_id, at_ms) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (owner, key) DO NOTHING`, ownerText(o), key, r.Digest, r.Meeting, ms(r.At))
	if err != nil || n == 1 {
		return r, false, err
	}
	var made int64
	err = t.q.QueryRowContext(ctx, `SELECT digest, meeting_id, at_ms FROM idempotency WHERE owner = $1 AND key = $2`,
		ownerText(o), key).Scan(&r.Digest, &r.Meeting, &made)
	r.At = at(made)
	return r, true, err
}
