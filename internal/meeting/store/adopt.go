package store

import (
	"context"
	"time"

	"github.com/openconfab/confab/internal/meeting"
)

// Adopt implements meeting.Tx.
func (t tx) Adopt(ctx context.Context, from, to string, at time.Time) ([]string, error) {
	before, after := ownerText(meeting.Owner{Person: from}), ownerText(meeting.Owner{Person: to})
	scan := func(r row) (id string, err error) {
		err = r.Scan(&id)
		return id, err
	}
	adopted, err := all(ctx, t.q, scan, `UPDATE meetings SET owner = $2, version = version + 1, updated_ms = $3
WHERE owner = $1 RETURNING id`, before, after, ms(at))
	if err != nil {
		return nil, err
	}
	return adopted, run(ctx, t.q, []string{
		`UPDATE roles SET identity = $2 WHERE identity = $1 AND NOT EXISTS
(SELECT 1 FROM roles r WHERE r.meeting_id = roles.meeting_id AND r.identity = $2)`,
		`UPDATE roles SET by_whom = $2 WHERE by_whom = $1`,
	}, from, to)
}
