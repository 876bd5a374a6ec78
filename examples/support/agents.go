package main

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"errors"
	"net/http"
	"slices"
	"sync"
	"time"
)

const (
	// sessionLife is a shift.
	sessionLife = 12 * time.Hour
	// maxTries is how many wrong passwords an account takes before tryPause.
	maxTries = 5
	tryPause = time.Minute
)

// An agent answers customers.
type agent struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Title string `json:"title"`
	// Status is offline, away, free, call or note.
	Status string `json:"status"`

	available bool
}

// Statuses of an agent.
const (
	offline = "offline" // no console is open
	away    = "away"    // it takes no new calls
	free    = "free"
	onCall  = "call"
	noting  = "note" // it writes about the last call
)

// onDuty reports whether a status is that of one who will take calls.
func onDuty(status string) bool { return status != offline && status != away }

// mustBeIdle returns errBusy for an agent who can take no call: it holds or hands over one, or owes the note about the last.
func mustBeIdle(ctx context.Context, q querier, id string) error {
	var n int
	err := q.QueryRowContext(ctx, `SELECT
		(SELECT COUNT(*) FROM contacts WHERE agent = ?1 AND (state IN ('opening', 'talking') OR state = 'ended' AND wrapped IS NULL)) +
		(SELECT COUNT(*) FROM transfers WHERE sender = ?1 AND answer = 'accepted')`, id).Scan(&n)
	if err == nil && n > 0 {
		return errBusy
	}
	return err
}

// agents returns all of them, by name.
func (d *desk) agents(ctx context.Context, q querier) ([]agent, error) {
	return list(ctx, q, `SELECT id, name, title, available,
		EXISTS (SELECT 1 FROM contacts WHERE agent = agents.id AND state IN ('opening', 'talking'))
			OR EXISTS (SELECT 1 FROM transfers WHERE sender = agents.id AND answer = 'accepted'),
		EXISTS (SELECT 1 FROM contacts WHERE agent = agents.id AND state = 'ended' AND wrapped IS NULL)
		FROM agents ORDER BY name`, func(r *sql.Rows) (a agent, err error) {
		var calling, note bool
		err = r.Scan(&a.ID, &a.Name, &a.Title, &a.available, &calling, &note)
		switch {
		case !d.watch.here(agentKey(a.ID)):
			a.Status = offline
		case calling:
			a.Status = onCall
		case note:
			a.Status = noting
		case a.available:
			a.Status = free
		default:
			a.Status = away
		}
		return a, err
	})
}

// mustBeFree returns errNotFree for an agent who takes no call now.
func (d *desk) mustBeFree(ctx context.Context, q querier, id string) error {
	all, err := d.agents(ctx, q)
	if err == nil && !slices.ContainsFunc(all, func(a agent) bool { return a.ID == id && a.Status == free }) {
		return errNotFree
	}
	return err
}

// setAvailable says whether an agent takes new calls.
func (d *desk) setAvailable(ctx context.Context, id string, on bool) error {
	return d.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE agents SET available = ? WHERE id = ?`, on, id)
		return err
	})
}

// tries counts wrong passwords of accounts that there are. It is safe for concurrent use.
type tries struct {
	mu    sync.Mutex
	wrong map[string]int
	since map[string]time.Time
}

func newTries() *tries { return &tries{wrong: make(map[string]int), since: make(map[string]time.Time)} }

// take reports whether an account may be tried, and counts it.
func (t *tries) take(id string, now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if now.Sub(t.since[id]) > tryPause {
		t.wrong[id], t.since[id] = 0, now
	}
	t.wrong[id]++
	return t.wrong[id] <= maxTries
}

func (t *tries) forgive(id string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.wrong, id)
	delete(t.since, id)
}

var (
	errPassword = &problem{http.StatusUnauthorized, "wrong-password", "There is no agent with this name and password."}
	errTries    = &problem{http.StatusTooManyRequests, "too-many-tries", "Too many wrong passwords. Try again in a minute."}
)

// signIn returns a session's token, which is a secret of one browser.
func (d *desk) signIn(ctx context.Context, t *tries, id, password string) (string, error) {
	var kept []byte
	err := d.db.QueryRowContext(ctx, `SELECT password FROM agents WHERE id = ?`, id).Scan(&kept)
	if errors.Is(err, sql.ErrNoRows) {
		return "", errPassword
	}
	if err != nil {
		return "", err
	}
	if !t.take(id, d.now()) {
		return "", errTries
	}
	if !checkPassword(kept, password, d.rounds) {
		return "", errPassword
	}
	t.forgive(id)
	b := make([]byte, 32)
	rand.Read(b)
	token := hex.EncodeToString(b)
	return token, d.write(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM sessions WHERE expires < ?`, d.millis()); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO sessions (token, agent, expires) VALUES (?, ?, ?)`,
			hashed(token), id, d.now().Add(sessionLife).UnixMilli())
		return err
	})
}

// signOut ends a session, and takes its agent off duty.
func (d *desk) signOut(ctx context.Context, id, token string) error {
	if err := d.setAvailable(ctx, id, false); err != nil {
		return err
	}
	_, err := d.db.ExecContext(ctx, `DELETE FROM sessions WHERE token = ?`, hashed(token))
	return err
}

// session returns whose session a token is of.
func (d *desk) session(ctx context.Context, token string) (string, error) {
	var id string
	err := d.db.QueryRowContext(ctx, `SELECT agent FROM sessions WHERE token = ? AND expires > ?`, hashed(token), d.millis()).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return "", errSignIn
	}
	return id, err
}
