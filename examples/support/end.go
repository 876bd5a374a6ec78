package main

import (
	"context"
	"database/sql"
	"strings"
)

// maxNote bounds what an agent writes about a call, in characters.
const maxNote = 2000

// leave takes a customer out of the queue, or ends its call.
func (d *desk) leave(ctx context.Context, customer string) error {
	c, found, err := openContactOf(ctx, d.db, customer)
	if err != nil || !found {
		return err
	}
	outcome := customerLeft
	if c.State == waiting {
		outcome = gaveUp
	}
	return d.finish(ctx, c, outcome)
}

// hangUp ends the call that an agent holds. One who has handed it over leaves it.
func (d *desk) hangUp(ctx context.Context, agent string) error {
	c, found, err := callOf(ctx, d.db, agent)
	if err != nil {
		return err
	}
	if !found {
		return d.write(ctx, func(tx *sql.Tx) error {
			_, err := tx.ExecContext(ctx, `UPDATE transfers SET answer = 'completed' WHERE sender = ? AND answer = 'accepted'`, agent)
			return err
		})
	}
	return d.finish(ctx, c, done)
}

// finish ends a contact, unless it has changed meanwhile. The secret of its call is forgotten.
func (d *desk) finish(ctx context.Context, c contact, outcome string) error {
	over := false
	err := d.write(ctx, func(tx *sql.Tx) error {
		r, err := tx.ExecContext(ctx, `UPDATE contacts SET state = 'ended', ended = ?, outcome = ?, secret = NULL
			WHERE id = ? AND state = ? AND COALESCE(agent, '') = ?`, d.millis(), outcome, c.ID, c.State, c.Agent)
		if err != nil {
			return err
		}
		n, err := r.RowsAffected()
		if err != nil || n == 0 {
			return err
		}
		over = true
		return withdraw(ctx, tx, c.ID)
	})
	if err != nil || !over {
		return err
	}
	d.watch.forget(callKey(c.ID, c.Agent))
	d.closeCall(ctx, c.Meeting)
	return nil
}

// withdraw ends a transfer that is under way.
func withdraw(ctx context.Context, tx *sql.Tx, contact string) error {
	_, err := tx.ExecContext(ctx, `UPDATE transfers SET answer = 'withdrawn' WHERE contact = ? AND answer IN ('', 'accepted')`, contact)
	return err
}

// closeCall ends a meeting for all. That it fails is for the log: its tokens end by themselves.
func (d *desk) closeCall(ctx context.Context, meeting string) {
	if meeting == "" {
		return
	}
	if err := d.calls.end(context.WithoutCancel(ctx), meeting); err != nil {
		d.log.Error("a call that is over could not be ended", "error", err)
	}
}

// wrapUp keeps the note about an agent's last call, after which it can pick up again.
func (d *desk) wrapUp(ctx context.Context, agent, id, note string) error {
	note = strings.TrimSpace(note)
	if err := checkText("A note", note, maxNote); err != nil {
		return err
	}
	return d.write(ctx, func(tx *sql.Tx) error {
		r, err := tx.ExecContext(ctx, `UPDATE contacts SET note = ?, wrapped = ? WHERE id = ? AND agent = ? AND state = 'ended'`,
			note, d.millis(), id, agent)
		return changedOne(r, err, errNoCall)
	})
}

// gone is called when somebody has not come back in time.
func (d *desk) gone(key string) {
	ctx, cancel := context.WithTimeout(context.Background(), goneTimeout)
	defer cancel()
	kind, who, _ := strings.Cut(key, "/")
	var err error
	switch kind {
	case "customer":
		err = d.leave(ctx, who)
	case "agent":
		err = d.agentGone(ctx, who)
	case "call":
		contact, agent := splitCallKey(who)
		err = d.returnToQueue(ctx, contact, agent)
	}
	if err != nil {
		d.log.Error("somebody has gone", "kind", kind, "error", err)
	}
}
