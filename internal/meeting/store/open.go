package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/openconfab/confab/internal/meeting"
	"github.com/openconfab/confab/internal/meeting/outbox"
)

const (
	// fileName is the database's in its folder.
	fileName = "confab.db"
	// busyTimeout is how long SQLite waits for another process that writes.
	busyTimeout = 5 * time.Second
	// connections bounds those to PostgreSQL, readers those to SQLite, besides the one that writes.
	connections, readers = 16, 4
	// connectTimeout bounds opening a connection to PostgreSQL that says nothing of it.
	connectTimeout = 10 * time.Second
)

// A Store keeps meetings in a database. It is safe for concurrent use.
type Store struct {
	reader

	read, write *sql.DB
}

var (
	_ meeting.Store = (*Store)(nil)
	_ outbox.Queue  = (*Store)(nil)
)

// OpenSQLite opens, or makes, the database in a folder, which it makes too. A folder of "" stands for a database that is in memory
// until Close.
func OpenSQLite(ctx context.Context, folder string) (*Store, error) {
	if folder == "" {
		return openMemory(ctx)
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, err
	}
	path, err := filepath.Abs(filepath.Join(folder, fileName))
	if err != nil {
		return nil, err
	}
	// SQLite gives its other files the permissions of this one.
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := f.Close(); err != nil {
		return nil, err
	}
	name := (&url.URL{Scheme: "file", Path: path, RawQuery: pragmas("journal_mode(WAL)").Encode()}).String()
	write, err := sql.Open("sqlite", name)
	if err != nil {
		return nil, err
	}
	write.SetMaxOpenConns(1)
	if err := migrateSQLite(ctx, write); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", path, err), write.Close())
	}
	read, err := sql.Open("sqlite", name)
	if err != nil {
		return nil, errors.Join(err, write.Close())
	}
	read.SetMaxOpenConns(readers)
	return &Store{reader: reader{read}, read: read, write: write}, nil
}

// openMemory uses one connection, for each would be a database of its own.
func openMemory(ctx context.Context) (*Store, error) {
	db, err := sql.Open("sqlite", "file::memory:?"+pragmas().Encode())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	if err := migrateSQLite(ctx, db); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return &Store{reader: reader{db}, read: db, write: db}, nil
}

func pragmas(more ...string) url.Values {
	return url.Values{
		// A transaction waits for its turn when it begins, not when it first writes, when it would be too late.
		"_txlock": {"immediate"},
		"_pragma": append(more, fmt.Sprintf("busy_timeout(%d)", busyTimeout.Milliseconds()), "foreign_keys(1)"),
	}
}

// OpenPostgreSQL opens a database by its address, such as postgres://confab@db.example.com/confab. Errors do not hold the password.
func OpenPostgreSQL(ctx context.Context, address string) (*Store, error) {
	config, err := pgx.ParseConfig(address)
	if err != nil {
		return nil, errors.New("the address of the database is not like postgres://user:password@host/database")
	}
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = connectTimeout
	}
	db := stdlib.OpenDB(*config)
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	db.SetConnMaxIdleTime(5 * time.Minute)
	if err := migratePostgreSQL(ctx, db); err != nil {
		return nil, errors.Join(fmt.Errorf("PostgreSQL at %s: %w", config.Host, err), db.Close())
	}
	return &Store{reader: reader{db}, read: db, write: db}, nil
}

// Close closes the database. Nobody uses the Store any more.
func (s *Store) Close() error {
	if s.read == s.write {
		return s.write.Close()
	}
	return errors.Join(s.read.Close(), s.write.Close())
}

// transient reports whether a transaction failed only because of another one.
func transient(err error) bool {
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		const serialization, deadlock = "40001", "40P01"
		return pg.Code == serialization || pg.Code == deadlock
	}
	if lite, ok := errors.AsType[*sqlite.Error](err); ok {
		const primary = 0xff
		return lite.Code()&primary == sqlite3.SQLITE_BUSY
	}
	return false
}
