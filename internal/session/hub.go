package session

import (
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/openconfab/confab/internal/relay"
	"github.com/openconfab/confab/internal/room"
	"github.com/openconfab/confab/internal/transport"
	"github.com/openconfab/confab/internal/wire"
	"github.com/openconfab/confab/internal/wire/pb"
)

// An Admission is the place that a client is given.
type Admission struct {
	Room     string
	Identity string
	// Name is what its token calls it, for those who follow the room from outside.
	Name string
	// Grants and Settings are not changed after they are handed over. Nil settings are those of the zero value. Settings hold in a
	// room that begins, until a host changes them.
	Grants   *pb.Grants
	Settings *pb.RoomSettings
	// Wait has the client wait for a host even where the settings would not.
	Wait bool
	// MaxParticipants bounds the room further than the node does, hosts apart; 0 does not.
	MaxParticipants int
	// Kept: Config.Keep remembers what hosts decide on this room, and Admit knows of it from then on.
	Kept bool
}

// An AdmitFunc decides on a client that wants to join: it verifies the token, or makes a guest. It fails with a
// *wire.Error, such as "unauthorized", "room-invalid", "blocked" or "ended"; any other error is answered with "internal" and logged. It must
// not keep hello, which holds secrets. ctx ends with the connection.
type AdmitFunc func(ctx context.Context, hello *pb.Hello, remoteAddr string) (Admission, error)

// Config makes a Hub. Admit is required.
type Config struct {
	Admit AdmitFunc
	// Limits: the zero value stands for room.DefaultLimits.
	Limits room.Limits
	// MaxConnections is how many connections are served at a time; 0 for no limit.
	MaxConnections int
	// Metrics: nil counts nothing.
	Metrics Metrics
	// Logger: nil logs nothing.
	Logger *slog.Logger
	// Node is the node's name, told to clients for support.
	Node string
	// Outside is told what participants of this node do, and Elsewhere knows the other nodes; nil for a node without others.
	Outside   room.Outside
	Elsewhere Elsewhere
	// Keep is asked before a host's command takes effect, so that what is to last, such as a block, can be remembered for longer than
	// the room is there. Its error is the host's answer, and nothing is done. Nil keeps nothing.
	Keep func(ctx context.Context, m Moderation) error
	// Happened is told what participants of this node do, one event at a time, in order, and with no lock held. What waits for it
	// is not bounded: it must not block. Nil is told nothing.
	Happened func(Event)
}

// A Hub holds the rooms and sessions of one node. Its methods may be called concurrently.
type Hub struct {
	config  Config
	limits  room.Limits
	metrics Metrics
	log     *slog.Logger
	rooms   *room.Registry
	herald  herald
	// gatherer and pulse are shared by the queues of all sessions.
	gatherer relay.Gatherer
	pulse    relay.Pulse
	// rounds send for connections that are ordered, each for its share of them, and going counts their goroutines.
	rounds []*round
	going  sync.WaitGroup
	turns  atomic.Uint32

	// mu guards what follows. It is taken after the mutex of a Session.
	mu       sync.Mutex
	sessions map[string]*Session
	// greeting are the connections that have not said Hello or not been answered.
	greeting map[*connection]struct{}
	// serving counts connections, tasks other goroutines of the hub.
	serving, tasks int
	closing        bool
	// addresses are those of other nodes that take clients.
	addresses []string
	// vacant is closed when there are no sessions left after closing, idle when there are no goroutines either.
	vacant, idle chan struct{}
}

// New returns a Hub without sessions.
func New(c Config) *Hub {
	if c.Limits == (room.Limits{}) {
		c.Limits = room.DefaultLimits()
	}
	if c.Metrics == nil {
		c.Metrics = uncounted{}
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Elsewhere == nil {
		c.Elsewhere = nowhere{}
	}
	h := &Hub{
		config:   c,
		limits:   c.Limits,
		metrics:  c.Metrics,
		log:      c.Logger,
		sessions: map[string]*Session{},
		greeting: map[*connection]struct{}{},
		vacant:   make(chan struct{}),
		idle:     make(chan struct{}),
	}
	var happened func(room.Event)
	if c.Happened != nil {
		h.herald = herald{tell: c.Happened, start: h.start}
		happened = h.herald.add
	}
	h.rooms = room.NewRegistry(c.Limits, c.Outside, happened)
	for range runtime.GOMAXPROCS(0) {
		h.rounds = append(h.rounds, &round{running: &h.going})
	}
	return h
}

// nextRound returns the round for another connection.
func (h *Hub) nextRound() *round { return h.rounds[int(h.turns.Add(1))%len(h.rounds)] }

// Rooms returns the rooms of the node.
func (h *Hub) Rooms() *room.Registry { return h.rooms }

// Serve serves one connection until it ends: it is the function to hand to a transport's listener.
func (h *Hub) Serve(conn transport.Conn) {
	h.metrics.ConnectionOpened(conn.Kind())
	defer h.metrics.ConnectionClosed(conn.Kind())
	c := newConnection(h, conn)
	if err := h.enter(c); err != nil {
		c.refuse(err)
		return
	}
	defer h.leave()
	defer h.greeted(c)
	var err error
	apart(func() { err = c.begin() })
	h.greeted(c)
	if err != nil {
		c.refuse(err)
		return
	}
	c.run()
}

// apart runs f on a stack of its own, so that what f needs of it is not kept by the caller's goroutine. A panic of f is one of
// the caller.
func apart(f func()) {
	var failure any
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() {
			if p := recover(); p != nil {
				failure = fmt.Sprintf("%v\n%s", p, debug.Stack())
			}
		}()
		f()
	}()
	<-done
	if failure != nil {
		panic(failure)
	}
}

// enter counts a connection that is to be served.
func (h *Hub) enter(c *connection) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closing {
		return errShuttingDown()
	}
	if limit := h.config.MaxConnections; limit > 0 && h.serving >= limit {
		return wire.Errorf(wire.CodeServerFull, "this node serves %d connections and takes no more: try again later", limit)
	}
	h.serving++
	h.greeting[c] = struct{}{}
	return nil
}

// greeted notes that a connection has a session, or never will.
func (h *Hub) greeted(c *connection) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.greeting, c)
}

func (h *Hub) leave() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.serving--
	h.checkEmpty()
}

func errShuttingDown() error {
	return wire.Errorf(wire.CodeShuttingDown, "this node is shutting down: connect to another")
}

// start runs a task that can't be done under the locks its cause holds.
func (h *Hub) start(task func()) {
	h.mu.Lock()
	h.tasks++
	h.mu.Unlock()
	go h.run(task)
}

// run runs a task that was counted.
func (h *Hub) run(task func()) {
	task()
	h.mu.Lock()
	defer h.mu.Unlock()
	h.tasks--
	h.checkEmpty()
}

// add makes a session known, so that it can be resumed.
func (h *Hub) add(s *Session) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closing {
		return errShuttingDown()
	}
	h.sessions[s.id] = s
	return nil
}

func (h *Hub) remove(s *Session) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.sessions, s.id)
	h.checkEmpty()
}

func (h *Hub) session(id string) *Session {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.sessions[id]
}

func (h *Hub) isClosing() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.closing
}

// checkEmpty closes the channels that Shutdown waits for; the mutex is held.
func (h *Hub) checkEmpty() {
	if !h.closing || len(h.sessions) > 0 {
		return
	}
	closeOnce(h.vacant)
	if h.serving == 0 && h.tasks == 0 {
		closeOnce(h.idle)
	}
}

// closeOnce closes a channel that is only closed under the caller's lock.
func closeOnce(c chan struct{}) {
	select {
	case <-c:
	default:
		close(c)
	}
}

// Shutdown tells every client to go away before ctx ends, to another node if there is one, refuses new ones, waits for the
// clients to leave, and ends those that are left when ctx is done. It returns when every connection has been closed and every goroutine has ended:
// nil if all left by themselves, else ctx's error. Connections that come meanwhile are told to go elsewhere and not waited
// for.
func (h *Hub) Shutdown(ctx context.Context) error {
	h.mu.Lock()
	h.closing = true
	h.checkEmpty()
	h.mu.Unlock()
	patience := h.limits.Resume
	if deadline, ok := ctx.Deadline(); ok {
		patience = time.Until(deadline)
	}
	alone := h.config.Elsewhere.Alone()
	next := spread(h.alternates())
	for _, s := range h.all() {
		switch c := s.connection(); {
		case c != nil:
			c.post(encode(&pb.ServerMessage{Kind: &pb.ServerMessage_GoAway{
				GoAway: &pb.GoAway{Url: next(), ByMs: uint32(max(patience.Milliseconds(), 0))},
			}}))
		case alone:
			s.end(endShuttingDown)
		}
	}
	var err error
	select {
	case <-h.vacant:
	case <-ctx.Done():
		err = ctx.Err()
		for _, s := range h.all() {
			s.end(endShuttingDown)
		}
		h.refuseGreeting()
	}
	<-h.idle
	h.going.Wait()
	return err
}

// refuseGreeting ends the connections that are still to say who they are.
func (h *Hub) refuseGreeting() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for c := range h.greeting {
		h.tasks++
		go h.run(func() { c.refuse(errShuttingDown()) })
	}
}

func (h *Hub) all() []*Session {
	h.mu.Lock()
	defer h.mu.Unlock()
	all := make([]*Session, 0, len(h.sessions))
	for _, s := range h.sessions {
		all = append(all, s)
	}
	return all
}

// Stats returns the gauges.
func (h *Hub) Stats() Stats {
	var stats Stats
	stats.Rooms, stats.Participants = h.rooms.Count()
	for _, s := range h.all() {
		stats.Sessions++
		if s.connection() == nil {
			stats.Detached++
		}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	stats.Connections = h.serving
	return stats
}
