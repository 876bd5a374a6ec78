package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"database/sql"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"time"

	_ "modernc.org/sqlite" // the driver
)

//go:embed schema.sql
var schema string

// Defaults of deskConfig.
const (
	// defaultGrace lets a page be reloaded, a phone change networks, and a browser open its stream of events again.
	defaultGrace = 20 * time.Second
	// defaultArrivalGrace is how long somebody may take to come to where it is expected: a customer to its place in the queue, an agent
	// into the call that it has picked up.
	defaultArrivalGrace = 45 * time.Second
)

// deskConfig makes a desk. Data and Calls are required.
type deskConfig struct {
	// Data is the file of the database.
	Data  string
	Calls *calls
	// CustomerGrace and AgentGrace are how long somebody may be away before it counts as gone, ArrivalGrace how long it may take to
	// come; 0: the default.
	CustomerGrace, AgentGrace, ArrivalGrace time.Duration
	// HashRounds is how slow passwords are checked, 0: as slow as it should be. It is not to change while a database lives.
	HashRounds int
	// Now: nil for time.Now.
	Now func() time.Time
	// Logger: nil logs nothing.
	Logger *slog.Logger
}

// A desk is the queue, the agents and the calls between. Its state is in the database, whose transactions follow each other; who
// is there at the moment is in watch. It is safe for concurrent use.
type desk struct {
	db      *sql.DB
	calls   *calls
	watch   *watch
	changes *hub

	customerGrace, agentGrace, arrivalGrace time.Duration

	rounds int
	now    func() time.Time
	log    *slog.Logger
}

// openDesk opens the database, and expects those to come who were there when it was closed.
func openDesk(ctx context.Context, c deskConfig) (*desk, error) {
	d := &desk{
		calls: c.Calls, changes: newHub(),
		customerGrace: cmp.Or(c.CustomerGrace, defaultGrace),
		agentGrace:    cmp.Or(c.AgentGrace, defaultGrace),
		arrivalGrace:  cmp.Or(c.ArrivalGrace, defaultArrivalGrace),
		rounds:        cmp.Or(c.HashRounds, hashRounds),
		now:           c.Now, log: c.Logger,
	}
	if d.now == nil {
		d.now = time.Now
	}
	if d.log == nil {
		d.log = slog.New(slog.DiscardHandler)
	}
	pragmas := url.Values{"_pragma": {"journal_mode(WAL)", "foreign_keys(1)", "busy_timeout(5000)"}, "_txlock": {"immediate"}}
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: c.Data}).EscapedPath()+"?"+pragmas.Encode())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	d.db = db
	if _, err := db.ExecContext(ctx, schema); err != nil {
		return nil, errors.Join(fmt.Errorf("the database %s: %w", c.Data, err), db.Close())
	}
	d.watch = newWatch(d.gone)
	if err := d.resume(ctx); err != nil {
		d.close()
		return nil, err
	}
	return d, nil
}

// close ends what goes on and closes the database.
func (d *desk) close() {
	d.watch.close()
	if err := d.db.Close(); err != nil {
		d.log.Error("the database", "error", err)
	}
}

// resume takes up what another run of this program has left: a call that was about to be opened waits again, and everybody is
// expected.
func (d *desk) resume(ctx context.Context) error {
	if _, err := d.db.ExecContext(ctx, `UPDATE contacts SET `+backToFront+` WHERE state = 'opening'`); err != nil {
		return err
	}
	open, err := list(ctx, d.db, `SELECT id, customer, COALESCE(agent, '') FROM contacts WHERE state <> 'ended'`, func(r *sql.Rows) (c contact, err error) {
		return c, r.Scan(&c.ID, &c.Customer, &c.Agent)
	})
	for _, c := range open {
		d.watch.expect(customerKey(c.Customer), d.arrivalGrace)
		if c.Agent != "" {
			d.watch.expect(agentKey(c.Agent), d.arrivalGrace)
		}
	}
	return err
}

// write changes the database, and tells everybody who looks at it.
func (d *desk) write(ctx context.Context, change func(*sql.Tx) error) error {
	tx, err := d.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := change(tx); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	d.changes.changed()
	return nil
}

func (d *desk) millis() int64 { return d.now().UnixMilli() }

// querier is a database or a transaction.
type querier interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// list returns all rows of a query, never nil.
func list[T any](ctx context.Context, q querier, query string, scan func(*sql.Rows) (T, error), args ...any) ([]T, error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	all := []T{}
	for rows.Next() {
		one, err := scan(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, rows.Err()
}

// changedOne returns otherwise unless a statement has changed exactly one row.
func changedOne(r sql.Result, err, otherwise error) error {
	if err != nil {
		return err
	}
	if n, err := r.RowsAffected(); err != nil || n == 1 {
		return err
	}
	return otherwise
}

// newID returns 80 random bits, which nobody guesses.
func newID() string {
	b := make([]byte, 10)
	rand.Read(b)
	return hex.EncodeToString(b)
}

// Keys of watch.
func customerKey(customer string) string    { return "customer/" + customer }
func agentKey(agent string) string          { return "agent/" + agent }
func callKey(contact, agent string) string  { return "call/" + contact + "/" + agent }
func splitCallKey(key string) (c, a string) { c, a, _ = strings.Cut(key, "/"); return c, a }
