package session_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/openconfab/confab/internal/relay"
	"github.com/openconfab/confab/internal/room"
	"github.com/openconfab/confab/internal/session"
	"github.com/openconfab/confab/internal/session/sessiontest"
	"github.com/openconfab/confab/internal/transport"
	"github.com/openconfab/confab/internal/virtualtime"
	"github.com/openconfab/confab/internal/wire"
	"github.com/openconfab/confab/internal/wire/pb"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// node is a Hub whose admission trusts what a token says: "identity" with all grants, or what grants has for it. Those in waits wait.
type node struct {
	t      testing.TB
	hub    *session.Hub
	counts *counts
	grants map[string]*pb.Grants
	waits  map[string]bool
	// keep is Config.Keep; events are what was told.
	keep    func(session.Moderation) error
	mu      sync.Mutex
	events  []session.Event
	serving sync.WaitGroup
	clients []*sessiontest.Client
	objects int64
}

// simulate runs a test on virtual time with a node, and looks for anything that is left over.
func simulate(t *testing.T, test func(t *testing.T, n *node)) {
	virtualtime.Test(t, func(t *testing.T) {
		n := newNode(t, room.DefaultLimits())
		defer n.stop()
		test(t, n)
	})
}

func newNode(t testing.TB, limits room.Limits) *node {
	n := &node{t: t, counts: newCounts(), grants: map[string]*pb.Grants{}, waits: map[string]bool{}, objects: wire.LiveObjects()}
	n.keep = func(session.Moderation) error { return nil }
	n.hub = session.New(session.Config{
		Admit: n.admit, Limits: limits, Metrics: n.counts, Node: "test",
		Keep: func(_ context.Context, m session.Moderation) error { return n.keep(m) },
		Happened: func(e session.Event) {
			n.mu.Lock()
			defer n.mu.Unlock()
			n.events = append(n.events, e)
		},
	})
	return n
}

func allGrants() *pb.Grants {
	return &pb.Grants{
		Join: true, Subscribe: true, Data: true,
		Publish: []pb.Source{
			pb.Source_SOURCE_MICROPHONE, pb.Source_SOURCE_CAMERA, pb.Source_SOURCE_SCREEN, pb.Source_SOURCE_SCREEN_AUDIO,
		},
	}
}

func (n *node) admit(_ context.Context, hello *pb.Hello, _ string) (session.Admission, error) {
	if hello.Token == "" {
		return session.Admission{}, wire.Errorf(wire.CodeUnauthorized, "no token")
	}
	if hello.Token == "broken" {
		return session.Admission{}, errors.New("the database is away")
	}
	grants := n.grants[hello.Token]
	if grants == nil {
		grants = allGrants()
	}
	return session.Admission{Room: hello.Room, Identity: hello.Token, Grants: grants, Wait: n.waits[hello.Token]}, nil
}

// dial returns the client's end of a simulated connection, whose other end the hub serves, and that other end.
func (n *node) dial(kind transport.Kind) (client, server *sessiontest.Conn) {
	server, client = sessiontest.Pipe(kind)
	n.serving.Go(func() { n.hub.Serve(server) })
	return client, server
}

func hello(room, identity string) *pb.Hello {
	return &pb.Hello{Versions: []uint32{1}, Room: room, Token: identity, Announcement: []byte("announcement of " + identity)}
}

// join joins a room by WebTransport.
func (n *node) join(identity string) *sessiontest.Client {
	n.t.Helper()
	c, _ := n.joinBy(transport.WebTransport, identity)
	return c
}

// joinBy returns also the node's end of the connection.
func (n *node) joinBy(kind transport.Kind, identity string) (*sessiontest.Client, *sessiontest.Conn) {
	n.t.Helper()
	c, server := n.joinSilently(kind, identity)
	c.KeepAlive(time.Second)
	return c, server
}

// joinSilently joins with a client that does not ping by itself.
func (n *node) joinSilently(kind transport.Kind, identity string) (*sessiontest.Client, *sessiontest.Conn) {
	n.t.Helper()
	conn, server := n.dial(kind)
	c, err := sessiontest.Join(conn, hello("room", identity))
	if err != nil {
		n.t.Fatalf("%s joins: %v", identity, err)
	}
	n.clients = append(n.clients, c)
	return c, server
}

// stop shuts the node down and checks that everything has been given back.
func (n *node) stop() {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := n.hub.Shutdown(ctx); err != nil && !errors.Is(err, context.Canceled) {
		n.t.Errorf("Shutdown: %v", err)
	}
	for _, c := range n.clients {
		c.Close()
	}
	n.serving.Wait()
	if stats := n.hub.Stats(); stats != (session.Stats{}) {
		n.t.Errorf("left over after Shutdown: %+v", stats)
	}
	// What reads from a real network may have half an object in its hands until its socket is closed.
	left := wire.LiveObjects() - n.objects
	for waited := time.Duration(0); left != 0 && waited < 5*time.Second; waited += 10 * time.Millisecond {
		time.Sleep(10 * time.Millisecond)
		left = wire.LiveObjects() - n.objects
	}
	if left != 0 {
		n.t.Errorf("%d objects were never released", left)
	}
}

// next returns the client's next numbered message, which must be of kind K.
func next[K any](t testing.TB, c *sessiontest.Client) K {
	t.Helper()
	m, err := c.Next()
	if err != nil {
		t.Fatalf("waiting for a message: %v", err)
	}
	kind, ok := m.Kind.(K)
	if !ok {
		t.Fatalf("got %v, want %T", m, kind)
	}
	return kind
}

// quiet checks that the client has nothing to read.
func quiet(t testing.TB, c *sessiontest.Client) {
	t.Helper()
	synctest.Wait()
	if pending := c.Pending(); len(pending) > 0 {
		t.Fatalf("unexpected messages: %v", pending)
	}
}

func publish(number uint32, source pb.Source, layers ...*pb.Layer) *pb.ClientMessage {
	return &pb.ClientMessage{RequestId: 100 + number, Kind: &pb.ClientMessage_PublishTrack{
		PublishTrack: &pb.PublishTrack{Number: number, Source: source, Layers: layers},
	}}
}

func microphone(number uint32) *pb.ClientMessage {
	return publish(number, pb.Source_SOURCE_MICROPHONE, &pb.Layer{Alias: uint64(number)})
}

// camera publishes layers of 180, 360, 720 … lines under the aliases 10·number, 10·number+1 …
func camera(number uint32, layers int) *pb.ClientMessage {
	var list []*pb.Layer
	for i := range uint32(layers) {
		height := uint32(180) << i
		list = append(list, &pb.Layer{Id: i, Alias: uint64(10*number + i), Width: height * 16 / 9, Height: height, MaxFps: 30})
	}
	return publish(number, pb.Source_SOURCE_CAMERA, list...)
}

func subscribe(c *sessiontest.Client, number uint32, maxHeight uint32) *pb.ClientMessage {
	return &pb.ClientMessage{RequestId: 200 + number, Kind: &pb.ClientMessage_Subscribe{
		Subscribe: &pb.Subscribe{Track: &pb.TrackRef{Session: c.Session(), Number: number}, MaxHeight: maxHeight, Priority: 128},
	}}
}

func unsubscribe(c *sessiontest.Client, number uint32) *pb.ClientMessage {
	return &pb.ClientMessage{RequestId: 300 + number, Kind: &pb.ClientMessage_Unsubscribe{
		Unsubscribe: &pb.Unsubscribe{Track: &pb.TrackRef{Session: c.Session(), Number: number}},
	}}
}

func data(topic string, payload string, to ...string) *pb.ClientMessage {
	return &pb.ClientMessage{RequestId: 400, Kind: &pb.ClientMessage_Data{
		Data: &pb.DataMessage{Topic: topic, Payload: []byte(payload), To: to},
	}}
}

func key(group uint64) wire.Header { return wire.Header{Flags: wire.FlagKeyframe, Group: group} }

func delta(group, number uint64) wire.Header { return wire.Header{Group: group, Number: number} }

// sent sends an object and waits until the node has dealt with it.
func sent(t testing.TB, c *sessiontest.Client, alias uint64, h wire.Header, payload string) {
	t.Helper()
	if err := c.SendObject(alias, h, payload, false); err != nil {
		t.Fatalf("sending an object: %v", err)
	}
	synctest.Wait()
}

// payloads returns what the client has received lately.
func payloads(c *sessiontest.Client) (all []string) {
	for _, o := range c.Objects() {
		all = append(all, o.Payload)
	}
	return all
}

// counts are Metrics that can be read.
type counts struct {
	mu     sync.Mutex
	values map[string]int
}

func newCounts() *counts { return &counts{values: map[string]int{}} }

func (c *counts) add(n int, name string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.values[fmt.Sprintf(name, args...)] += n
}

func (c *counts) get(name string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.values[name]
}

func (c *counts) ObjectOut(int)                   { c.add(1, "out") }
func (c *counts) Dropped(r relay.Reason, n int)   { c.add(n, "dropped %v", r) }
func (c *counts) KeyframeAsked()                  { c.add(1, "keyframes asked") }
func (c *counts) KeyframeForwarded()              { c.add(1, "keyframes forwarded") }
func (c *counts) ConnectionOpened(transport.Kind) { c.add(1, "connections") }
func (c *counts) ConnectionClosed(transport.Kind) { c.add(-1, "connections") }
func (c *counts) SessionStarted()                 { c.add(1, "started") }
func (c *counts) SessionEnded(code string)        { c.add(1, "ended %s", code) }
func (c *counts) SessionResumed(transport.Kind)   { c.add(1, "resumed") }
func (c *counts) ObjectIn(int)                    { c.add(1, "in") }
func (c *counts) ControlIn(int)                   { c.add(1, "control in") }
func (c *counts) ControlOut(int)                  { c.add(1, "control out") }
func (c *counts) UnknownKind()                    { c.add(1, "unknown") }
func (c *counts) Error(code string)               { c.add(1, "error %s", code) }
