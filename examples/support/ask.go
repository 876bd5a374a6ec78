package main

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"net/http"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Limits of what a customer says, and of how many may wait: no desk works off more in a day.
const (
	maxName   = 60  // characters
	maxTopic  = 280 // characters
	maxPage   = 80  // characters
	maxQueued = 200
)

// A question is what a customer asks for a talk with. Nothing of it has to be said.
type question struct {
	Name  string `json:"name"`
	Topic string `json:"topic"`
	Page  string `json:"page"` // what the customer looks at
}

func (q *question) check() error {
	q.Name, q.Topic, q.Page = strings.TrimSpace(q.Name), strings.TrimSpace(q.Topic), strings.TrimSpace(q.Page)
	for _, field := range []struct {
		what, text string
		longest    int
	}{{"A name", q.Name, maxName}, {"A topic", q.Topic, maxTopic}, {"A page", q.Page, maxPage}} {
		if err := checkText(field.what, field.text, field.longest); err != nil {
			return err
		}
	}
	if q.Name == "" {
		q.Name = "Guest"
	}
	return nil
}

func checkText(what, text string, longest int) error {
	unprintable := func(r rune) bool { return !unicode.IsPrint(r) && r != '\n' }
	if !utf8.ValidString(text) || utf8.RuneCountInString(text) > longest || strings.ContainsFunc(text, unprintable) {
		return invalid("%s has at most %d characters, and no control characters.", what, longest)
	}
	return nil
}

// customer returns who holds a key, "" if nobody does.
func (d *desk) customer(ctx context.Context, key string) (string, error) {
	if key == "" {
		return "", nil
	}
	var id string
	err := d.db.QueryRowContext(ctx, `SELECT id FROM customers WHERE key = ?`, hashed(key)).Scan(&id)
	if err == sql.ErrNoRows {
		return "", nil
	}
	return id, err
}

// hashed is what the database keeps of a key that somebody has.
func hashed(key string) []byte {
	sum := sha256.Sum256([]byte(key))
	return sum[:]
}

// ask puts a customer into the queue. One who has no key yet gets it from here; it is all that tells customers apart.
func (d *desk) ask(ctx context.Context, key string, q question) (string, error) {
	if err := q.check(); err != nil {
		return "", err
	}
	id, err := d.customer(ctx, key)
	if err != nil {
		return "", err
	}
	err = d.write(ctx, func(tx *sql.Tx) error {
		var queued int
		if err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM contacts WHERE state = 'waiting'`).Scan(&queued); err != nil {
			return err
		}
		if queued >= maxQueued {
			return &problem{http.StatusServiceUnavailable, "queue-full", "Very many people are waiting. Please try again later."}
		}
		if id == "" {
			id, key = newID(), newID()+newID()
			if _, err := tx.ExecContext(ctx, `INSERT INTO customers (id, key, name) VALUES (?, ?, ?)`, id, hashed(key), q.Name); err != nil {
				return err
			}
		} else if _, err := tx.ExecContext(ctx, `UPDATE customers SET name = ? WHERE id = ?`, q.Name, id); err != nil {
			return err
		}
		if _, open, err := openContactOf(ctx, tx, id); err != nil || open {
			return err // it asks again from another tab
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO contacts (id, customer, topic, page, state, asked) VALUES (?, ?, ?, ?, 'waiting', ?)`,
			newID(), id, q.Topic, q.Page, d.millis())
		return err
	})
	if err != nil {
		return "", err
	}
	d.watch.expect(customerKey(id), d.arrivalGrace)
	return key, nil
}

// look says which page of the shop a customer looks at.
func (d *desk) look(ctx context.Context, customer, page string) error {
	if err := checkText("A page", page, maxPage); err != nil {
		return err
	}
	return d.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE contacts SET page = ? WHERE customer = ? AND state <> 'ended'`, page, customer)
		return err
	})
}
