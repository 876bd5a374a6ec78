package main

import (
	"context"
	"database/sql"
	"strings"

	"github.com/openconfab/confab/webhook"
)

// heard takes what the node tells by webhook: who has come into a call, and who has left it. It may come more than once, and of calls
// that are over.
func (d *desk) heard(ctx context.Context, delivery webhook.Delivery) error {
	e := delivery.Event
	if e.Type != webhook.ParticipantJoined && e.Type != webhook.ParticipantLeft || e.Data.Participant == nil {
		return nil
	}
	p, present := e.Data.Participant, e.Type == webhook.ParticipantJoined
	c, found, err := findContact(ctx, d.db, `WHERE c.meeting = ?`, e.Data.Room)
	if err != nil || !found {
		return err
	}
	err = d.write(ctx, func(tx *sql.Tx) error {
		// A stay that has ended does not begin again, whatever comes late.
		_, err := tx.ExecContext(ctx, `INSERT INTO stays (session, meeting, identity, present) VALUES (?, ?, ?, ?)
			ON CONFLICT (session) DO UPDATE SET present = MIN(present, excluded.present)`, p.Session, e.Data.Room, p.Identity, present)
		return err
	})
	agent, isAgent := strings.CutPrefix(p.Identity, agentIdentity(""))
	if err != nil || !isAgent {
		return err
	}
	if present {
		d.watch.enter(callKey(c.ID, agent), p.Session)
	} else {
		d.watch.leave(callKey(c.ID, agent), p.Session, d.agentGrace)
	}
	if c.State == talking && c.Agent == agent && present {
		return d.takenOver(ctx, c)
	}
	return nil
}

// inCall reports who of a call's two is in it.
func inCall(ctx context.Context, q querier, meeting, identity string) (bool, error) {
	var n int
	err := q.QueryRowContext(ctx, `SELECT COUNT(*) FROM stays WHERE meeting = ? AND identity = ? AND present`, meeting, identity).Scan(&n)
	return n > 0, err
}
