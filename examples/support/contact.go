package main

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

// States of a contact.
const (
	waiting = "waiting"
	opening = "opening" // an agent has picked it up, the node is asked for a meeting
	talking = "talking"
	ended   = "ended"
)

// Outcomes of a contact that has ended.
const (
	done         = "done"
	customerLeft = "customer-left" // in the middle of the call
	gaveUp       = "gave-up"       // in the queue
)

// A contact is one request of a customer for a talk.
type contact struct {
	ID, Customer, Name, Topic, Page, State string
	Asked                                  time.Time
	Returned                               bool
	Agent, Meeting                         string
	Secret                                 []byte
	Picked, Ended, Wrapped                 time.Time
	Outcome, Note                          string
}

const selectContact = `SELECT c.id, c.customer, u.name, c.topic, c.page, c.state, c.asked, c.returned, COALESCE(c.agent, ''),
	COALESCE(c.meeting, ''), c.secret, COALESCE(c.picked, 0), COALESCE(c.ended, 0), COALESCE(c.wrapped, 0), c.outcome, c.note
	FROM contacts c JOIN customers u ON u.id = c.customer `

// queueOrder is who comes first: those whom an agent has lost, then those who have waited longest.
const queueOrder = ` ORDER BY c.returned DESC, c.asked, c.id`

// backToFront puts a contact at the front of the queue, and ends what it had of a call.
const backToFront = `state = 'waiting', returned = 1, agent = NULL, meeting = NULL, secret = NULL, picked = NULL`

func scanContact(r interface{ Scan(...any) error }) (c contact, err error) {
	var asked, picked, over, wrapped int64
	err = r.Scan(&c.ID, &c.Customer, &c.Name, &c.Topic, &c.Page, &c.State, &asked, &c.Returned, &c.Agent, &c.Meeting, &c.Secret,
		&picked, &over, &wrapped, &c.Outcome, &c.Note)
	c.Asked, c.Picked, c.Ended, c.Wrapped = moment(asked), moment(picked), moment(over), moment(wrapped)
	return c, err
}

func scanContacts(r *sql.Rows) (contact, error) { return scanContact(r) }

// moment is a time of the database; 0 is none.
func moment(millis int64) time.Time {
	if millis == 0 {
		return time.Time{}
	}
	return time.UnixMilli(millis).UTC()
}

// findContact returns the first contact that a condition holds for; found is false if there is none.
func findContact(ctx context.Context, q querier, where string, args ...any) (c contact, found bool, err error) {
	c, err = scanContact(q.QueryRowContext(ctx, selectContact+where+" LIMIT 1", args...))
	if errors.Is(err, sql.ErrNoRows) {
		return contact{}, false, nil
	}
	return c, err == nil, err
}

func openContactOf(ctx context.Context, q querier, customer string) (contact, bool, error) {
	return findContact(ctx, q, `WHERE c.customer = ? AND c.state <> 'ended'`, customer)
}

// callOf returns the call that an agent holds.
func callOf(ctx context.Context, q querier, agent string) (contact, bool, error) {
	return findContact(ctx, q, `WHERE c.agent = ? AND c.state IN ('opening', 'talking')`, agent)
}

// unwrapped returns the latest call that an agent still has to write a note about.
func unwrapped(ctx context.Context, q querier, agent string) (contact, bool, error) {
	return findContact(ctx, q, `WHERE c.agent = ? AND c.state = 'ended' AND c.wrapped IS NULL ORDER BY c.ended DESC`, agent)
}

// queue returns those who wait, who comes first first.
func queue(ctx context.Context, q querier) ([]contact, error) {
	return list(ctx, q, selectContact+`WHERE c.state = 'waiting'`+queueOrder, scanContacts)
}
