package outbox_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/openconfab/confab/internal/meeting"
	"github.com/openconfab/confab/internal/meeting/outbox"
	"github.com/openconfab/confab/internal/meeting/store"
	"github.com/openconfab/confab/internal/meeting/store/pgtest"
	"github.com/openconfab/confab/webhook"
)

// Variables that make this binary a node that delivers until it is killed, and print "ready".
const childDatabase, childURL, childSecret = "CONFAB_TEST_OUTBOX_DATABASE", "CONFAB_TEST_OUTBOX_URL", "CONFAB_TEST_OUTBOX_SECRET"

func TestMain(m *testing.M) {
	if os.Getenv(childURL) != "" {
		if err := child(context.Background()); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	goleak.VerifyTestMain(pgtest.Main(m))
}

func child(ctx context.Context) error {
	s, err := open(ctx, os.Getenv(childDatabase))
	if err != nil {
		return err
	}
	secret, err := webhook.ParseSecret(os.Getenv(childSecret))
	if err != nil {
		return err
	}
	d, err := outbox.New(outbox.Config{Queue: s, Endpoints: []outbox.Endpoint{{URL: os.Getenv(childURL), Secret: secret}}})
	if err != nil {
		return err
	}
	d.Run(ctx)
	return nil
}

// open opens a database by the address of PostgreSQL or the folder of SQLite.
func open(ctx context.Context, database string) (*store.Store, error) {
	if strings.HasPrefix(database, "postgres:") {
		return store.OpenPostgreSQL(ctx, database)
	}
	return store.OpenSQLite(ctx, database)
}

func opened(t *testing.T, database string) *store.Store {
	t.Helper()
	s, err := open(t.Context(), database)
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

// each runs a test on both databases.
func each(t *testing.T, test func(t *testing.T, database string)) {
	t.Helper()
	t.Run("SQLite", func(t *testing.T) { test(t, t.TempDir()) })
	t.Run("PostgreSQL", func(t *testing.T) { test(t, pgtest.URL(t)) })
}

// clock is one that tests set.
type clock struct {
	mu    sync.Mutex
	ahead time.Duration
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.ahead)
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ahead += d
}

// receiver is an endpoint.
type receiver struct {
	outbox.Endpoint

	// got are the deliveries that were verified, in the order of their beginning.
	got chan webhook.Delivery
	// answer decides what becomes of one; nil takes all.
	answer func(d webhook.Delivery) error
}

func listen(t *testing.T, answer func(d webhook.Delivery) error) *receiver {
	t.Helper()
	r := &receiver{got: make(chan webhook.Delivery, 1000), answer: answer}
	r.Secret = webhook.NewSecret()
	server := httptest.NewServer(&webhook.Receiver{
		Secrets:   []webhook.Secret{r.Secret},
		Tolerance: 24 * time.Hour, // tests set the clock
		Received: func(_ context.Context, d webhook.Delivery) error {
			r.got <- d
			if r.answer == nil {
				return nil
			}
			return r.answer(d)
		},
		Refused: func(_ *http.Request, err error) { t.Error(err) },
	})
	t.Cleanup(server.Close)
	r.URL = server.URL
	return r
}

// run runs a Deliverer until the test ends.
func run(t *testing.T, c outbox.Config) *outbox.Deliverer {
	t.Helper()
	d, err := outbox.New(c)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { d.Run(ctx) })
	t.Cleanup(func() {
		cancel()
		running.Wait()
	})
	return d
}

// send puts messages of a room into the queue: their ids are the room's and numbers from first to last.
func send(t *testing.T, s *store.Store, e outbox.Endpoint, room string, first, last int) {
	t.Helper()
	err := s.Write(t.Context(), func(tx meeting.Tx) error {
		for i := first; i <= last; i++ {
			m := meeting.Message{
				ID: id(room, i), Room: room, At: time.Now(),
				Payload: fmt.Appendf(nil, `{"type":"room.started","timestamp":"2027-01-15T08:00:00Z","data":{"room":%q}}`, room),
			}
			if err := tx.Send(t.Context(), []string{e.ID()}, m); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func id(room string, i int) string { return fmt.Sprintf("%s_%03d", room, i) }
