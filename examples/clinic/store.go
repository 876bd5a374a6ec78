package main

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/pressly/goose/v3"
	_ "modernc.org/sqlite" // the driver "sqlite"
)

//go:embed migrations/*.sql
var migrations embed.FS

// errNone: there is no such thing.
var errNone = errors.New("clinic: there is no such thing")

// A store keeps doctors, appointments and documents in SQLite. It is safe for concurrent use.
type store struct{ db *sql.DB }

// openStore opens the database in a folder, and makes both if they are not there. A folder of "" keeps everything in memory.
func openStore(ctx context.Context, folder string) (*store, error) {
	location := ":memory:"
	if folder != "" {
		if err := os.MkdirAll(folder, 0o700); err != nil {
			return nil, err
		}
		location = filepath.Join(folder, "clinic.db")
	}
	pragmas := url.Values{"_txlock": {"immediate"}, "_pragma": {"foreign_keys(1)", "busy_timeout(5000)", "journal_mode(WAL)"}}
	db, err := sql.Open("sqlite", "file:"+location+"?"+pragmas.Encode())
	if err != nil {
		return nil, err
	}
	// One connection: a clinic has few writers, and a database in memory is its connection's.
	db.SetMaxOpenConns(1)
	files, err := fs.Sub(migrations, "migrations")
	if err == nil {
		var p *goose.Provider
		if p, err = goose.NewProvider(goose.DialectSQLite3, db, files, goose.WithDisableGlobalRegistry(true)); err == nil {
			_, err = p.Up(ctx)
		}
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("the clinic's database: %w", err), db.Close())
	}
	return &store{db: db}, nil
}

func (s *store) close() error { return s.db.Close() }

// change runs a statement that is to change exactly one row, and returns errNone when there is none to change.
func (s *store) change(ctx context.Context, statement string, args ...any) error {
	result, err := s.db.ExecContext(ctx, statement, args...)
	if err != nil {
		return err
	}
	changed, err := result.RowsAffected()
	if err == nil && changed == 0 {
		err = errNone
	}
	return err
}

// collect reads all rows of a query.
func collect[T any](ctx context.Context, s *store, scan func(*sql.Rows) (T, error), query string, args ...any) ([]T, error) {
	rows, err := s.db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []T
	for rows.Next() {
		one, err := scan(rows)
		if err != nil {
			return nil, err
		}
		list = append(list, one)
	}
	return list, rows.Err()
}

// one reads the only row of a query, and returns errNone when there is none.
func one[T any](ctx context.Context, s *store, scan func(*sql.Rows) (T, error), query string, args ...any) (T, error) {
	list, err := collect(ctx, s, scan, query, args...)
	if err == nil && len(list) == 0 {
		err = errNone
	}
	if err != nil {
		var none T
		return none, err
	}
	return list[0], nil
}

// millis is how the database has a time; 0 is the zero time.
func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func moment(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}
