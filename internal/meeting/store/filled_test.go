package store

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/openconfab/confab/internal/meeting/store/pgtest"
)

// fill are the statements, the same for both databases, that make, if there are to be 1,000 meetings, those of which 600 are of one API key. In each 50 were, 5
// are blocked, 20 entries are in the audit log; 100 are live, and of 500 webhooks wait. 20,000 more are of others.
var fill = []string{
	`INSERT INTO meetings SELECT 'm-' || m, 'Meeting ' || m, CASE WHEN m < 600 THEN 'key:clinic' ELSE 'person:p-' || (m % 40) END,
  0, 0, 'Europe/Berlin', '{}', 1, 1700000000000 + m * 1000, 1700000000000, CASE WHEN m % 5 = 0 THEN 1700000000000 + m ELSE 0 END,
  1700000000000 + m * 1000 FROM numbers_m`,
	`INSERT INTO meetings SELECT 'o-' || m || '-' || p, 'Other', 'key:k-' || p, 0, 0, '', '{}', 1, 1700000000000 + m * 1000, 1700000000000, 0,
  1700000000000 FROM numbers_m, numbers_p WHERE p < 20`,
	`INSERT INTO attendance SELECT 's-' || m || '-' || p, 'm-' || m, 'id-' || ((m * 7 + p) % 5000), 'Name ' || p, 'n-' || (m % 3),
  1700000000000 + m * 1000 + p, CASE WHEN m < 900 THEN 1700000100000 + m * 1000 + p ELSE 0 END, 'left', FALSE FROM numbers_m, numbers_p WHERE p < 50`,
	`INSERT INTO revoked_tokens SELECT 'm-' || m, 'jti-' || p, 1700000000000 FROM numbers_m, numbers_p WHERE p < 5`,
	`INSERT INTO presence SELECT 'm-' || m, 50 FROM numbers_m WHERE m >= 900`,
	`INSERT INTO roles SELECT 'm-' || m, 'id-' || ((m * 7 + p) % 5000), 'host', 'key:clinic', 1700000000000 FROM numbers_m, numbers_p WHERE p < 3`,
	`INSERT INTO blocks SELECT 'm-' || m, 'id-' || ((m * 7 + p) % 5000), 'key:clinic', 1700000000000 FROM numbers_m, numbers_p WHERE p < 5`,
	`INSERT INTO revocations SELECT 'm-' || m, 'id-' || ((m * 7 + p) % 5000), 1700000000000 FROM numbers_m, numbers_p WHERE p < 5`,
	`INSERT INTO audit SELECT 'a-' || m || '-' || p, 1700000000000 + m * 1000 + p, 'm-' || m, 'id-' || ((m * 7 + p) % 5000), 'mute',
  'id-' || ((m * 3 + p) % 5000), '' FROM numbers_m, numbers_p WHERE p < 20`,
	`INSERT INTO lanes SELECT 'e-' || p, 'm-' || m, 100, CASE WHEN m < 500 THEN 100 ELSE 98 END, 0, 1700000000000 + m, ''
  FROM numbers_m, numbers_p WHERE p < 2`,
	`INSERT INTO messages SELECT 'e-' || p, 'm-' || m, 99 + p, 'msg-' || m, 'id-1', digest, 1700000000000
  FROM numbers_m, numbers_p, idempotency WHERE p < 2 AND m >= 500`,
	`INSERT INTO people SELECT 'p-' || m, 'Name', 'a@b.c', 1700000000000 + m FROM numbers_m`,
	`INSERT INTO nodes SELECT 'n-' || p, 1800000000000 FROM numbers_p WHERE p < 3`,
}

// databases are both kinds, filled with so many meetings.
func databases(t testing.TB, inSQLite, inPostgreSQL int) map[string]*Store {
	t.Helper()
	lite, err := OpenSQLite(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	postgres, err := OpenPostgreSQL(t.Context(), pgtest.URL(t))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]*Store{"SQLite": lite, "PostgreSQL": postgres}
	counts := map[string]int{"SQLite": inSQLite, "PostgreSQL": inPostgreSQL}
	for name, s := range all {
		t.Cleanup(func() {
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
		if err := s.transact(t.Context(), func(t tx) error { return fillAll(t, counts[name]) }); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if _, err := s.write.ExecContext(t.Context(), "ANALYZE"); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	return all
}

func fillAll(t tx, meetings int) error {
	ctx := context.Background()
	_, err := t.q.ExecContext(ctx, `INSERT INTO idempotency VALUES ('key:clinic', 'k', $1, 'm-1', 1700000000000)`, []byte("digest"))
	if err != nil {
		return err
	}
	for i := range meetings {
		_, err := t.q.ExecContext(ctx, insertSession, fmt.Append(nil, "hash-", i), fmt.Sprint("p-", i), false, 1, 1800000000000, 1, []byte("sealed"))
		if err != nil {
			return err
		}
	}
	for _, statement := range fill {
		into, query, _ := strings.Cut(statement, " SELECT ")
		_, err := t.q.ExecContext(ctx, fmt.Sprintf(`%s WITH RECURSIVE
numbers_m(m) AS (SELECT 0 UNION ALL SELECT m + 1 FROM numbers_m WHERE m < %d),
numbers_p(p) AS (SELECT 0 UNION ALL SELECT p + 1 FROM numbers_p WHERE p < 49) SELECT %s`, into, meetings-1, query))
		if err != nil {
			return err
		}
	}
	return nil
}

// queries are those that somebody waits for, with arguments that find much.
var queries = map[string]struct {
	query string
	args  []any
}{
	"meeting":            {selectMeeting, []any{"m-500"}},
	"meetings of a key":  {selectMeetings, []any{"key:clinic", int64(1700000300000), "m-300", 201}},
	"meetings of person": {selectMeetings, []any{"person:p-7", int64(1800000000000), "", 201}},
	"count meetings":     {countMeetings, []any{"key:clinic"}},
	"join":               {selectStanding, []any{"m-500", "id-3501"}},
	"token":              {selectRevokedToken, []any{"m-500", "jti-3"}},
	"appointments":       {selectAppointments, []any{"m-500", "", 201}},
	"blocks":             {selectBlocks, []any{"m-500", "", 201}},
	"attendance":         {selectAttendance, []any{"m-500", int64(1800000000000), "", 201}},
	"audit":              {selectAudit, []any{"m-500", int64(1800000000000), "", 201}},
	"lapsed":             {selectLapsed, []any{int64(1700000000000), 256}},
	"claim":              {claimLanes, []any{"e-1", int64(1800000000000), 16, int64(1800000030000), "worker"}},
	"message":            {selectMessage, []any{"e-1", "m-960", int64(100)}},
	"web session":        {selectSession, []any{[]byte("hash-7"), int64(1700000000000)}},
	"roles of somebody":  {traceRoles, []any{"id-7", "", 10000}},
	"blocks of somebody": {traceBlocks, []any{"id-7", "key:clinic", 10000}},
	"stays of somebody":  {traceAttendance, []any{"id-7", "key:clinic", 10000}},
	"acts of somebody":   {traceActor, []any{"id-7", "", 10000}},
	"acts on somebody":   {traceTarget, []any{"id-7", "", 10000}},
}
