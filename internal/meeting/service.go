package meeting

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/openconfab/confab/token"
)

// Defaults of Config.
const (
	DefaultMeetingsPerKey    = 10_000
	DefaultMeetingsPerPerson = 1000
	DefaultRetention         = 90 * 24 * time.Hour
)

// Config configures a Service.
type Config struct {
	Store Store
	// Endpoints are those who get webhooks.
	Endpoints []Endpoint
	// Sent is called when webhooks have been put into the queue. Nil is not called.
	Sent func()
	// MeetingsPerKey and MeetingsPerPerson bound how many meetings that have not ended an owner has, give or take those created
	// at the same moment. 0 stands for the defaults.
	MeetingsPerKey, MeetingsPerPerson int
	// Retention is how long a meeting is kept after it has ended or was last used, and what happened in it after it
	// happened. 0 stands for DefaultRetention.
	Retention time.Duration
	// Logger gets what nobody is told otherwise. Nil discards it.
	Logger *slog.Logger
	// Now is the clock, nil: the system's.
	Now func() time.Time
}

// An Endpoint is who gets webhooks.
type Endpoint struct {
	// ID is the same on all nodes and over restarts.
	ID string
	// Key restricts it to the meetings of an API key; "": it gets those of all rooms.
	Key string
}

// A Service applies the rules of meetings. Its methods may be called concurrently. Errors are *Error, or of the store.
type Service struct {
	config Config
	store  Store
	log    *slog.Logger
	now    func() time.Time
	// key signs join tokens.
	key token.Key
	// node names this process in the attendance lists, until it ends.
	node   string
	events chan Event
	rooms  Rooms
}

// New returns a Service that has read its key from the store. Happened keeps events until Run is called.
func New(ctx context.Context, c Config) (*Service, error) {
	if c.MeetingsPerKey == 0 {
		c.MeetingsPerKey = DefaultMeetingsPerKey
	}
	if c.MeetingsPerPerson == 0 {
		c.MeetingsPerPerson = DefaultMeetingsPerPerson
	}
	if c.Retention == 0 {
		c.Retention = DefaultRetention
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Sent == nil {
		c.Sent = func() {}
	}
	key, err := c.Store.Key(ctx)
	if err != nil {
		return nil, fmt.Errorf("the key of this deployment: %w", err)
	}
	return &Service{
		config: c, store: c.Store, log: c.Logger, now: c.Now, key: key,
		node: newID(), events: make(chan Event, maxEvents), rooms: noRooms{},
	}, nil
}

// Attach tells the Service of the live rooms. It is called once, before anybody else calls its methods; without it nobody is in
// any room.
func (s *Service) Attach(r Rooms) { s.rooms = r }

// Key returns the key of the Service's own join tokens, for token.Verify. Its id is KeyID.
func (s *Service) Key() token.Key { return s.key }

type noRooms struct{}

// Participants implements Rooms.
func (noRooms) Participants(context.Context, string) ([]Participant, error) { return nil, nil }

// Do implements Rooms.
func (noRooms) Do(context.Context, string, Command) error { return nil }

// Remembers implements Rooms.
func (noRooms) Remembers(string, string) bool { return false }

// write runs f in a transaction at one time. It tries again when somebody else has changed the meeting in between; f must read
// it anew.
func (s *Service) write(ctx context.Context, f func(tx Tx, now time.Time) error) error {
	const tries = 10
	var err error
	for range tries {
		now := s.now().Truncate(time.Millisecond)
		err = s.store.Write(ctx, func(tx Tx) error { return f(tx, now) })
		if !errors.Is(err, &Error{Code: CodeVersion}) {
			return err
		}
	}
	return err
}
