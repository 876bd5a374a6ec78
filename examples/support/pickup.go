package main

import (
	"context"
	"crypto/rand"
	"database/sql"
)

// secretSize is that of a meeting's secret (spec/e2ee.md).
const secretSize = 32

// pickUp gives a waiting customer to an agent, and opens their call. Of several agents who want the same one, one gets it, and the
// others errTaken. If the node can't be reached, the customer keeps the first place.
func (d *desk) pickUp(ctx context.Context, agent, id string) error {
	meeting, secret := "support-"+newID(), make([]byte, secretSize)
	rand.Read(secret)
	err := d.write(ctx, func(tx *sql.Tx) error {
		if err := mustBeIdle(ctx, tx, agent); err != nil {
			return err
		}
		r, err := tx.ExecContext(ctx, `UPDATE contacts SET state = 'opening', agent = ?, meeting = ?, secret = ?, picked = ?
			WHERE id = ? AND state = 'waiting'`, agent, meeting, secret, d.millis(), id)
		return changedOne(r, err, errTaken)
	})
	if err != nil {
		return err
	}
	// Whoever asked may be gone by now; the customer must not be left between the states.
	ctx = context.WithoutCancel(ctx)
	state := `state = 'talking'`
	failed := d.calls.open(ctx, meeting)
	if failed != nil {
		d.log.Error("no meeting", "error", failed)
		state = backToFront
	} else {
		d.watch.expect(callKey(id, agent), d.arrivalGrace)
	}
	err = d.write(ctx, func(tx *sql.Tx) error {
		r, err := tx.ExecContext(ctx, `UPDATE contacts SET `+state+` WHERE id = ? AND state = 'opening'`, id)
		return changedOne(r, err, errNoCall)
	})
	if failed != nil {
		return errNode
	}
	return err
}

// A pass is what a page needs to enter a call. The secret goes to the two who talk and to nobody else: the node, which carries the call,
// never gets it.
type pass struct {
	URL    string `json:"url"`
	Secret []byte `json:"secret"` // base64
	Token  string `json:"token"`
}

// admitCustomer and admitAgent return a new pass for the call that somebody has now. A page asks again whenever it has to enter anew.
func (d *desk) admitCustomer(ctx context.Context, customer string) (pass, error) {
	c, found, err := openContactOf(ctx, d.db, customer)
	if err != nil || !found || c.State != talking {
		return pass{}, orNoCall(err)
	}
	return d.admit(ctx, c, customerIdentity(customer))
}

func (d *desk) admitAgent(ctx context.Context, agent string) (pass, error) {
	c, found, err := callOf(ctx, d.db, agent)
	if err != nil || !found || c.State != talking {
		return pass{}, orNoCall(err)
	}
	return d.admit(ctx, c, agentIdentity(agent))
}

func (d *desk) admit(ctx context.Context, c contact, identity string) (pass, error) {
	token, err := d.calls.admit(ctx, c.Meeting, identity)
	if err != nil {
		d.log.Error("no token", "error", err)
		return pass{}, errNode
	}
	return pass{URL: d.calls.link(c.Meeting), Secret: c.Secret, Token: token}, nil
}

func orNoCall(err error) error {
	if err != nil {
		return err
	}
	return errNoCall
}

// Identities of people to the node.
func customerIdentity(customer string) string { return "customer-" + customer }
func agentIdentity(agent string) string       { return "agent-" + agent }
