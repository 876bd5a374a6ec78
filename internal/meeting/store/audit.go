package store

import (
	"context"

	"github.com/openconfab/confab/internal/meeting"
)

const auditColumns = `id, at_ms, meeting_id, by_whom, action, target, detail`

const selectAudit = `SELECT ` + auditColumns + ` FROM audit
WHERE meeting_id = $1 AND (at_ms, id) < ($2, $3) ORDER BY at_ms DESC, id DESC LIMIT $4`

func scanEntry(r row) (e meeting.Entry, err error) {
	var made int64
	err = r.Scan(&e.ID, &made, &e.Meeting, &e.By, &e.Action, &e.Target, &e.Detail)
	e.At = at(made)
	return e, err
}

// Audit implements meeting.Reader.
func (r reader) Audit(ctx context.Context, id string, after meeting.Cursor, limit int) ([]meeting.Entry, error) {
	ms, last := before(after)
	return all(ctx, r.q, scanEntry, selectAudit, id, ms, last, limit)
}

// Log implements meeting.Tx.
func (t tx) Log(ctx context.Context, e meeting.Entry) error {
	_, err := exec(ctx, t.q, `INSERT INTO audit (`+auditColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		e.ID, ms(e.At), e.Meeting, e.By, e.Action, e.Target, e.Detail)
	return err
}
