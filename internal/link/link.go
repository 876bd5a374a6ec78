package link

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/openconfab/confab/internal/transport"
	"github.com/openconfab/confab/internal/wire"
	"github.com/openconfab/confab/internal/wire/pb"
)

const (
	// leaveTime is how long Leave may take to be acknowledged.
	leaveTime = 500 * time.Millisecond
	// drainTime is how long a replaced connection may still bring what was on its way.
	drainTime = time.Second
	// maxUnacknowledged is how many control bytes are kept for a node that does not acknowledge; then the session is
	// given up.
	maxUnacknowledged = 8 << 20
	// tick is how often the manager looks at the connection.
	tick = time.Second
)

// State tells how a link stands.
type State uint8

// The states of a link.
const (
	// Connected: there is a connection, and it answers.
	Connected State = iota + 1
	// Interrupted: there is none, or it does not answer; another is being looked for.
	Interrupted
)

// Config says which node to connect to, and how.
type Config struct {
	// Base is the address of the node, such as https://meet.example.
	Base string
	// Dial are the choices of the transport.
	Dial transport.DialOptions
	// Hello returns what to join with. It is called for each joining and not for resuming.
	Hello  func(ctx context.Context) (*pb.Hello, error)
	Logger *slog.Logger
}

// A Handler is told what comes. Joined, Message and Changed are called one at a time; they may call every method of the
// Link but Close and must not block.
type Handler interface {
	// Joined: a session has begun. Whatever was said in one before it is void.
	Joined(welcome *pb.Welcome)
	// Message is a numbered message of the session, in order, each once.
	Message(m *pb.ServerMessage)
	// Changed: the state of the link, and the transport it uses, 0 when interrupted; why tells what interrupted it.
	Changed(state State, kind transport.Kind, why error)
	// Resumed: the session goes on over another connection; media that was under way is lost.
	Resumed()
	// Object is an object that came under an alias, with a reference that is the handler's. It is called from many
	// goroutines, in order within a group.
	Object(alias uint64, o *wire.Object)
	// Abandoned: a group of video was given up on its way to the node; the layer goes on with its next keyframe.
	Abandoned(alias uint64)
	// Tick is called about every second while there is a connection.
	Tick(now time.Time)
	// Ended: the link is over, net.ErrClosed after Close, and nothing else is called any more. It isn't called when Connect
	// fails.
	Ended(why error)
}

// A Link is a session with a node, or one after the other. Its methods may be called concurrently.
type Link struct {
	config  Config
	handler Handler
	uplink  uplink

	ctx    context.Context
	cancel context.CancelCauseFunc
	tasks  sync.WaitGroup
	// wake rouses the manager.
	wake chan struct{}
	// closed is closed when nothing of the link runs any more.
	closed chan struct{}

	// processing is held while the handler is told of something that has an order. It is taken before mu, and guards told.
	processing sync.Mutex
	told       telling

	// mu guards what follows, and what the comments of session and attachment say. Nothing is called while it is held.
	mu sync.Mutex
	// base is the address that is tried next, alternates are those of other nodes than the one in use.
	base        string
	alternates  []string
	session     *session
	current     *attachment
	attachments map[*attachment]struct{}
	search      *search
	goAway      *pb.GoAway
	leaving     bool
	// lostAt is when the last connection was lost. avoid is set when WebTransport breaks again and again.
	lostAt   time.Time
	avoid    bool
	progress chan struct{} // closed when something is acknowledged while Leave waits

	counters counters
}

type counters struct {
	receivedBytes, receivedObjects atomic.Uint64
}

// Stats is what a link has done and how its connection does.
type Stats struct {
	// Kind is 0 without a connection.
	Kind      transport.Kind
	RoundTrip time.Duration
	// Backlog is how long the oldest object has been waiting to leave, BacklogBytes how much waits.
	Backlog                        time.Duration
	BacklogBytes                   int
	SentBytes, SentObjects         uint64
	DroppedObjects                 uint64
	ReceivedBytes, ReceivedObjects uint64
}

// Connect joins and returns a link that keeps itself connected until Close, or until the node ends it for good. ctx
// bounds the joining only. It fails with a *wire.Error when the node refuses.
func Connect(ctx context.Context, c Config, h func(*Link) Handler) (*Link, error) {
	life, cancel := context.WithCancelCause(context.Background())
	l := &Link{
		config: c,
		base:   c.Base,
		ctx:    life,
		cancel: cancel,
		wake:   make(chan struct{}, 1),
		closed: make(chan struct{}),

		attachments: map[*attachment]struct{}{},
	}
	l.uplink.init(l.abandoned)
	l.handler = h(l)
	if err := l.join(ctx); err != nil {
		l.cancel(err)
		l.tasks.Wait()
		l.uplink.close()
		return nil, err
	}
	go l.manage()
	return l, nil
}

// Send numbers and queues a message. It does not block. Without a session, what is sent is dropped: the next Joined makes
// everything before it void. It fails with "message-too-large" over the node's limit.
func (l *Link) Send(m *pb.ClientMessage) error {
	l.mu.Lock()
	s := l.session
	l.mu.Unlock()
	if s == nil {
		return nil
	}
	msg, err := wire.MarshalClient(m, int(s.limits.GetControlMessageBytes()))
	if err != nil {
		return err
	}
	l.post(s, msg)
	return nil
}

func (l *Link) post(s *session, msg []byte) (number uint64) {
	l.mu.Lock()
	number = s.outbox.add(msg)
	a := l.current
	if s.outbox.bytes > maxUnacknowledged && l.session == s {
		l.session = nil
	}
	gaveUp := l.session != s
	l.mu.Unlock()
	if a == nil || a.session != s {
		return number
	}
	if gaveUp {
		a.lose(wire.Errorf(wire.CodeSlowClient, "the node does not acknowledge"))
		return number
	}
	a.rouse()
	return number
}

// Rejoin leaves the session and joins anew.
func (l *Link) Rejoin() {
	l.mu.Lock()
	a := l.current
	l.session = nil
	l.mu.Unlock()
	if a != nil {
		a.lose(errors.New("joining anew"))
	}
}

// Limits returns those of the session, nil without one.
func (l *Link) Limits() *pb.Limits {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.session == nil {
		return nil
	}
	return l.session.limits
}

// Stats returns what the link has done.
func (l *Link) Stats() Stats {
	s := l.uplink.stats()
	s.ReceivedBytes, s.ReceivedObjects = l.counters.receivedBytes.Load(), l.counters.receivedObjects.Load()
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.current != nil {
		s.Kind, s.RoundTrip = l.current.conn.Kind(), l.current.roundTrip
	}
	return s
}

// Close leaves the room, and returns when nothing of the link runs any more, which takes a second at most.
func (l *Link) Close() {
	l.leave()
	l.cancel(errClosed)
	<-l.closed
}

// leave says goodbye and waits a moment until the node has heard it.
func (l *Link) leave() {
	l.mu.Lock()
	s, a, first := l.session, l.current, !l.leaving
	l.leaving = true
	if !first || s == nil || a == nil || l.ctx.Err() != nil {
		l.mu.Unlock()
		return
	}
	progress := make(chan struct{}, 1)
	l.progress = progress
	l.mu.Unlock()

	number := l.post(s, encode(&pb.ClientMessage{Kind: &pb.ClientMessage_Leave{Leave: &pb.Leave{}}}))
	a.ping(time.Now())
	timer := time.NewTimer(leaveTime)
	defer timer.Stop()
	for {
		select {
		case <-progress:
			l.mu.Lock()
			left := s.outbox.acknowledged >= number
			l.mu.Unlock()
			if left {
				return
			}
		case <-a.conn.Done():
			return
		case <-timer.C:
			return
		}
	}
}

// telling is what the handler was told last.
type telling struct {
	state State
	kind  transport.Kind
}

// tell tells the handler of a change; processing is held.
func (l *Link) tell(state State, kind transport.Kind, why error) {
	if now := (telling{state, kind}); now != l.told {
		l.told = now
		l.handler.Changed(state, kind, why)
	}
}

func (l *Link) rouse() { rouse(l.wake) }

// abandoned has the layer go on with a keyframe.
func (l *Link) abandoned(alias uint64) { l.handler.Abandoned(alias) }
