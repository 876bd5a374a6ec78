package cluster

import (
	"crypto/rand"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/openconfab/confab/internal/backbone"
	"github.com/openconfab/confab/internal/relay"
	"github.com/openconfab/confab/internal/room"
	"github.com/openconfab/confab/internal/wire/pb"
)

const (
	// tick is how long objects and messages gather at most. Spec: backbone.md §4.
	tick          = 5 * time.Millisecond
	helloEvery    = time.Second
	roomHelloTick = 5 * time.Second
	// silentAfter is when a node counts as out of reach.
	silentAfter = 4 * time.Second
)

// Config makes a Cluster. All but Name and Logger are required.
type Config struct {
	Backbone backbone.Backbone
	// Name is this node's, for people.
	Name string
	// URL is where clients reach this very node; empty if they reach all nodes by one address.
	URL string
	// Patience is how long the participants of a node that is silent are kept.
	Patience time.Duration
	// Keeps: the backbone keeps what is published for a while, so that media of rooms where somebody wants it goes there.
	Keeps bool
	// Meter counts what is done with the tracks of other nodes.
	Meter relay.Meter
	// Logger: nil logs nothing.
	Logger *slog.Logger
}

// Sessions are the sessions of this node. Its methods must return at once.
type Sessions interface {
	// HandOver hands a session over to another node, TakeOver takes one in. Spec: backbone.md §5.
	HandOver(want *pb.SessionWanted, to room.Destination) bool
	TakeOver(room, from string, m *pb.SessionHandover, memberOf func(node, session string) room.Member) error
	// SetAlternates tells the addresses of the other nodes that take clients.
	SetAlternates(urls []string)
}

// A Cluster is this node's side of all others. It implements room.Outside and session.Elsewhere. Its methods may be called concurrently.
type Cluster struct {
	config Config
	id     string
	log    *slog.Logger
	// registry and sessions are set by Start, before which there are no rooms.
	registry *room.Registry
	sessions Sessions
	routes   routes
	counts   counts
	keeper   keeper

	wake    chan struct{}
	stop    chan struct{}
	running sync.WaitGroup

	// mu guards what follows and every peer. It is taken after the mutex of a room; no room, relay or backbone is called
	// while it is held.
	mu    sync.Mutex
	peers map[string]*peer
	rooms map[string]*shared
	// opened and closed are rooms whose topics are to be subscribed to, and no longer.
	opened []string
	closed []backbone.Subscription
	// ending are feeds that take nothing any more, and are to be ended at their tracks.
	ending []*feed
	// gone are the nodes that have said that they leave.
	gone map[string]struct{}
	// queries are those that wait for answers; lastQuery numbers them.
	queries   map[uint64]*query
	lastQuery uint64
	draining  bool
	// urls are the addresses of all nodes that there were; alternates are those that the clients were told of last.
	urls       map[string]struct{}
	alternates []string
	// renewAlternates is set when another node takes clients than before.
	renewAlternates bool
	moves           moves
}

// shared is a room that participants of this node are in.
type shared struct {
	subscription backbone.Subscription
	// peers have it as well, as far as is known.
	peers map[*peer]struct{}
	// decided: all nodes were told what its hosts have decided.
	decided bool
}

// New returns a Cluster that does nothing until Start.
func New(c Config) *Cluster {
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return &Cluster{
		config: c,
		id:     strings.ToLower(rand.Text()),
		log:    c.Logger,
		wake:   make(chan struct{}, 1),
		stop:   make(chan struct{}),
		peers:  map[string]*peer{},
		rooms:  map[string]*shared{},
		gone:   map[string]struct{}{},
		keeper: keeper{feeds: map[trackKey]*keptFeed{}},

		queries: map[uint64]*query{},
		urls:    map[string]struct{}{},
		moves:   newMoves(),
	}
}

// Start joins the other nodes.
func (c *Cluster) Start(r *room.Registry, s Sessions) error {
	c.registry, c.sessions = r, s
	for topic, handle := range map[backbone.Topic]func([]byte){
		backbone.Nodes():                       c.hearNode,
		backbone.Inbox(c.id, backbone.Control): c.hearPacket,
		backbone.Inbox(c.id, backbone.Sound):   c.hearObjects,
		backbone.Inbox(c.id, backbone.Video):   c.hearObjects,
	} {
		if _, err := c.config.Backbone.Subscribe(topic, handle); err != nil {
			return fmt.Errorf("joining the other nodes: %w", err)
		}
	}
	c.running.Go(c.run)
	return nil
}

// Close tells the other nodes that this one leaves. What the rooms have told by then is sent before. The backbone is the
// caller's to close, after which nothing of the cluster runs.
func (c *Cluster) Close() {
	c.linger()
	close(c.stop)
	c.running.Wait()
}

// run sends what gathers, and looks after what time brings.
func (c *Cluster) run() {
	hello := time.NewTicker(helloEvery)
	defer hello.Stop()
	rooms := time.NewTicker(roomHelloTick)
	defer rooms.Stop()
	resend := time.NewTicker(firstResend)
	defer resend.Stop()
	gather := time.NewTimer(tick)
	defer gather.Stop()
	c.sayHello()
	for {
		select {
		case <-c.stop:
			c.flush(time.Now())
			c.sayFarewell()
			return
		case <-hello.C:
			c.sayHello()
			c.lookAfterPeers(time.Now())
			c.lookAfterMoves(time.Now())
			c.tellAlternates()
		case <-rooms.C:
			c.greetRooms(c.roomNames())
		case <-resend.C:
			c.keep(time.Now())
		case <-c.wake:
		}
		c.follow()
		now := time.Now()
		c.flush(now)
		gather.Reset(tick)
		select {
		case <-gather.C:
		case <-c.stop:
		}
	}
}

func (c *Cluster) rouse() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// follow does what could not be done under the locks of its cause: it subscribes to the topics of rooms that have opened and
// greets those who have them, and ends what is no longer wanted.
func (c *Cluster) follow() {
	c.mu.Lock()
	opened, closed, ending, renewAlternates := c.opened, c.closed, c.ending, c.renewAlternates
	c.opened, c.closed, c.ending, c.renewAlternates = nil, nil, nil, false
	c.mu.Unlock()
	if renewAlternates {
		c.tellAlternates()
	}
	for _, f := range ending {
		f.track.Feed(f, nil)
	}
	for _, s := range closed {
		s.End()
	}
	for _, name := range opened {
		s, err := c.config.Backbone.Subscribe(backbone.Room(name), c.hearRoom)
		if err != nil {
			c.log.Error("a room is not joined with those of other nodes", "room", name, "error", err)
			continue
		}
		c.mu.Lock()
		if r := c.rooms[name]; r != nil && r.subscription == nil {
			r.subscription, s = s, nil
		}
		c.mu.Unlock()
		if s != nil {
			s.End()
		}
	}
	c.greetRooms(opened)
}

func (c *Cluster) roomNames() (names []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for name := range c.rooms {
		names = append(names, name)
	}
	return names
}

// Opened implements room.Outside.
func (c *Cluster) Opened(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.rooms[name] = &shared{peers: map[*peer]struct{}{}}
	c.opened = append(c.opened, name)
	c.rouse()
}

// Closed implements room.Outside.
func (c *Cluster) Closed(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	r := c.rooms[name]
	if r == nil {
		return
	}
	for _, p := range c.peers {
		if _, shares := r.peers[p]; shares || r.decided {
			c.send(p, &pb.NodeMessage{Room: name, Kind: &pb.NodeMessage_Closed{Closed: &pb.RoomClosed{}}})
			c.forgetRoom(p, name)
		}
	}
	delete(c.rooms, name)
	if r.subscription != nil {
		c.closed = append(c.closed, r.subscription)
		c.rouse()
	}
}

// Changed implements room.Outside.
func (c *Cluster) Changed(name string, s room.State) {
	c.tell(name, &pb.NodeMessage{Room: name, Kind: &pb.NodeMessage_Changed{Changed: stateProto(s)}})
	c.endFeeds(name, s.Info.Session, s.Info.Tracks)
}

// Left implements room.Outside.
func (c *Cluster) Left(name, session string, reason pb.LeaveReason) {
	c.tell(name, &pb.NodeMessage{Room: name, Kind: &pb.NodeMessage_Left{Left: &pb.ParticipantLeft{Session: session, Reason: reason}}})
	c.endFeeds(name, session, nil)
}

// Said implements room.Outside.
func (c *Cluster) Said(name string, a room.Audience, msg []byte, droppable bool) {
	c.tell(name, &pb.NodeMessage{Room: name, Kind: &pb.NodeMessage_Said{
		Said: &pb.Said{Receiving: a == room.Receiving, Droppable: droppable, Message: msg},
	}})
}

// Reported implements room.Outside. A report for nobody that is known is dropped.
func (c *Cluster) Reported(name, node, of, by string, r room.Reception) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if p := c.peers[node]; p != nil {
		c.send(p, &pb.NodeMessage{Room: name, Kind: &pb.NodeMessage_Reception{Reception: &pb.Reception{
			Of: of, By: by, LossPermille: r.Loss, AudioLossPermille: r.AudioLoss, JitterUs: uint32(r.Jitter.Microseconds()),
		}}})
	}
}

// tell sends a message to every node that has the room.
func (c *Cluster) tell(name string, m *pb.NodeMessage) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if r := c.rooms[name]; r != nil {
		for p := range r.peers {
			c.send(p, m)
		}
	}
}

// share makes a node one of those that have a room, and tells it of all this node's participants there, each by a message of its
// own, so that none grows with the room.
func (c *Cluster) share(name, node string) {
	c.registry.Own(name, func(states []room.State) {
		c.mu.Lock()
		defer c.mu.Unlock()
		p, r := c.peers[node], c.rooms[name]
		if p == nil || r == nil {
			return
		}
		r.peers[p] = struct{}{}
		all := &pb.RoomStates{}
		for _, s := range states {
			all.Sessions = append(all.Sessions, s.Info.Session)
			c.send(p, &pb.NodeMessage{Room: name, Kind: &pb.NodeMessage_Changed{Changed: stateProto(s)}})
		}
		c.send(p, &pb.NodeMessage{Room: name, Kind: &pb.NodeMessage_States{States: all}})
	})
}

// shares reports whether a node is known to have a room.
func (c *Cluster) shares(name, node string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	r, p := c.rooms[name], c.peers[node]
	if r == nil || p == nil {
		return false
	}
	_, known := r.peers[p]
	return known
}

// sharedWith returns the rooms that a node is known to have.
func (c *Cluster) sharedWith(p *peer) (names []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for name, r := range c.rooms {
		if _, known := r.peers[p]; known {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func stateProto(s room.State) *pb.ParticipantState {
	return &pb.ParticipantState{Info: s.Info, Quality: s.Quality, Waiting: s.Waiting, Moves: s.Moves}
}

func stateOf(s *pb.ParticipantState) room.State {
	return room.State{Info: s.Info, Quality: s.Quality, Waiting: s.Waiting, Moves: s.Moves}
}
