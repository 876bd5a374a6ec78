package main

import (
	"context"
	"errors"
	"slices"
	"time"
)

// endShown is how long a customer's page can ask how a contact has ended.
const endShown = 10 * time.Minute

// customerView is what a customer's page shows. Nobody else's name is in it but that of the agent.
type customerView struct {
	// Open: somebody is on duty.
	Open bool `json:"open"`
	// Wait is that of one who asks now, or of the customer in its place.
	Wait    estimate        `json:"wait"`
	Contact *customersTopic `json:"contact,omitempty"`
}

// customersTopic is a contact as its customer sees it.
type customersTopic struct {
	ID    string `json:"id"`
	State string `json:"state"` // waiting, talking or ended
	Name  string `json:"name"`
	Topic string `json:"topic"`
	// Position counts from 1 in the queue.
	Position int       `json:"position,omitempty"`
	Asked    time.Time `json:"asked"`
	// Returned: the customer was in a call before, whose agent has vanished.
	Returned bool         `json:"returned,omitempty"`
	Agent    *agentOfCall `json:"agent,omitempty"`
	// Meeting changes with every call.
	Meeting string     `json:"meeting,omitempty"`
	Outcome string     `json:"outcome,omitempty"`
	Picked  *time.Time `json:"picked,omitempty"`
	Ended   *time.Time `json:"ended,omitempty"`
}

// agentOfCall is who answers.
type agentOfCall struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Title string `json:"title"`
	// Here: it is in the call.
	Here bool `json:"here"`
}

// viewOfCustomer returns what the page of a customer shows; "" is one who has never asked.
func (d *desk) viewOfCustomer(ctx context.Context, customer string) (v customerView, err error) {
	tx, err := d.db.BeginTx(ctx, nil)
	if err != nil {
		return v, err
	}
	defer func() { err = errors.Join(err, tx.Rollback()) }()
	all, err := d.agents(ctx, tx)
	if err != nil {
		return v, err
	}
	waitingNow, err := queue(ctx, tx)
	if err != nil {
		return v, err
	}
	took, err := lengths(ctx, tx)
	if err != nil {
		return v, err
	}
	position := len(waitingNow) + 1
	c, found, err := findContact(ctx, tx, `WHERE c.customer = ? AND (c.state <> 'ended' OR c.ended > ?) ORDER BY c.asked DESC`,
		customer, d.now().Add(-endShown).UnixMilli())
	if err != nil {
		return v, err
	}
	if found {
		v.Contact = &customersTopic{
			ID: c.ID, State: c.State, Name: c.Name, Topic: c.Topic, Asked: c.Asked, Returned: c.Returned, Outcome: c.Outcome,
			Picked: given(c.Picked), Ended: given(c.Ended),
		}
		if i := slices.IndexFunc(waitingNow, func(w contact) bool { return w.ID == c.ID }); i >= 0 {
			position = i + 1
			v.Contact.Position = position
		}
		if c.State == opening {
			v.Contact.State, v.Contact.Position = waiting, 1
		}
		if c.State == talking {
			v.Contact.Meeting = c.Meeting
		}
		if c.Agent != "" && c.State != opening {
			if v.Contact.Agent, err = agentInCall(ctx, tx, all, c); err != nil {
				return v, err
			}
		}
	}
	free, duty := count(all)
	v.Open = duty > 0
	v.Wait = estimateFor(position, free, duty, took)
	return v, nil
}

// count returns how many agents are free, and how many on duty.
func count(all []agent) (freeNow, duty int) {
	for _, a := range all {
		if a.Status == free {
			freeNow++
		}
		if onDuty(a.Status) {
			duty++
		}
	}
	return freeNow, duty
}

func agentInCall(ctx context.Context, q querier, all []agent, c contact) (*agentOfCall, error) {
	i := slices.IndexFunc(all, func(a agent) bool { return a.ID == c.Agent })
	if i < 0 {
		return nil, nil
	}
	here, err := inCall(ctx, q, c.Meeting, agentIdentity(c.Agent))
	return &agentOfCall{ID: c.Agent, Name: all[i].Name, Title: all[i].Title, Here: here}, err
}

// given returns nil for no time.
func given(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
