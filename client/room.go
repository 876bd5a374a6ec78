package client

import (
	"context"
	"crypto/rand"
	"iter"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/openconfab/confab/e2ee"
	"github.com/openconfab/confab/internal/link"
	"github.com/openconfab/confab/internal/transport"
	"github.com/openconfab/confab/internal/wire"
	"github.com/openconfab/confab/internal/wire/pb"
)

// Room is one stay in a room, from Join to Close. Its methods may be called concurrently.
type Room struct {
	config Config
	place  place
	log    *slog.Logger
	link   *link.Link
	// guestSecret makes a guest the same after it has joined anew.
	guestSecret []byte

	events   feed[Event]
	messages feed[Message]
	media    reception
	// levels: audio levels may be sent in the clear.
	levels atomic.Bool
	// redundant: sound is sent twice, for some of the others lose much of it.
	redundant atomic.Bool
	// admitted is closed when the room was entered for the first time, ended after err was set.
	admitted, ended chan struct{}

	// mu guards what follows, and what the comments of participants and tracks say. While it is held, nothing is called but
	// the link and the feeds.
	mu    sync.Mutex
	state State
	kind  transport.Kind
	err   error
	// security is that of the present session, next that of the Hello that is on its way.
	security, next security
	welcome        *pb.Welcome
	// members are the others by session, people by identity, those included who may come back.
	members map[string]*Participant
	people  map[string]*Participant
	// waiting are those who wait to be let in, by session.
	waiting map[string]*WaitingParticipant
	closing closing
	// inside: admitted is closed.
	inside   bool
	local    *LocalParticipant
	rejoined bool
	// reported is when the node was last told how reception goes.
	reported time.Time
	requests map[uint32]func(error)
	// commands of a host wait for their answers.
	commands map[uint32]chan<- error
	// lastRequest and lastNumber number requests and tracks; numbers of tracks are not used again after a rejoin, so that
	// objects on their way can't be taken for another track's.
	lastRequest uint32
	lastNumber  uint32
}

// Join enters a room. The invitation is a link, such as https://meet.example.org/m/ROOM#e1.…, or the address of a node, with
// the room and keys in c. Where a host has to let this client in, Join waits for that, after Config.OnWaiting was called. ctx bounds
// the joining only: the room is left with [Room.Close].
//
// Errors: [ErrNoKey], [ErrUnauthorized], or another *[Error], such as one of code "rejected" or "forgotten" after waiting.
func Join(ctx context.Context, invitation string, c Config) (*Room, error) {
	place, err := c.resolve(invitation)
	if err != nil {
		return nil, err
	}
	r := newRoom(place, c.withDefaults())
	_, err = link.Connect(ctx, link.Config{
		Base:   place.base,
		Dial:   r.config.dialOptions(),
		Hello:  r.hello,
		Logger: r.log,
	}, func(l *link.Link) link.Handler {
		r.link = l
		return (*handler)(r)
	})
	if err != nil {
		r.dropSecurity()
		return nil, public(err)
	}
	if err := r.awaitAdmission(ctx); err != nil {
		r.Close()
		return nil, err
	}
	return r, nil
}

func newRoom(place place, c Config) *Room {
	r := &Room{
		config:      c,
		place:       place,
		log:         c.Logger,
		guestSecret: make([]byte, 32),
		admitted:    make(chan struct{}),
		ended:       make(chan struct{}),
		members:     map[string]*Participant{},
		people:      map[string]*Participant{},
		waiting:     map[string]*WaitingParticipant{},
		requests:    map[uint32]func(error){},
		commands:    map[uint32]chan<- error{},
	}
	rand.Read(r.guestSecret)
	if len(c.IdentitySeed) == 0 {
		// The same identity after joining anew.
		r.config.IdentitySeed = make([]byte, 32)
		rand.Read(r.config.IdentitySeed)
	}
	r.messages.keep = true
	r.local = &LocalParticipant{room: r, tracks: map[uint32]*LocalTrack{}}
	return r
}

// hello returns what to join with: a new announcement for every joining (spec/e2ee.md §5.4).
func (r *Room) hello(ctx context.Context) (*pb.Hello, error) {
	token := ""
	if r.config.Token != nil {
		var err error
		if token, err = r.config.Token(ctx); err != nil {
			return nil, &Error{Code: CodeUnreachable, Message: "Config.Token failed: " + err.Error(), Retryable: true, cause: err}
		}
	}
	next, err := r.newSecurity()
	if err != nil {
		// A coded error is not tried again.
		return nil, &wire.Error{Code: CodeConfigInvalid, Message: err.Error()}
	}
	r.mu.Lock()
	previous := r.next
	r.next = next
	r.mu.Unlock()
	if previous != nil {
		previous.close()
	}
	decode := make([]string, len(r.config.Decode))
	for i, codec := range r.config.Decode {
		decode[i] = codec.String()
	}
	return &pb.Hello{
		Versions:     []uint32{1},
		Room:         r.place.room,
		Token:        token,
		Announcement: next.announcement(),
		Capabilities: &pb.Capabilities{Decode: decode, Keep: r.config.Keep != nil, Records: r.config.Roles&e2ee.Recorder != 0},
		GuestSecret:  r.guestSecret,
		UserAgent:    r.config.UserAgent,
	}, nil
}

func (r *Room) newSecurity() (security, error) {
	if r.config.Keys.kind == unencrypted {
		return &opaque{name: r.config.Name, room: (*circle)(r)}, nil
	}
	roles := r.config.Roles
	r.mu.Lock()
	if len(r.local.tracks) > 0 {
		roles |= e2ee.Publisher
	}
	var previous *e2ee.Session
	if s, encrypted := r.security.(*sealed); encrypted {
		previous = s.session
	}
	r.mu.Unlock()
	return newSealed(e2ee.Config{
		Secret:       r.config.Keys.secret,
		Host:         r.config.Keys.host,
		Room:         r.place.room,
		Name:         r.config.Name,
		Roles:        roles,
		IdentitySeed: r.config.IdentitySeed,
		Previous:     previous,
		Decisions:    r.config.Decisions,
	}, (*circle)(r))
}

func (r *Room) dropSecurity() {
	r.mu.Lock()
	current, next := r.security, r.next
	r.next = nil
	r.mu.Unlock()
	for _, s := range []security{current, next} {
		if s != nil {
			s.close()
		}
	}
}

// Name returns the room id.
func (r *Room) Name() string { return r.place.room }

// Local returns the participant that joined.
func (r *Room) Local() *LocalParticipant { return r.local }

// Participants returns the others, in no particular order.
func (r *Room) Participants() []*Participant {
	r.mu.Lock()
	defer r.mu.Unlock()
	list := make([]*Participant, 0, len(r.people))
	for _, p := range r.people {
		if p.shown {
			list = append(list, p)
		}
	}
	return list
}

// State returns how the room is connected.
func (r *Room) State() State {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.state
}

// SafetyCode returns the safety code of the meeting, the same for everybody in it if nobody is in between
// (spec/e2ee.md §9); "" without encryption. It changes when somebody comes or goes.
func (r *Room) SafetyCode() string {
	if s := r.secured(); s != nil {
		return s.safetyCode()
	}
	return ""
}

// secured returns the security of the present session, nil before the first.
func (r *Room) secured() security {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.security
}

// Events yields who and what is there, as events, then what happens from now on. It ends when the room was closed, and
// with an error when the room ended otherwise or ctx has ended. Every call yields everything anew.
func (r *Room) Events(ctx context.Context) iter.Seq2[Event, error] {
	return r.events.all(ctx, func() *listener[Event] {
		r.mu.Lock()
		defer r.mu.Unlock()
		first := []Event{ConnectionChanged{State: r.state, Transport: publicKind(r.kind), Err: r.err}}
		for _, p := range r.people {
			if !p.shown {
				continue
			}
			first = append(first, ParticipantJoined{p})
			for _, t := range p.tracks {
				first = append(first, TrackPublished{t})
			}
		}
		for _, w := range r.waiting {
			first = append(first, WaitingJoined{w})
		}
		return r.events.listen(first)
	})
}

// Done is closed when the room is over: closed, or ended by the node for good.
func (r *Room) Done() <-chan struct{} { return r.ended }

// Err returns why the room is over: [ErrClosed] after Close, another error when the node ended it, nil while it is not.
func (r *Room) Err() error {
	select {
	case <-r.ended:
		r.mu.Lock()
		defer r.mu.Unlock()
		return r.err
	default:
		return nil
	}
}

// Close leaves the room and waits until nothing of it runs any more, at most about a second.
func (r *Room) Close() error {
	r.link.Close()
	<-r.ended
	return nil
}

// request sends a message that the node answers with an error when it does not like it. The lock is held, but not when failed
// is called.
func (r *Room) request(m *pb.ClientMessage, failed func(error)) {
	r.lastRequest++
	id := r.lastRequest
	m.RequestId = id
	r.requests[id] = failed
	// Only errors are answered, and soon.
	delete(r.requests, id-maxRequests)
	r.send(m)
}

// maxRequests is how many requests may wait for an error at a time.
const maxRequests = 4096

// send sends a message that needs no answer. That it is too large can't be.
func (r *Room) send(m *pb.ClientMessage) {
	if err := r.link.Send(m); err != nil {
		r.log.Error("message not sent", "error", err)
	}
}

func publicKind(k transport.Kind) Transport {
	switch k {
	case transport.WebTransport:
		return WebTransport
	case transport.WebSocket:
		return WebSocket
	default:
		return Auto
	}
}

// reportEvery is how often the node is told how reception goes.
const reportEvery = 2 * time.Second
