package main

import (
	"context"
	"database/sql"
	"time"
)

// goneTimeout bounds what is done when somebody has gone.
const goneTimeout = 30 * time.Second

// agentGone takes an agent off duty whose console is closed. Its customer goes back to the front of the queue.
func (d *desk) agentGone(ctx context.Context, agent string) error {
	c, found, err := callOf(ctx, d.db, agent)
	if err != nil {
		return err
	}
	err = d.write(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `UPDATE transfers SET answer = 'declined' WHERE receiver = ? AND answer = ''`, agent); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `UPDATE agents SET available = 0 WHERE id = ?`, agent)
		return err
	})
	if err != nil || !found {
		return err
	}
	return d.returnToQueue(ctx, c.ID, agent)
}

// returnToQueue puts a customer at the front whose agent has vanished from the call.
func (d *desk) returnToQueue(ctx context.Context, id, agent string) error {
	c, found, err := findContact(ctx, d.db, `WHERE c.id = ? AND c.agent = ? AND c.state = 'talking'`, id, agent)
	if err != nil || !found {
		return err
	}
	returned := false
	err = d.write(ctx, func(tx *sql.Tx) error {
		r, err := tx.ExecContext(ctx, `UPDATE contacts SET `+backToFront+` WHERE id = ? AND agent = ? AND state = 'talking'`, id, agent)
		if err != nil {
			return err
		}
		n, err := r.RowsAffected()
		if err != nil || n == 0 {
			return err
		}
		returned = true
		return withdraw(ctx, tx, id)
	})
	if err != nil || !returned {
		return err
	}
	d.watch.forget(callKey(id, agent))
	d.closeCall(ctx, c.Meeting)
	return nil
}
