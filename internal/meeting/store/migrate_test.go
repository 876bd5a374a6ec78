package store_test

import (
	"sync"
	"testing"

	"github.com/openconfab/confab/internal/meeting/store"
	"github.com/openconfab/confab/internal/meeting/store/pgtest"
)

// TestManyNodesStartAtOnce: an empty database that four nodes find at the same time.
func TestManyNodesStartAtOnce(t *testing.T) {
	const nodes = 4
	simultaneously := func(t *testing.T, open func() (*store.Store, error)) {
		var all sync.WaitGroup
		for range nodes {
			all.Go(func() {
				s, err := open()
				if err != nil {
					t.Error(err)
					return
				}
				if _, err := s.Key(t.Context()); err != nil {
					t.Error(err)
				}
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
	}
	t.Run("SQLite", func(t *testing.T) {
		folder := t.TempDir()
		simultaneously(t, func() (*store.Store, error) { return store.OpenSQLite(t.Context(), folder) })
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		address := pgtest.URL(t)
		simultaneously(t, func() (*store.Store, error) { return store.OpenPostgreSQL(t.Context(), address) })
	})
}

func TestWhatIsKeptSurvivesTheNode(t *testing.T) {
	folder := t.TempDir()
	s, err := store.OpenSQLite(t.Context(), folder)
	if err != nil {
		t.Fatal(err)
	}
	add(t, s, a("m"))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if got, err := sqlite(t, folder).Meeting(t.Context(), "m"); err != nil || got != a("m") {
		t.Errorf("got %+v, %v", got, err)
	}
}
