package store

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

// Files are applied in the order of their numbers and never changed once they are released.
//
//go:embed migrations/*.sql
var migrations embed.FS

// migrationLock is the advisory lock that a node holds while it changes the schema ("confab" in ASCII).
const migrationLock = 0x636f6e666162

// migrateTries bounds how often a node finds that another process has just changed the schema of a SQLite file.
const migrateTries = 20

func migratePostgreSQL(ctx context.Context, db *sql.DB) error {
	locker, err := lock.NewPostgresSessionLocker(
		lock.WithLockID(migrationLock),
		lock.WithLockTimeout(1, 60), // every second, for a minute
		lock.WithUnlockTimeout(1, 5),
	)
	if err != nil {
		return err
	}
	return migrate(ctx, goose.DialectPostgres, db, goose.WithSessionLocker(locker))
}

// migrateSQLite needs no lock: each migration is a transaction, and when another process has been faster, it fails and the next look
// finds it done.
func migrateSQLite(ctx context.Context, db *sql.DB) error {
	var err error
	for range migrateTries {
		if err = migrate(ctx, goose.DialectSQLite3, db); err == nil {
			return nil
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return err
}

func migrate(ctx context.Context, dialect goose.Dialect, db *sql.DB, more ...goose.ProviderOption) error {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(dialect, db, files, append(more, goose.WithDisableGlobalRegistry(true), goose.WithTableName("schema_version"))...)
	if err != nil {
		return err
	}
	current, target, err := p.GetVersions(ctx)
	if err == nil && current > target {
		return fmt.Errorf("the database is of a newer version of Confab (schema %d, this is for %d): update this node", current, target)
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("the schema could not be brought up to date: %w", err)
	}
	return nil
}
