package main

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"time"
)

// shownHistory is how many earlier calls of a customer an agent sees.
const shownHistory = 8

// agentView is what an agent's console shows.
type agentView struct {
	Me agent `json:"me"`
	// Available: it takes new calls.
	Available bool        `json:"available"`
	Agents    []agent     `json:"agents"` // the others
	Queue     []queued    `json:"queue"`
	Call      *agentsCall `json:"call,omitempty"`
	Incoming  *incoming   `json:"incoming,omitempty"`
	WrapUp    *agentsCall `json:"wrapUp,omitempty"`
	Today     today       `json:"today"`
	Now       time.Time   `json:"now"`
}

// queued is a customer who waits.
type queued struct {
	ID       string    `json:"id"`
	Name     string    `json:"name"`
	Topic    string    `json:"topic"`
	Page     string    `json:"page"`
	Asked    time.Time `json:"asked"`
	Away     bool      `json:"away"` // its page is closed; it may come back
	Returned bool      `json:"returned"`
	Earlier  int       `json:"earlier"` // calls before this
}

// agentsCall is the call of an agent, or the one that it has to write a note about.
type agentsCall struct {
	ID      string     `json:"id"`
	Name    string     `json:"name"`
	Topic   string     `json:"topic"`
	Page    string     `json:"page"`
	State   string     `json:"state"`
	Meeting string     `json:"meeting"`
	Outcome string     `json:"outcome"`
	Asked   time.Time  `json:"asked"`
	Picked  *time.Time `json:"picked,omitempty"`
	Ended   *time.Time `json:"ended,omitempty"`
	// CustomerHere: the customer is in the call.
	CustomerHere bool `json:"customerHere"`
	// Offer is the transfer that the agent waits for an answer to, or the one by which it is leaving.
	Offer *offer `json:"offer,omitempty"`
	// Handed are the notes with which the call was handed on, the oldest first.
	Handed  []handed  `json:"handed"`
	History []earlier `json:"history"`
}

// offer is a transfer as its sender sees it.
type offer struct {
	To     string `json:"to"` // name
	Answer string `json:"answer"`
}

// handed is a transfer that was accepted.
type handed struct {
	From string `json:"from"`
	Note string `json:"note"`
}

// incoming is a transfer as its receiver sees it.
type incoming struct {
	ID    string    `json:"id"`
	From  string    `json:"from"`
	Name  string    `json:"name"`
	Topic string    `json:"topic"`
	Note  string    `json:"note"`
	At    time.Time `json:"at"`
}

// earlier is a call that a customer has had.
type earlier struct {
	At      time.Time `json:"at"`
	Agent   string    `json:"agent"`
	Topic   string    `json:"topic"`
	Note    string    `json:"note"`
	Outcome string    `json:"outcome"`
	Seconds int       `json:"seconds"`
}

// today is how the day goes.
type today struct {
	Calls  int `json:"calls"`
	GaveUp int `json:"gaveUp"`
	// Wait is how long those who were picked up had waited, the median in seconds.
	Wait int `json:"wait"`
}

// viewOfAgent returns what the console of an agent shows.
func (d *desk) viewOfAgent(ctx context.Context, id string) (v agentView, err error) {
	tx, err := d.db.BeginTx(ctx, nil)
	if err != nil {
		return v, err
	}
	defer func() { err = errors.Join(err, tx.Rollback()) }()
	all, err := d.agents(ctx, tx)
	if err != nil {
		return v, err
	}
	me := slices.IndexFunc(all, func(a agent) bool { return a.ID == id })
	if me < 0 {
		return v, errSignIn
	}
	v.Now, v.Me, v.Agents = d.now().UTC().Truncate(time.Second), all[me], slices.Delete(slices.Clone(all), me, me+1)
	v.Available = v.Me.available
	names := make(map[string]string, len(all))
	for _, a := range all {
		names[a.ID] = a.Name
	}
	if v.Queue, err = d.queued(ctx, tx); err != nil {
		return v, err
	}
	if v.Call, err = d.callView(ctx, tx, id, names); err != nil {
		return v, err
	}
	if c, found, err := unwrapped(ctx, tx, id); err != nil {
		return v, err
	} else if found {
		if v.WrapUp, err = d.showCall(ctx, tx, c, names); err != nil {
			return v, err
		}
	}
	if v.Incoming, err = incomingOf(ctx, tx, id, names); err != nil {
		return v, err
	}
	v.Today, err = d.today(ctx, tx)
	return v, err
}

func (d *desk) queued(ctx context.Context, q querier) ([]queued, error) {
	waitingNow, err := queue(ctx, q)
	all := make([]queued, len(waitingNow))
	for i, c := range waitingNow {
		all[i] = queued{
			ID: c.ID, Name: c.Name, Topic: c.Topic, Page: c.Page, Asked: c.Asked, Returned: c.Returned,
			Away: !d.watch.here(customerKey(c.Customer)),
		}
		err = errors.Join(err, q.QueryRowContext(ctx, `SELECT COUNT(*) FROM contacts WHERE customer = ? AND picked IS NOT NULL`, c.Customer).
			Scan(&all[i].Earlier))
	}
	return all, err
}

// callView returns the call that an agent holds, or the one that it has handed over and is about to leave.
func (d *desk) callView(ctx context.Context, q querier, id string, names map[string]string) (*agentsCall, error) {
	c, found, err := callOf(ctx, q, id)
	if err != nil {
		return nil, err
	}
	if found {
		v, err := d.showCall(ctx, q, c, names)
		if err != nil {
			return nil, err
		}
		t, offered, err := findTransfer(ctx, q, `WHERE contact = ? AND sender = ? AND answer IN ('', 'declined') ORDER BY at DESC, rowid DESC`, c.ID, id)
		if offered {
			v.Offer = &offer{To: names[t.Receiver], Answer: t.Answer}
		}
		return v, err
	}
	t, leaving, err := findTransfer(ctx, q, `WHERE sender = ? AND answer = 'accepted'`, id)
	if err != nil || !leaving {
		return nil, err
	}
	if c, found, err = findContact(ctx, q, `WHERE c.id = ? AND c.state = 'talking'`, t.Contact); err != nil || !found {
		return nil, err
	}
	v, err := d.showCall(ctx, q, c, names)
	if err == nil {
		v.Offer = &offer{To: names[t.Receiver], Answer: t.Answer}
	}
	return v, err
}

func (d *desk) showCall(ctx context.Context, q querier, c contact, names map[string]string) (*agentsCall, error) {
	v := &agentsCall{
		ID: c.ID, Name: c.Name, Topic: c.Topic, Page: c.Page, State: c.State, Meeting: c.Meeting, Outcome: c.Outcome, Asked: c.Asked,
		Picked: given(c.Picked), Ended: given(c.Ended),
	}
	var err error
	if v.CustomerHere, err = inCall(ctx, q, c.Meeting, customerIdentity(c.Customer)); err != nil {
		return nil, err
	}
	v.Handed, err = list(ctx, q, `SELECT sender, note FROM transfers WHERE contact = ? AND answer IN ('accepted', 'completed') ORDER BY at, rowid`,
		func(r *sql.Rows) (h handed, err error) {
			err = r.Scan(&h.From, &h.Note)
			h.From = names[h.From]
			return h, err
		}, c.ID)
	if err != nil {
		return nil, err
	}
	v.History, err = list(ctx, q, `SELECT picked, COALESCE(agent, ''), topic, note, outcome, (ended - picked) / 1000 FROM contacts
		WHERE customer = ? AND id <> ? AND state = 'ended' AND picked IS NOT NULL ORDER BY picked DESC LIMIT ?`,
		func(r *sql.Rows) (e earlier, err error) {
			var at int64
			err = r.Scan(&at, &e.Agent, &e.Topic, &e.Note, &e.Outcome, &e.Seconds)
			e.At, e.Agent = moment(at), names[e.Agent]
			return e, err
		}, c.Customer, c.ID, shownHistory)
	return v, err
}

func incomingOf(ctx context.Context, q querier, id string, names map[string]string) (*incoming, error) {
	t, found, err := findTransfer(ctx, q, `WHERE receiver = ? AND answer = '' ORDER BY at`, id)
	if err != nil || !found {
		return nil, err
	}
	c, found, err := findContact(ctx, q, `WHERE c.id = ?`, t.Contact)
	if err != nil || !found {
		return nil, err
	}
	return &incoming{ID: t.ID, From: names[t.Sender], Name: c.Name, Topic: c.Topic, Note: t.Note, At: moment(t.At)}, nil
}

func (d *desk) today(ctx context.Context, q querier) (t today, err error) {
	now := d.now()
	midnight := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, now.Location()).UnixMilli()
	err = q.QueryRowContext(ctx, `SELECT COUNT(*) FROM contacts WHERE outcome = 'gave-up' AND ended >= ?`, midnight).Scan(&t.GaveUp)
	if err != nil {
		return t, err
	}
	waits, err := list(ctx, q, `SELECT picked - asked FROM contacts WHERE picked >= ? AND state = 'ended'`, func(r *sql.Rows) (time.Duration, error) {
		var millis int64
		err := r.Scan(&millis)
		return time.Duration(millis) * time.Millisecond, err
	}, midnight)
	t.Calls = len(waits)
	if len(waits) > 0 {
		slices.Sort(waits)
		t.Wait = int(quantile(waits, 0.5).Seconds())
	}
	return t, err
}
