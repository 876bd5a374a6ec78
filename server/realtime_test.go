package server

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/openconfab/confab/internal/session/sessiontest"
	"github.com/openconfab/confab/internal/transport"
	"github.com/openconfab/confab/internal/wire"
	"github.com/openconfab/confab/internal/wire/pb"
	"github.com/openconfab/confab/token"
)

var transports = []transport.Kind{transport.WebTransport, transport.WebSocket}

func dial(t *testing.T, s *running, kind transport.Kind) transport.Conn {
	t.Helper()
	conn, err := transport.Dial(t.Context(), "http://"+s.addr, transport.DialOptions{Only: kind})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close("") })
	return conn
}

func guest(name string) *pb.Hello {
	return &pb.Hello{
		Versions:     []uint32{1},
		Room:         "room-1",
		Announcement: []byte("announcement of " + name),
		GuestSecret:  []byte(strings.Repeat(name, 16)[:16]),
	}
}

func join(t *testing.T, s *running, kind transport.Kind, hello *pb.Hello) *sessiontest.Client {
	t.Helper()
	c, err := sessiontest.Join(dial(t, s, kind), hello)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// await returns the next message of a kind, passing over others.
func await[K any](t *testing.T, c *sessiontest.Client) K {
	t.Helper()
	for {
		m, err := c.Next()
		if err != nil {
			t.Fatal(err)
		}
		if kind, ok := m.Kind.(K); ok {
			return kind
		}
	}
}

// TestCall: over every pair of transports, what one publishes reaches the other as it was.
func TestCall(t *testing.T) {
	s := start(t, Config{})
	for _, from := range transports {
		for _, to := range transports {
			t.Run(from.String()+" to "+to.String(), func(t *testing.T) {
				ann := join(t, s, from, guest("ann"))
				bob := join(t, s, to, guest("bob"))
				if id := ann.Welcome().Identity; id != guestIdentity("room-1", guest("ann").GuestSecret) {
					t.Errorf("identity %s", id)
				}
				ann.Send(&pb.ClientMessage{Kind: &pb.ClientMessage_PublishTrack{PublishTrack: &pb.PublishTrack{
					Number: 1, Source: pb.Source_SOURCE_CAMERA, Layers: []*pb.Layer{{Alias: 9, Width: 64, Height: 36}},
				}}})
				track := await[*pb.ServerMessage_TrackPublished](t, bob).TrackPublished.Track.Track
				bob.Send(&pb.ClientMessage{Kind: &pb.ClientMessage_Subscribe{Subscribe: &pb.Subscribe{Track: track}}})
				alias := await[*pb.ServerMessage_Subscribed](t, bob).Subscribed.Alias
				await[*pb.ServerMessage_KeyframeRequested](t, ann)

				h := wire.Header{Flags: wire.FlagKeyframe | wire.FlagLastOfGroup, Group: 1}
				if err := ann.SendObject(9, h, "sealed frame", false); err != nil {
					t.Fatal(err)
				}
				got, err := bob.NextObject()
				if err != nil {
					t.Fatal(err)
				}
				if got.Alias != alias || got.Payload != "sealed frame" || got.Header != h {
					t.Errorf("received %+v", got)
				}
			})
		}
	}
}

// TestWebSocketOverTLS: the port that offers HTTP/2 to browsers still takes WebSocket, which needs HTTP/1.1.
func TestWebSocketOverTLS(t *testing.T) {
	s := start(t, Config{})
	conn, err := transport.Dial(t.Context(), "https://"+s.addr, transport.DialOptions{
		Only: transport.WebSocket,
		TLS:  &tls.Config{InsecureSkipVerify: true},
	})
	if err != nil {
		t.Fatal(err)
	}
	c, err := sessiontest.Join(conn, guest("ann"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Ping(); err != nil {
		t.Error(err)
	}
}

func TestConnectionsAreCounted(t *testing.T) {
	s := start(t, Config{})
	for _, kind := range transports {
		join(t, s, kind, guest(kind.String()))
	}
	_, page := get(t, client(t), "http://"+s.addr+"/metrics")
	for _, line := range []string{
		"confab_connections 2", "confab_rooms 1", "confab_participants 2", "confab_sessions_started_total 2",
		`confab_connections_opened_total{transport="webtransport"} 1`,
		`confab_connections_opened_total{transport="websocket"} 1`,
	} {
		if !strings.Contains(page, line+"\n") {
			t.Errorf("missing: %s", line)
		}
	}
}

func TestTokenIsRequiredWithKeys(t *testing.T) {
	s := start(t, Config{Keys: []token.Key{testKey}})
	for _, kind := range transports {
		_, err := sessiontest.Join(dial(t, s, kind), guest("ann"))
		if wire.CodeOf(err) != wire.CodeUnauthorized {
			t.Errorf("%v without a token: %v", kind, err)
		}
		c := join(t, s, kind, &pb.Hello{
			Versions:     []uint32{1},
			Announcement: []byte("a"),
			Token: sign(t, token.Claims{
				Identity: "ann", Room: "room-1", Expires: time.Now().Add(time.Minute), Grants: token.Grants{Join: true},
			}),
		})
		if w := c.Welcome(); w.Identity != "ann" || w.Room != "room-1" || w.Grants.Subscribe || len(w.Grants.Publish) > 0 {
			t.Errorf("%v: welcome %v", kind, w)
		}
	}
	if _, page := get(t, client(t), "http://"+s.addr+"/metrics"); !strings.Contains(page, `confab_errors_sent_total{code="unauthorized"} 2`) {
		t.Error("the refusals were not counted")
	}
}

// TestGracefulShutdown: clients are told to go, then that it is over, and meanwhile the node says that it is not ready.
func TestGracefulShutdown(t *testing.T) {
	for _, kind := range transports {
		t.Run(kind.String(), func(t *testing.T) {
			s := start(t, Config{})
			c := join(t, s, kind, guest("ann"))
			ctx, cancel := context.WithCancel(t.Context())
			stopped := make(chan error, 1)
			go func() { stopped <- s.Shutdown(ctx) }()

			if c.WaitGoAway() == nil {
				t.Fatal("no GoAway came")
			}
			if res, _ := get(t, client(t), "http://"+s.addr+"/readyz"); res.StatusCode != http.StatusServiceUnavailable {
				t.Errorf("readyz while draining: %d", res.StatusCode)
			}
			if _, err := sessiontest.Join(dial(t, s, kind), guest("bob")); wire.CodeOf(err) != wire.CodeShuttingDown {
				t.Errorf("a newcomer while draining: %v", err)
			}
			cancel()
			if closed, _, _ := c.WaitEnd(); closed.GetCode() != wire.CodeShuttingDown {
				t.Errorf("the session was closed with %v", closed)
			}
			if err := <-stopped; !errors.Is(err, context.Canceled) {
				t.Errorf("Shutdown: %v", err)
			}
		})
	}
}

func TestShutdownEndsWhenClientsHaveLeft(t *testing.T) {
	s := start(t, Config{DrainTimeout: time.Hour})
	c := join(t, s, transport.WebTransport, guest("ann"))
	go func() {
		c.WaitGoAway()
		c.Send(&pb.ClientMessage{Kind: &pb.ClientMessage_Leave{Leave: &pb.Leave{}}})
	}()
	if err := s.stop(); err != nil {
		t.Error(err)
	}
}

// TestAClosedPageLeaves: by HTTP, with its ticket alone, while its connection still is there.
func TestAClosedPageLeaves(t *testing.T) {
	s := start(t, Config{})
	ann, bob := join(t, s, transport.WebTransport, guest("ann")), join(t, s, transport.WebTransport, guest("bob"))
	leave := func(body []byte) int {
		res, err := client(t).Post("http://"+s.addr+wire.LeavePath, "", bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		return res.StatusCode
	}
	farewell := func(c *sessiontest.Client, ticket []byte) []byte {
		b, err := proto.Marshal(&pb.Resume{Session: c.Session(), Ticket: ticket})
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	for name, body := range map[string][]byte{"garbage": {0xff}, "long": make([]byte, 257)} {
		if status := leave(body); status != http.StatusBadRequest {
			t.Errorf("%s: %d", name, status)
		}
	}
	for name, body := range map[string][]byte{
		"another's ticket": farewell(ann, bob.Welcome().ResumeTicket), "no ticket": farewell(ann, nil), "nothing": nil,
	} {
		if status := leave(body); status != http.StatusNoContent {
			t.Errorf("%s: %d", name, status)
		}
	}
	if _, err := ann.Ping(); err != nil {
		t.Fatalf("somebody else ended a session: %v", err)
	}
	if status := leave(farewell(ann, ann.Welcome().ResumeTicket)); status != http.StatusNoContent {
		t.Errorf("leaving: %d", status)
	}
	for {
		m, err := bob.Next()
		if err != nil {
			t.Fatal(err)
		}
		if left := m.GetParticipantLeft(); left != nil {
			if left.Session != ann.Session() || left.Reason != pb.LeaveReason_LEAVE_REASON_LEFT {
				t.Errorf("left: %v", left)
			}
			break
		}
	}
}

func TestConnectionsOfOneAddressAreLimited(t *testing.T) {
	s := start(t, Config{MaxConnectionsPerAddress: 2})
	first := join(t, s, transport.WebTransport, guest("ann"))
	join(t, s, transport.WebTransport, guest("bob"))
	_, err := sessiontest.Join(dial(t, s, transport.WebTransport), guest("eve"))
	if wire.CodeOf(err) != wire.CodeServerFull {
		t.Errorf("the third: %v", err)
	}
	if _, err := first.Ping(); err != nil {
		t.Errorf("the first, meanwhile: %v", err)
	}
	if _, page := get(t, client(t), "http://"+s.addr+"/metrics"); !strings.Contains(page, `confab_connections_refused_total{reason="limit"} 1`) {
		t.Error("the refusal was not counted")
	}
}

func TestPagesOfOtherOriginsCannotConnect(t *testing.T) {
	s := start(t, Config{TrustedOrigins: []string{"https://app.example.com"}})
	for origin, want := range map[string]int{
		"https://evil.example.com": http.StatusForbidden,
		"https://app.example.com":  http.StatusSwitchingProtocols,
		"http://" + s.addr:         http.StatusSwitchingProtocols,
	} {
		conn, err := net.Dial("tcp", s.addr)
		if err != nil {
			t.Fatal(err)
		}
		req, err := http.NewRequest(http.MethodGet, "http://"+s.addr+wire.Path, nil)
		if err != nil {
			t.Fatal(err)
		}
		for name, value := range map[string]string{
			"Origin": origin, "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
			"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Protocol": wire.Subprotocol,
		} {
			req.Header.Set(name, value)
		}
		if err := req.Write(conn); err != nil {
			t.Fatal(err)
		}
		res, err := http.ReadResponse(bufio.NewReader(conn), req)
		if err != nil {
			t.Fatal(err)
		}
		if res.StatusCode != want {
			t.Errorf("%s: %s", origin, res.Status)
		}
		conn.Close()
	}
	if _, page := get(t, client(t), "http://"+s.addr+"/metrics"); !strings.Contains(page, `confab_connections_refused_total{reason="origin"} 1`) {
		t.Error("the refusal was not counted")
	}
}

// TestCallGoesOnBesideBadConnections: whatever else arrives, people who talk notice nothing.
func TestCallGoesOnBesideBadConnections(t *testing.T) {
	s := start(t, Config{})
	ann := join(t, s, transport.WebTransport, guest("ann"))
	send := func(bytes string) {
		t.Helper()
		conn, err := net.Dial("tcp", s.addr)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if _, err := conn.Write([]byte(bytes)); err != nil {
			t.Fatal(err)
		}
	}
	send("\x16\x03\x01 is no handshake")
	send("\x00\x00\x00")
	send("GET /v1/rt HTTP/1.1\r\n\r\n")
	udp, err := net.Dial("udp", s.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer udp.Close()
	for range 50 {
		if _, err := udp.Write([]byte(strings.Repeat("\xc0 is no QUIC packet ", 60))); err != nil {
			t.Fatal(err)
		}
	}
	for _, kind := range transports {
		conn := dial(t, s, kind)
		if err := conn.WriteControl([]byte("\xff\xff\xff is no Hello")); err != nil {
			t.Fatal(err)
		}
		m, err := conn.ReadControl()
		if err != nil {
			t.Fatal(err)
		}
		answer, err := wire.UnmarshalServer(m, len(m))
		if err != nil || answer.GetError().GetCode() != wire.CodeMalformed {
			t.Errorf("%v: answered %v, %v", kind, answer, err)
		}
	}
	if _, err := ann.Ping(); err != nil {
		t.Errorf("the call: %v", err)
	}
	if _, page := get(t, client(t), "http://"+s.addr+"/metrics"); !strings.Contains(page, `confab_errors_sent_total{code="malformed"} 2`) {
		t.Error("the bad Hellos were not counted")
	}
}
