package main

import (
	"context"
	"database/sql"
	"errors"
	"strings"
)

// A transfer hands a call to a colleague.
type transfer struct {
	ID, Contact, Sender, Receiver, Note, Answer string
	At                                          int64
}

const selectTransfer = `SELECT id, contact, sender, receiver, note, answer, at FROM transfers `

func findTransfer(ctx context.Context, q querier, where string, args ...any) (t transfer, found bool, err error) {
	err = q.QueryRowContext(ctx, selectTransfer+where+` LIMIT 1`, args...).
		Scan(&t.ID, &t.Contact, &t.Sender, &t.Receiver, &t.Note, &t.Answer, &t.At)
	if errors.Is(err, sql.ErrNoRows) {
		return transfer{}, false, nil
	}
	return t, err == nil, err
}

// offer asks a colleague who is free to take over the call that an agent holds.
func (d *desk) offer(ctx context.Context, agent, to, note string) error {
	note = strings.TrimSpace(note)
	if err := checkText("A note", note, maxNote); err != nil {
		return err
	}
	return d.write(ctx, func(tx *sql.Tx) error {
		c, found, err := callOf(ctx, tx, agent)
		if err != nil || !found || c.State != talking {
			return orNoCall(err)
		}
		if err := d.mustBeFree(ctx, tx, to); err != nil {
			return err
		}
		if err := withdraw(ctx, tx, c.ID); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO transfers (id, contact, sender, receiver, note, at) VALUES (?, ?, ?, ?, ?, ?)`,
			newID(), c.ID, agent, to, note, d.millis())
		return err
	})
}

// takeBack withdraws what an agent has offered.
func (d *desk) takeBack(ctx context.Context, agent string) error {
	return d.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE transfers SET answer = 'withdrawn' WHERE sender = ? AND answer = ''`, agent)
		return err
	})
}

// answer takes an offered call over, or declines it. The customer stays in the call, and so does who has offered it until the
// colleague is there.
func (d *desk) answer(ctx context.Context, agent, id string, accept bool) error {
	var contact string
	err := d.write(ctx, func(tx *sql.Tx) error {
		t, found, err := findTransfer(ctx, tx, `WHERE id = ? AND receiver = ? AND answer = ''`, id, agent)
		if err != nil || !found {
			return orNoCall(err)
		}
		if !accept {
			_, err := tx.ExecContext(ctx, `UPDATE transfers SET answer = 'declined' WHERE id = ?`, id)
			return err
		}
		if err := mustBeIdle(ctx, tx, agent); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE transfers SET answer = 'accepted' WHERE id = ?`, id); err != nil {
			return err
		}
		contact = t.Contact
		r, err := tx.ExecContext(ctx, `UPDATE contacts SET agent = ? WHERE id = ? AND agent = ? AND state = 'talking'`, agent, t.Contact, t.Sender)
		return changedOne(r, err, errNoCall)
	})
	if err == nil && accept {
		d.watch.expect(callKey(contact, agent), d.arrivalGrace)
	}
	return err
}

// takenOver ends a transfer whose receiver is in the call now, and shows the sender out: what it had to enter with is worth nothing
// any more.
func (d *desk) takenOver(ctx context.Context, c contact) error {
	var sender string
	err := d.write(ctx, func(tx *sql.Tx) error {
		t, found, err := findTransfer(ctx, tx, `WHERE contact = ? AND receiver = ? AND answer = 'accepted'`, c.ID, c.Agent)
		if err != nil || !found {
			return err
		}
		sender = t.Sender
		_, err = tx.ExecContext(ctx, `UPDATE transfers SET answer = 'completed' WHERE id = ?`, t.ID)
		return err
	})
	if err != nil || sender == "" {
		return err
	}
	d.watch.forget(callKey(c.ID, sender))
	return d.calls.remove(ctx, c.Meeting, agentIdentity(sender))
}
