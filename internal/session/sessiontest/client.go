package sessiontest

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/openconfab/confab/internal/transport"
	"github.com/openconfab/confab/internal/wire"
	"github.com/openconfab/confab/internal/wire/pb"
)

// Received is an object that a client got, with its alias.
type Received struct {
	Alias uint64
	wire.Header
	Payload string
	At      time.Time
}

// Client is the client's side of one session. It numbers, acknowledges on Ping, and sends again after a resume.
type Client struct {
	Hello *pb.Hello

	mu      sync.Mutex
	changed sync.Cond
	conn    transport.Conn
	welcome *pb.Welcome
	// received counts the node's numbered messages; those that Next has not returned are in waiting.
	received uint64
	waiting  []*pb.ServerMessage
	objects  []Received
	pongs    []*pb.Pong
	goAway   *pb.GoAway
	closed   *pb.Closed
	failure  *pb.Error
	// unacknowledged are the client's numbered messages after number processed.
	unacknowledged [][]byte
	processed      uint64
	ended          error
	tasks          sync.WaitGroup
	stop           chan struct{}
}

// Join joins a room over conn. It fails with a *wire.Error when the node refuses.
func Join(conn transport.Conn, hello *pb.Hello) (*Client, error) {
	c := &Client{Hello: hello, stop: make(chan struct{})}
	c.changed.L = &c.mu
	return c, c.connect(conn, hello)
}

// Resume takes the session up on another connection. The one before is left as it is.
func (c *Client) Resume(conn transport.Conn) error { return c.Take(conn, c.Resuming()) }

// Resuming returns the Hello that takes the session up as it is now.
func (c *Client) Resuming() *pb.Hello {
	c.mu.Lock()
	defer c.mu.Unlock()
	hello := proto.CloneOf(c.Hello)
	hello.Resume = &pb.Resume{Session: c.welcome.Session, Ticket: c.welcome.ResumeTicket, Received: c.received}
	return hello
}

// Take says a Hello of Resuming on another connection. Meanwhile the one before goes on.
func (c *Client) Take(conn transport.Conn, hello *pb.Hello) error { return c.connect(conn, hello) }

func (c *Client) connect(conn transport.Conn, hello *pb.Hello) error {
	conn.SetControlLimit(16 << 20)
	if err := conn.WriteControl(encode(&pb.ClientMessage{Kind: &pb.ClientMessage_Hello{Hello: hello}})); err != nil {
		return err
	}
	b, err := conn.ReadControl()
	if err != nil {
		return err
	}
	m, err := wire.UnmarshalServer(b, len(b))
	if err != nil {
		return err
	}
	if refusal := m.GetError(); refusal != nil {
		conn.Close("")
		return wire.ErrorFromProto(refusal)
	}
	welcome := m.GetWelcome()
	if welcome == nil {
		return fmt.Errorf("the first message is %T", m.Kind)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.conn, c.welcome, c.ended = conn, welcome, nil
	cursor := max(hello.GetResume().GetReceived(), welcome.Acknowledged)
	if cursor > c.received {
		return fmt.Errorf("the node skips %d messages", cursor-c.received)
	}
	if welcome.Received < c.processed || welcome.Received > c.processed+uint64(len(c.unacknowledged)) {
		return fmt.Errorf("the node says it has processed %d messages", welcome.Received)
	}
	c.acknowledge(welcome.Received)
	for _, msg := range c.unacknowledged {
		if conn.WriteControl(msg) != nil {
			break
		}
	}
	c.tasks.Go(func() { c.read(conn, cursor) })
	c.tasks.Go(func() { c.receive(conn) })
	return nil
}

func (c *Client) acknowledge(number uint64) {
	if number > c.processed {
		c.unacknowledged = c.unacknowledged[number-c.processed:]
		c.processed = number
	}
}

// read takes the control messages of a connection, after the one with the number cursor. Those that another connection brought are
// passed over.
func (c *Client) read(conn transport.Conn, cursor uint64) {
	for {
		b, err := conn.ReadControl()
		var m *pb.ServerMessage
		if err == nil {
			m, err = wire.UnmarshalServer(b, len(b))
		}
		c.mu.Lock()
		if err != nil {
			if c.conn == conn {
				c.ended = err
			}
			c.changed.Broadcast()
			c.mu.Unlock()
			return
		}
		numbered := false
		switch kind := m.Kind.(type) {
		case *pb.ServerMessage_Pong:
			c.acknowledge(kind.Pong.Received)
			c.pongs = append(c.pongs, kind.Pong)
		case *pb.ServerMessage_GoAway:
			c.goAway = kind.GoAway
		case *pb.ServerMessage_Closed:
			c.closed = kind.Closed
		case *pb.ServerMessage_Error:
			if wire.EndsOf(kind.Error.Code) != wire.EndsNothing {
				c.failure = kind.Error
				break
			}
			numbered = true
		default:
			numbered = true
		}
		if numbered {
			cursor++
		}
		if numbered && cursor > c.received {
			c.received = cursor
			c.waiting = append(c.waiting, m)
		}
		c.changed.Broadcast()
		c.mu.Unlock()
	}
}

func (c *Client) receive(conn transport.Conn) {
	// The connection's end is what read reports.
	_ = conn.ReceiveObjects(4<<20, func(alias uint64, o *wire.Object) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.objects = append(c.objects, Received{Alias: alias, Header: o.Header, Payload: string(o.Payload()), At: time.Now()})
		o.Release()
		c.changed.Broadcast()
	}, func(error) {})
}

// Send numbers and sends a message. It is kept and sent again if the connection is gone.
func (c *Client) Send(m *pb.ClientMessage) { c.SendBytes(encode(m)) }

// SendBytes is Send for a message that may be of a kind nobody knows.
func (c *Client) SendBytes(msg []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.unacknowledged = append(c.unacknowledged, msg)
	// A lost connection is the business of Resume.
	_ = c.conn.WriteControl(msg)
}

// Ping acknowledges what was received and waits for the node's Pong, which it returns.
func (c *Client) Ping() (*pb.Pong, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	pongs := len(c.pongs)
	ping := &pb.Ping{Sequence: uint32(pongs), Received: c.received}
	if err := c.conn.WriteControl(encode(&pb.ClientMessage{Kind: &pb.ClientMessage_Ping{Ping: ping}})); err != nil {
		return nil, err
	}
	for len(c.pongs) == pongs && c.ended == nil {
		c.changed.Wait()
	}
	if len(c.pongs) == pongs {
		return nil, c.ended
	}
	return c.pongs[pongs], nil
}

// KeepAlive pings so often from now on, until Close.
func (c *Client) KeepAlive(every time.Duration) {
	c.tasks.Go(func() {
		ticker := time.NewTicker(every)
		defer ticker.Stop()
		for {
			select {
			case <-c.stop:
				return
			case <-ticker.C:
				// Without a connection there is nobody to ping.
				_, _ = c.Ping()
			}
		}
	})
}

// Next returns the next numbered message, after waiting for it. It fails when the connection has ended.
func (c *Client) Next() (*pb.ServerMessage, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for len(c.waiting) == 0 && c.ended == nil {
		c.changed.Wait()
	}
	if len(c.waiting) == 0 {
		return nil, c.ended
	}
	m := c.waiting[0]
	c.waiting = c.waiting[1:]
	return m, nil
}

// Pending returns the numbered messages that have come and were not returned by Next.
func (c *Client) Pending() []*pb.ServerMessage {
	c.mu.Lock()
	defer c.mu.Unlock()
	pending := c.waiting
	c.waiting = nil
	return pending
}

// NextObject returns the next object, after waiting for it. It fails when the connection has ended.
func (c *Client) NextObject() (Received, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for len(c.objects) == 0 && c.ended == nil {
		c.changed.Wait()
	}
	if len(c.objects) == 0 {
		return Received{}, errors.Join(errors.New("no object came"), c.ended)
	}
	o := c.objects[0]
	c.objects = c.objects[1:]
	return o, nil
}

// Objects returns the objects that have come and were not returned by NextObject.
func (c *Client) Objects() []Received {
	c.mu.Lock()
	defer c.mu.Unlock()
	objects := c.objects
	c.objects = nil
	return objects
}

// SendObject sends an object as a group of its own or, if datagram, as a datagram.
func (c *Client) SendObject(alias uint64, h wire.Header, payload string, datagram bool) error {
	o := wire.NewObject(h, []byte(payload))
	defer o.Release()
	conn := c.Conn()
	if datagram && conn.Multiplexed() {
		return conn.SendDatagram(alias, o)
	}
	g, err := conn.OpenGroup(alias)
	if err != nil {
		return err
	}
	if err := g.Write(o); err != nil {
		return err
	}
	return g.Close()
}

// Conn returns the connection in use.
func (c *Client) Conn() transport.Conn {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.conn
}

// Welcome returns the last Welcome.
func (c *Client) Welcome() *pb.Welcome {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.welcome
}

// Session returns the session's id.
func (c *Client) Session() string { return c.Welcome().Session }

// WaitEnd waits for the end of the connection and returns the node's last word and the end's cause.
func (c *Client) WaitEnd() (*pb.Closed, *pb.Error, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.ended == nil {
		c.changed.Wait()
	}
	return c.closed, c.failure, c.ended
}

// WaitGoAway waits for GoAway; nil when the connection ends without.
func (c *Client) WaitGoAway() *pb.GoAway {
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.goAway == nil && c.ended == nil {
		c.changed.Wait()
	}
	return c.goAway
}

// Close drops the connection and waits for the goroutines of all connections of the client.
func (c *Client) Close() {
	close(c.stop)
	c.Conn().Close("")
	c.tasks.Wait()
}

func encode(m *pb.ClientMessage) []byte {
	b, err := proto.Marshal(m)
	if err != nil {
		panic("sessiontest: " + err.Error())
	}
	return b
}
