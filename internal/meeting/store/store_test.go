package store_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/openconfab/confab/internal/meeting"
	"github.com/openconfab/confab/internal/meeting/store"
	"github.com/openconfab/confab/internal/meeting/store/pgtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(pgtest.Main(m)) }

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// each runs a test on every kind of database.
func each(t *testing.T, test func(t *testing.T, s *store.Store)) {
	t.Helper()
	t.Run("SQLite", func(t *testing.T) { test(t, sqlite(t, t.TempDir())) })
	t.Run("memory", func(t *testing.T) { test(t, sqlite(t, "")) })
	t.Run("PostgreSQL", func(t *testing.T) { test(t, postgres(t, pgtest.URL(t))) })
}

// both runs a test that needs two stores of one database.
func both(t *testing.T, test func(t *testing.T, open func() *store.Store)) {
	t.Helper()
	t.Run("SQLite", func(t *testing.T) {
		folder := t.TempDir()
		test(t, func() *store.Store { return sqlite(t, folder) })
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		address := pgtest.URL(t)
		test(t, func() *store.Store { return postgres(t, address) })
	})
}

func sqlite(t testing.TB, folder string) *store.Store {
	t.Helper()
	s, err := store.OpenSQLite(t.Context(), folder)
	return opened(t, s, err)
}

func postgres(t testing.TB, address string) *store.Store {
	t.Helper()
	s, err := store.OpenPostgreSQL(t.Context(), address)
	return opened(t, s, err)
}

func opened(t testing.TB, s *store.Store, err error) *store.Store {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// write runs a transaction that must succeed.
func write(t testing.TB, s *store.Store, f func(ctx context.Context, tx meeting.Tx) error) {
	t.Helper()
	if err := s.Write(t.Context(), func(tx meeting.Tx) error { return f(t.Context(), tx) }); err != nil {
		t.Fatal(err)
	}
}

func wantCode(t testing.TB, err error, code meeting.Code) {
	t.Helper()
	if !errors.Is(err, &meeting.Error{Code: code}) {
		t.Errorf("error %v, want code %s", err, code)
	}
}

// a returns a meeting of an API key.
func a(id string) meeting.Meeting {
	return meeting.Meeting{
		ID: id, Title: "Sprechstunde", Owner: meeting.Owner{Key: "clinic"}, Starts: start, Ends: start.Add(time.Hour), TimeZone: "Europe/Berlin",
		Settings: meeting.DefaultSettings(meeting.Owner{Key: "clinic"}), Version: 1, Created: start, Updated: start,
	}
}

func add(t testing.TB, s *store.Store, meetings ...meeting.Meeting) {
	t.Helper()
	write(t, s, func(ctx context.Context, tx meeting.Tx) error {
		for _, m := range meetings {
			if err := tx.AddMeeting(ctx, m); err != nil {
				return err
			}
		}
		return nil
	})
}
