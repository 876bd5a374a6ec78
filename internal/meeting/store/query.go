package store

import (
	"context"
	"database/sql"
	"math"
	"math/rand/v2"
	"time"

	"github.com/openconfab/confab/internal/meeting"
)

// writeTries bounds how often a transaction is tried that others get into the way of.
const writeTries = 10

// querier is a database or a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

// reader implements meeting.Reader.
type reader struct{ q querier }

// tx implements meeting.Tx.
type tx struct{ reader }

// Write implements meeting.Store.
func (s *Store) Write(ctx context.Context, f func(meeting.Tx) error) error {
	return s.transact(ctx, func(t tx) error { return f(t) })
}

func (s *Store) transact(ctx context.Context, f func(tx) error) error {
	var err error
	for try := range writeTries {
		if err = s.try(ctx, f); !transient(err) {
			return err
		}
		select {
		case <-time.After(rand.N(time.Duration(try+1) * 10 * time.Millisecond)):
		case <-ctx.Done():
			return err
		}
	}
	return err
}

func (s *Store) try(ctx context.Context, f func(tx) error) error {
	t, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = t.Rollback() }() // nothing to do after a commit
	if err := f(tx{reader{t}}); err != nil {
		return err
	}
	return t.Commit()
}

// row is what a query returns one of.
type row interface{ Scan(to ...any) error }

// all returns every row of a query.
func all[T any](ctx context.Context, q querier, scan func(row) (T, error), query string, args ...any) ([]T, error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var items []T
	for rows.Next() {
		item, err := scan(rows)
		if err != nil {
			return nil, err
		}
		items = append(items, item)
	}
	return items, rows.Err()
}

// exec returns how many rows a statement has changed.
func exec(ctx context.Context, q querier, query string, args ...any) (int, error) {
	res, err := q.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, err
	}
	n, err := res.RowsAffected()
	return int(n), err
}

// run executes statements with the same arguments one after another.
func run(ctx context.Context, q querier, queries []string, args ...any) error {
	for _, query := range queries {
		if _, err := q.ExecContext(ctx, query, args...); err != nil {
			return err
		}
	}
	return nil
}

func ms(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func at(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// before returns what the items of a list that begins with the newest are less than.
func before(c meeting.Cursor) (ms int64, id string) {
	if c == (meeting.Cursor{}) {
		return math.MaxInt64, ""
	}
	return c.At.UnixMilli(), c.ID
}

func notFound(what string) error {
	return &meeting.Error{Code: meeting.CodeNotFound, Message: "there is no such " + what + ", or it is not yours"}
}
