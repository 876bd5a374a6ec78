package server

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/openconfab/confab/internal/session/sessiontest"
	"github.com/openconfab/confab/internal/transport"
	"github.com/openconfab/confab/internal/wire"
	"github.com/openconfab/confab/internal/wire/pb"
	"github.com/openconfab/confab/token"
)

// tap is a TCP connection that keeps every byte that came.
type tap struct {
	net.Conn
	mu   *sync.Mutex
	came *bytes.Buffer
}

func (c tap) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.came.Write(b[:n])
	return n, err
}

// frames takes what came over a WebSocket connection apart (RFC 6455 §5.2), to the last byte.
func frames(t *testing.T, came []byte) (messages [][]byte) {
	t.Helper()
	r := bufio.NewReader(bytes.NewReader(came))
	res, err := http.ReadResponse(r, nil)
	if err != nil || res.StatusCode != http.StatusSwitchingProtocols {
		t.Fatalf("no WebSocket: %v, %v", res, err)
	}
	for {
		var head [2]byte
		switch _, err := io.ReadFull(r, head[:]); {
		case err == io.EOF:
			return messages
		case err != nil:
			t.Fatal(err)
		}
		size := uint64(head[1])
		var more [8]byte
		switch size {
		case 126:
			_, err = io.ReadFull(r, more[6:])
			size = binary.BigEndian.Uint64(more[:])
		case 127:
			_, err = io.ReadFull(r, more[:])
			size = binary.BigEndian.Uint64(more[:])
		}
		if err != nil {
			t.Fatal(err)
		}
		message := make([]byte, size)
		if _, err := io.ReadFull(r, message); err != nil {
			t.Fatalf("a frame of %d bytes: %v", size, err)
		}
		if head[0] == 0x82 {
			messages = append(messages, message)
		} else if opcode := head[0] & 0xf; opcode < 8 {
			t.Errorf("a frame with the first byte %x", head[0])
		}
	}
}

// arrived is what came over a connection: control messages, and every other byte.
type arrived struct {
	control [][]byte
	other   []byte
}

// tapped dials by WebSocket, with a tap on the TCP connection.
func tapped(t *testing.T, s *running) (transport.Conn, func() arrived) {
	t.Helper()
	var mu sync.Mutex
	var came bytes.Buffer
	conn, err := transport.Dial(t.Context(), "http://"+s.addr, transport.DialOptions{
		Only: transport.WebSocket,
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
			if err != nil {
				return nil, err
			}
			mu.Lock()
			defer mu.Unlock()
			// The last connection is the one: that before has fetched the connect document.
			came.Reset()
			return tap{conn, &mu, &came}, nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return conn, func() (a arrived) {
		mu.Lock()
		defer mu.Unlock()
		for _, message := range frames(t, bytes.Clone(came.Bytes())) {
			if len(message) > 0 && message[0] == 0 {
				a.control = append(a.control, message[1:])
			} else {
				a.other = append(a.other, message...)
			}
		}
		return a
	}
}

// recorder is a WebTransport connection that keeps all that came: on the control stream, on others, in datagrams.
type recorder struct {
	transport.Conn
	mu   sync.Mutex
	came arrived
}

func (r *recorder) ReadControl() ([]byte, error) {
	b, err := r.Conn.ReadControl()
	r.mu.Lock()
	defer r.mu.Unlock()
	if err == nil {
		r.came.control = append(r.came.control, bytes.Clone(b))
	}
	return b, err
}

func (r *recorder) ReceiveObjects(limit int, handle func(uint64, *wire.Object), fault func(error)) error {
	return r.Conn.ReceiveObjects(limit, func(alias uint64, o *wire.Object) {
		r.keep(o.Payload())
		handle(alias, o)
	}, func(err error) {
		r.keep([]byte(err.Error()))
		fault(err)
	})
}

func (r *recorder) keep(b []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.came.other = append(r.came.other, b...)
}

func recorded(t *testing.T, s *running) (transport.Conn, func() arrived) {
	t.Helper()
	r := &recorder{Conn: dial(t, s, transport.WebTransport)}
	return r, func() arrived {
		r.mu.Lock()
		defer r.mu.Unlock()
		a := arrived{slices.Clone(r.came.control), bytes.Clone(r.came.other)}
		if n := r.StreamBytes(); n > 0 && len(a.other) == 0 {
			a.other = fmt.Append(nil, n, " bytes on streams that hold no object")
		}
		return a
	}
}

// TestWhatReachesOneWhoWaits looks at every byte that does, while a call goes on: none is of the room.
func TestWhatReachesOneWhoWaits(t *testing.T) {
	t.Run("WebSocket", func(t *testing.T) { reachesOneWhoWaits(t, tapped) })
	t.Run("WebTransport", func(t *testing.T) { reachesOneWhoWaits(t, recorded) })
}

func reachesOneWhoWaits(t *testing.T, connect func(*testing.T, *running) (transport.Conn, func() arrived)) {
	s := start(t, Config{Keys: []token.Key{testKey}})
	c := startCall(t, s)
	conn, taken := connect(t, s)
	hello := bearing(sign(t, claims("waiting", func(c *token.Claims) { c.Grants.Wait = true })))
	waiting, err := sessiontest.Join(conn, hello)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(waiting.Close)
	await[*pb.ServerMessage_WaitingJoined](t, c.host)
	everythingHappens(t, c, waiting)
	probe(t, waiting, c.host.Session())
	if _, err := waiting.Ping(); err != nil {
		t.Fatal(err)
	}

	before := taken()
	if len(before.other) > 0 {
		t.Errorf("besides control messages came %q", before.other)
	}
	told := map[string]int{}
	for _, message := range before.control {
		m, err := wire.UnmarshalServer(message, len(message))
		if err != nil {
			t.Fatal(err)
		}
		switch k := m.Kind.(type) {
		case *pb.ServerMessage_Welcome:
			told["welcome"]++
		case *pb.ServerMessage_Pong:
			told["pong"]++
		case *pb.ServerMessage_Error:
			if told["error"]++; k.Error.Code != wire.CodeWaiting {
				t.Errorf("%v", k.Error)
			}
		default:
			t.Errorf("one who waits is told %v", m)
		}
	}
	if told["welcome"] != 1 || told["pong"] < 1 || told["error"] < 5 {
		t.Errorf("told %v", told)
	}
	secrets := []string{"ben", "announcement of", "sound ", "key for all", "said to all", "said to one", c.host.Session(), c.ben.Session()}
	for _, secret := range secrets {
		if before.has(secret) {
			t.Errorf("%q reached one who waits", secret)
		}
	}

	// Admitted, it gets all of that: it would have been seen.
	c.host.Send(&pb.ClientMessage{Kind: &pb.ClientMessage_Moderate{Moderate: &pb.Moderate{Command: &pb.Moderate_Admit{Admit: &pb.AdmitWaiting{}}}}})
	await[*pb.ServerMessage_Admitted](t, waiting)
	waiting.Send(&pb.ClientMessage{Kind: &pb.ClientMessage_Subscribe{Subscribe: &pb.Subscribe{Track: c.track}}})
	await[*pb.ServerMessage_Subscribed](t, waiting)
	everythingHappens(t, c, waiting)
	await[*pb.ServerMessage_Data](t, waiting)
	await[*pb.ServerMessage_Data](t, waiting)
	for range 5 {
		if _, err := waiting.NextObject(); err != nil {
			t.Fatal(err)
		}
	}
	after := taken()
	for _, secret := range secrets {
		if !after.has(secret) {
			t.Errorf("%q did not reach one who was admitted", secret)
		}
	}
}

func (a arrived) has(text string) bool {
	return bytes.Contains(bytes.Join(append(a.control, a.other), nil), []byte(text))
}

// everythingHappens has those in a call do what others are told of.
func everythingHappens(t *testing.T, c *call, waiting *sessiontest.Client) {
	t.Helper()
	everybody := []string{waiting.Session(), c.ben.Session()}
	for _, m := range []*pb.ClientMessage{
		{Kind: &pb.ClientMessage_E2Ee{E2Ee: &pb.E2EeMessage{Common: []byte("key for all")}}},
		{Kind: &pb.ClientMessage_E2Ee{E2Ee: &pb.E2EeMessage{Parts: []*pb.E2EePart{{To: waiting.Session(), Payload: []byte("key for all")}}}}},
		{Kind: &pb.ClientMessage_SetHand{SetHand: &pb.SetHand{Raised: true}}},
		{Kind: &pb.ClientMessage_SetHand{SetHand: &pb.SetHand{}}},
		{Kind: &pb.ClientMessage_Data{Data: &pb.DataMessage{Payload: []byte("said to all")}}},
		{Kind: &pb.ClientMessage_Data{Data: &pb.DataMessage{To: everybody, Payload: []byte("said to one")}}},
	} {
		c.host.Send(m)
	}
	for range 2 {
		await[*pb.ServerMessage_Data](t, c.ben)
	}
	for range 5 {
		c.spoken++
		if err := c.host.SendObject(hostAlias, wire.Header{Flags: wire.FlagKeyframe, Group: c.spoken}, "sound ", false); err != nil {
			t.Fatal(err)
		}
		if _, err := c.ben.NextObject(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestWaitingByWebTransport: neither a stream nor a datagram comes to one who waits, though it asks for everything.
func TestWaitingByWebTransport(t *testing.T) {
	s := start(t, Config{Keys: []token.Key{testKey}})
	c := startCall(t, s)
	waiting := enter(t, s, transport.WebTransport, "waiting", func(c *token.Claims) { c.Grants.Wait = true })
	await[*pb.ServerMessage_WaitingJoined](t, c.host)
	for range 3 {
		everythingHappens(t, c, waiting)
		probe(t, waiting, c.host.Session())
	}
	if _, err := waiting.Ping(); err != nil {
		t.Fatal(err)
	}
	delivered := fmt.Sprintf("confab_objects_delivered_total %d\n", c.spoken)
	if _, page := get(t, client(t), "http://"+s.addr+"/metrics"); !strings.Contains(page, delivered) {
		t.Errorf("the node has delivered other objects than the %d that were heard", c.spoken)
	}
	if objects, told := waiting.Objects(), waiting.Pending(); len(objects)+len(told) > 0 {
		t.Errorf("one who waits gets %v and is told %v", objects, told)
	}
}
