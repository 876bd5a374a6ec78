package sessiontest

import (
	"context"
	"io"
	"net"
	"sync"
	"time"

	"github.com/openconfab/confab/internal/transport"
	"github.com/openconfab/confab/internal/wire"
)

// Pipe returns the two ends of a simulated connection. What is written at one end arrives at the other in order, at
// once, unless a path is slowed or stalled.
func Pipe(kind transport.Kind) (node, client *Conn) {
	node, client = newConn(kind), newConn(kind)
	node.peer, client.peer = client, node
	return node, client
}

// Conn is one end of a simulated connection. It implements transport.Conn.
type Conn struct {
	kind   transport.Kind
	peer   *Conn
	ctx    context.Context
	cancel context.CancelCauseFunc

	// link is held while something crosses a path of limited rate, so that one thing crosses at a time.
	link sync.Mutex

	// mu guards what follows; changed tells of every change.
	mu      sync.Mutex
	changed sync.Cond
	control [][]byte
	limit   int
	objects []arrival
	// streamBytes adds up the objects that came in groups.
	streamBytes uint64
	// stalled and rate are of the path from this end to the other.
	stalled bool
	rate    int
	code    string
	written Written
	// eager: nothing that is written at this end waits; what would have to is kept until Uncork.
	eager bool
	kept  []crossing
}

// crossing is what crosses a path: how much, as what of, and what it does then, or if it never arrives.
type crossing struct {
	bytes  int
	group  *group
	arrive func() error
	lost   func()
}

// Written counts what left an end.
type Written struct{ Control, Objects, Datagrams, Resets int }

type arrival struct {
	alias  uint64
	object *wire.Object
}

func newConn(kind transport.Kind) *Conn {
	c := &Conn{kind: kind, limit: 64 << 10}
	c.changed.L = &c.mu
	c.ctx, c.cancel = context.WithCancelCause(context.Background())
	return c
}

// Stall stops what is written at this end, until Resume: all of it on a WebSocket, the groups on WebTransport.
func (c *Conn) Stall() { c.setStalled(true) }

// Resume ends Stall.
func (c *Conn) Resume() { c.setStalled(false) }

func (c *Conn) setStalled(stalled bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stalled = stalled
	c.changed.Broadcast()
}

// SetRate limits the path from this end, in bytes a second; 0: no limit. Datagrams and, on WebTransport, control pass
// without waiting, as they go first on a real path.
func (c *Conn) SetRate(bytesPerSecond int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.rate = bytesPerSecond
}

// Cut breaks the connection: nothing arrives any more at either end, what is under way is lost.
func (c *Conn) Cut() {
	for _, end := range []*Conn{c, c.peer} {
		end.mu.Lock()
		// In one step, or what is written in between would arrive without what was before it.
		end.control = nil
		end.end(io.ErrUnexpectedEOF)
		end.mu.Unlock()
	}
}

// Written returns what has left this end so far.
func (c *Conn) Written() Written {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.written
}

// CloseCode returns the code with which this end closed the connection.
func (c *Conn) CloseCode() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.code
}

func (c *Conn) stop(cause error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.end(cause)
}

// end is called with mu held.
func (c *Conn) end(cause error) {
	c.cancel(cause)
	c.changed.Broadcast()
}

// Kind implements transport.Conn.
func (c *Conn) Kind() transport.Kind { return c.kind }

// RemoteAddr implements transport.Conn.
func (c *Conn) RemoteAddr() string { return "pipe" }

// Multiplexed implements transport.Conn.
func (c *Conn) Multiplexed() bool { return c.kind == transport.WebTransport }

// StreamBytes implements transport.Conn: objects that came in groups, without what frames them.
func (c *Conn) StreamBytes() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.streamBytes
}

// Done implements transport.Conn.
func (c *Conn) Done() <-chan struct{} { return c.ctx.Done() }

// Context implements transport.Conn.
func (c *Conn) Context() context.Context { return c.ctx }

// RoundTrip implements transport.Conn.
func (c *Conn) RoundTrip() time.Duration { return 0 }

// Cork implements transport.Conn.
func (c *Conn) Cork() {}

// Uncork implements transport.Conn.
func (c *Conn) Uncork() error {
	c.mu.Lock()
	kept := c.kept
	c.kept, c.eager = nil, false
	c.mu.Unlock()
	for _, k := range kept {
		// The end of the connection is what Uncork returns.
		_ = c.send(k)
	}
	return context.Cause(c.ctx)
}

// TryCork implements transport.Conn.
func (c *Conn) TryCork() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.eager = !c.Multiplexed()
	return c.eager
}

// Stuck implements transport.Conn.
func (c *Conn) Stuck() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.kept) > 0
}

// TryUncork implements transport.Conn.
func (c *Conn) TryUncork() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.kept) > 0 {
		return false
	}
	c.eager = false
	return true
}

// Close implements transport.Conn. What was written before still arrives.
func (c *Conn) Close(code string) {
	c.mu.Lock()
	if c.ctx.Err() == nil {
		c.code = code
	}
	c.mu.Unlock()
	c.stop(net.ErrClosed)
	cause := io.EOF
	if code != "" {
		cause = &wire.Error{Code: code}
	}
	c.peer.stop(cause)
}

// SetControlLimit implements transport.Conn.
func (c *Conn) SetControlLimit(bytes int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.limit = bytes
}

// ReadControl implements transport.Conn.
func (c *Conn) ReadControl() ([]byte, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for len(c.control) == 0 && c.ctx.Err() == nil {
		c.changed.Wait()
	}
	if len(c.control) == 0 {
		return nil, context.Cause(c.ctx)
	}
	msg := c.control[0]
	c.control = c.control[1:]
	if len(msg) > c.limit {
		return nil, wire.Errorf(wire.CodeMalformed, "too long")
	}
	return msg, nil
}

// WriteControl implements transport.Conn.
func (c *Conn) WriteControl(msg []byte) error {
	msg = append([]byte(nil), msg...)
	arrive := func() error {
		return c.arrive(func(peer *Conn) { peer.control = append(peer.control, msg) }, func(w *Written) { w.Control++ })
	}
	if c.Multiplexed() {
		return arrive()
	}
	return c.send(crossing{bytes: len(msg), arrive: arrive, lost: func() {}})
}

// send has something cross the path, or keeps it if it would have to wait and must not.
func (c *Conn) send(k crossing) error {
	c.mu.Lock()
	eager := c.eager
	if eager && (c.stalled || c.rate > 0 || len(c.kept) > 0) {
		c.kept = append(c.kept, k)
		c.mu.Unlock()
		return nil
	}
	c.mu.Unlock()
	if !eager {
		if err := c.cross(k.bytes, k.group); err != nil {
			k.lost()
			return err
		}
	}
	err := k.arrive()
	if err != nil {
		k.lost()
	}
	return err
}

// arrive changes the other end, and what this end counts.
func (c *Conn) arrive(change func(peer *Conn), count func(*Written)) error {
	if c.ctx.Err() != nil {
		return context.Cause(c.ctx)
	}
	c.peer.mu.Lock()
	if cause := context.Cause(c.peer.ctx); cause != nil {
		c.peer.mu.Unlock()
		return cause
	}
	change(c.peer)
	c.peer.changed.Broadcast()
	c.peer.mu.Unlock()
	c.mu.Lock()
	defer c.mu.Unlock()
	count(&c.written)
	return nil
}

// cross waits as long as the path takes. It fails when the connection ends or the group is reset.
func (c *Conn) cross(bytes int, g *group) error {
	c.mu.Lock()
	for c.stalled && c.ctx.Err() == nil && !g.isReset() {
		c.changed.Wait()
	}
	rate := c.rate
	c.mu.Unlock()
	if rate > 0 {
		c.link.Lock()
		defer c.link.Unlock()
		timer := time.NewTimer(time.Duration(bytes) * time.Second / time.Duration(rate))
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-c.ctx.Done():
		case <-g.resetting():
		}
	}
	if c.ctx.Err() != nil {
		return context.Cause(c.ctx)
	}
	if g.isReset() {
		return transport.ErrStale
	}
	return nil
}

// SendDatagram implements transport.Conn.
func (c *Conn) SendDatagram(alias uint64, o *wire.Object) error {
	if !c.Multiplexed() {
		return transport.ErrDatagramsUnsupported
	}
	if o.Len() > 1200 {
		return transport.ErrDatagramTooLarge
	}
	k, err := c.crossing(alias, o, func(w *Written) { w.Datagrams++ })
	if err != nil {
		return err
	}
	if err = k.arrive(); err != nil {
		k.lost()
	}
	return err
}

// crossing returns an object that is to cross the path, with a copy of its own.
func (c *Conn) crossing(alias uint64, o *wire.Object, count func(*Written)) (crossing, error) {
	arrived, err := wire.ParseObject(o.Bytes())
	if err != nil {
		return crossing{}, err
	}
	return crossing{
		bytes: o.Len(),
		arrive: func() error {
			return c.arrive(func(peer *Conn) { peer.objects = append(peer.objects, arrival{alias, arrived}) }, count)
		},
		lost: arrived.Release,
	}, nil
}

// ReceiveObjects implements transport.Conn.
func (c *Conn) ReceiveObjects(maxObject int, handle func(uint64, *wire.Object), fault func(error)) error {
	for {
		c.mu.Lock()
		for len(c.objects) == 0 && c.ctx.Err() == nil {
			c.changed.Wait()
		}
		objects := c.objects
		c.objects = nil
		ended := c.ctx.Err() != nil
		c.mu.Unlock()
		for _, a := range objects {
			switch err := wire.CheckObjectSize(uint64(a.object.Len()), maxObject); {
			case ended:
				a.object.Release()
			case err != nil:
				a.object.Release()
				fault(err)
			default:
				handle(a.alias, a.object)
			}
		}
		if ended {
			return context.Cause(c.ctx)
		}
	}
}

// OpenGroup implements transport.Conn.
func (c *Conn) OpenGroup(alias uint64) (transport.Group, error) {
	if c.ctx.Err() != nil {
		return nil, context.Cause(c.ctx)
	}
	return &group{conn: c, alias: alias, reset: make(chan struct{})}, nil
}

// group implements transport.Group.
type group struct {
	conn  *Conn
	alias uint64
	once  sync.Once
	reset chan struct{}
}

func (g *group) resetting() <-chan struct{} {
	if g == nil {
		return nil
	}
	return g.reset
}

func (g *group) isReset() bool {
	select {
	case <-g.resetting():
		return true
	default:
		return false
	}
}

// SetUrgency implements transport.Group.
func (g *group) SetUrgency(transport.Urgency) {}

// Write implements transport.Group.
func (g *group) Write(o *wire.Object) error {
	k, err := g.conn.crossing(g.alias, o, func(w *Written) { w.Objects++ })
	if err != nil {
		return err
	}
	k.group = g
	if err := g.conn.send(k); err != nil || !g.conn.Multiplexed() {
		return err
	}
	g.conn.peer.mu.Lock()
	defer g.conn.peer.mu.Unlock()
	g.conn.peer.streamBytes += uint64(o.Len())
	return nil
}

// Close implements transport.Group.
func (g *group) Close() error { return context.Cause(g.conn.ctx) }

// Reset implements transport.Group.
func (g *group) Reset() {
	if !g.conn.Multiplexed() {
		return
	}
	g.once.Do(func() {
		close(g.reset)
		g.conn.mu.Lock()
		g.conn.written.Resets++
		g.conn.changed.Broadcast()
		g.conn.mu.Unlock()
	})
}
