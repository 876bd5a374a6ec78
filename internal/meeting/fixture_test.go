package meeting_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/openconfab/confab/internal/meeting"
	"github.com/openconfab/confab/internal/meeting/store"
	"github.com/openconfab/confab/token"
	"github.com/openconfab/confab/webhook"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// Callers of the tests.
var (
	clinic = meeting.Caller{Key: "clinic"}
	rival  = meeting.Caller{Key: "rival"}
	ann    = meeting.Caller{Person: "person-ann", Name: "Ann"}
	bob    = meeting.Caller{Person: "person-bob", Name: "Bob"}
	guest  = meeting.Caller{Person: "guest-1", Guest: true, Name: "Gast"}
)

// fixture is a Service on a real database.
type fixture struct {
	*meeting.Service
	*testing.T

	store *store.Store
	rooms *rooms
	clock *clock
}

// clock is one that tests set.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

func setup(t *testing.T, change ...func(*meeting.Config)) *fixture {
	t.Helper()
	s, err := store.OpenSQLite(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	f := &fixture{T: t, store: s, rooms: &rooms{}, clock: &clock{t: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}}
	f.Service = f.node(change...)
	return f
}

// node returns another Service of the same database.
func (f *fixture) node(change ...func(*meeting.Config)) *meeting.Service {
	f.Helper()
	c := meeting.Config{Store: f.store, Now: f.clock.now}
	for _, change := range change {
		change(&c)
	}
	s, err := meeting.New(f.Context(), c)
	if err != nil {
		f.Fatal(err)
	}
	s.Attach(f.rooms)
	return s
}

// run runs a Service until the returned function is called, which waits for its end.
func (f *fixture) run(s *meeting.Service) (stop func()) {
	ctx, cancel := context.WithCancel(f.Context())
	var running sync.WaitGroup
	running.Go(func() { s.Run(ctx) })
	return func() {
		cancel()
		running.Wait()
	}
}

// rooms are live rooms that do what they are told.
type rooms struct {
	mu           sync.Mutex
	participants []meeting.Participant
	remembered   []string
	done         []meeting.Command
}

func (r *rooms) Remembers(_, identity string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Contains(r.remembered, identity)
}

func (r *rooms) Participants(context.Context, string) ([]meeting.Participant, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.participants), nil
}

func (r *rooms) Do(_ context.Context, _ string, c meeting.Command) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	here := slices.ContainsFunc(r.participants, func(p meeting.Participant) bool {
		return p.Identity == c.Identity || p.Session == c.Session && c.Session != ""
	})
	if c.Identity+c.Session != "" && !here {
		return &meeting.Error{Code: meeting.CodeNotFound, Message: "nobody is there"}
	}
	r.done = append(r.done, c)
	return nil
}

// actions returns what was done since the last call.
func (r *rooms) actions() []meeting.Action {
	r.mu.Lock()
	defer r.mu.Unlock()
	var list []meeting.Action
	for _, c := range r.done {
		list = append(list, c.Action)
	}
	r.done = nil
	return list
}

func (f *fixture) create(by meeting.Caller, d meeting.Draft) meeting.Meeting {
	f.Helper()
	m, err := f.Create(f.Context(), by, d, "")
	if err != nil {
		f.Fatal(err)
	}
	return m
}

// ok fails the test on an error.
func (f *fixture) ok(err error) {
	f.Helper()
	if err != nil {
		f.Fatal(err)
	}
}

func (f *fixture) refused(err error, code meeting.Code) {
	f.Helper()
	if !errors.Is(err, &meeting.Error{Code: code}) {
		f.Errorf("error %v, want code %s", err, code)
	}
}

// arrive joins with a token of the Service and returns what the node would decide.
func (f *fixture) arrive(ticket string) (meeting.Decision, error) {
	f.Helper()
	key := f.Key()
	c, err := token.Verify(ticket, func(id string) (token.Key, bool) { return key, id == key.ID }, f.clock.now())
	f.ok(err)
	return f.Decide(f.Context(), meeting.Arrival{
		Room: c.Room, Identity: c.Identity, TokenID: c.ID, KeyID: c.KeyID, Issued: c.Issued, Grants: c.Grants,
	})
}

// join gets a ticket, and the decision of the node about it.
func (f *fixture) join(by meeting.Caller, id string, r meeting.JoinRequest) (meeting.Ticket, meeting.Decision) {
	f.Helper()
	ticket, err := f.Join(f.Context(), by, id, r)
	f.ok(err)
	d, err := f.arrive(ticket.Token)
	f.ok(err)
	return ticket, d
}

// sent takes all webhooks that are to be delivered to an endpoint.
func (f *fixture) sent(endpoint string) []webhook.Event {
	f.Helper()
	var events []webhook.Event
	for {
		now := f.clock.now().Add(time.Hour)
		claims, err := f.store.Claim(f.Context(), endpoint, "test", now, now.Add(time.Minute), 10)
		f.ok(err)
		if len(claims) == 0 {
			return events
		}
		for _, c := range claims {
			e, err := webhook.Parse(c.Payload)
			f.ok(err)
			events = append(events, e)
			f.ok(f.store.Delivered(f.Context(), c, now))
		}
	}
}

func to[T any](v T) *T { return &v }
