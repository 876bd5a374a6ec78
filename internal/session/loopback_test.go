package session_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/openconfab/confab/internal/room"
	"github.com/openconfab/confab/internal/session/sessiontest"
	"github.com/openconfab/confab/internal/transport"
	"github.com/openconfab/confab/internal/wire"
	"github.com/openconfab/confab/internal/wire/pb"
)

// realNode is a node that is reached by the real transports.
type realNode struct {
	*node
	info    wire.ConnectInfo
	options transport.DialOptions
}

// newLoopback serves on the machine's own network.
func newLoopback(t *testing.T) *realNode {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	socket, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return newRealNode(t, listener, socket)
}

func newRealNode(t *testing.T, listener net.Listener, socket net.PacketConn) *realNode {
	t.Helper()
	l := &realNode{node: newNode(t, room.DefaultLimits())}
	server := transport.NewServer(func(conn transport.Conn, _ *http.Request) { l.hub.Serve(conn) }, transport.ServerOptions{})
	web := &http.Server{Handler: http.HandlerFunc(server.HandleWebSocket), ReadHeaderTimeout: 5 * time.Second}
	webServed := make(chan error, 1)
	go func() { webServed <- web.Serve(transport.Listener(listener)) }()
	certificate, hash := newCertificate(t)
	served := make(chan error, 1)
	go func() { served <- server.ServeUDP(socket, &tls.Config{Certificates: []tls.Certificate{certificate}}) }()
	l.info = wire.ConnectInfo{
		WebTransport: &wire.WebTransportInfo{
			URL:               fmt.Sprintf("https://%s%s", socket.LocalAddr(), wire.Path),
			CertificateHashes: [][]byte{hash},
		},
		WebSocket: wire.WebSocketInfo{URL: fmt.Sprintf("ws://%s%s", listener.Addr(), wire.Path)},
	}
	t.Cleanup(func() {
		l.stop()
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := server.Shutdown(ctx); err != nil {
			t.Errorf("transport: %v", err)
		}
		if err := <-served; err != nil {
			t.Errorf("UDP: %v", err)
		}
		socket.Close()
		web.Close()
		if err := <-webServed; !errors.Is(err, http.ErrServerClosed) {
			t.Errorf("TCP: %v", err)
		}
	})
	return l
}

func newCertificate(t *testing.T) (tls.Certificate, []byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(24 * time.Hour),
		IPAddresses:  []net.IP{net.IPv4(127, 0, 0, 1), net.IPv4(10, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	hash := sha256.Sum256(der)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, hash[:]
}

func (l *realNode) dial(kind transport.Kind) transport.Conn {
	l.t.Helper()
	ctx, cancel := context.WithTimeout(l.t.Context(), 10*time.Second)
	defer cancel()
	options := l.options
	options.Only = kind
	conn, err := transport.DialInfo(ctx, &l.info, options)
	if err != nil {
		l.t.Fatalf("connecting: %v", err)
	}
	return conn
}

func (l *realNode) join(kind transport.Kind, identity string) *sessiontest.Client {
	l.t.Helper()
	c, err := sessiontest.Join(l.dial(kind), hello("room", identity))
	if err != nil {
		l.t.Fatalf("%s joins: %v", identity, err)
	}
	c.KeepAlive(time.Second)
	l.clients = append(l.clients, c)
	return c
}

// expect returns the client's next message of kind K, passing over others.
func expect[K any](t testing.TB, c *sessiontest.Client) K {
	t.Helper()
	for {
		m, err := c.Next()
		if err != nil {
			t.Fatalf("waiting for a message: %v", err)
		}
		if kind, ok := m.Kind.(K); ok {
			return kind
		}
	}
}

func TestCallOverRealTransports(t *testing.T) {
	kinds := []transport.Kind{transport.WebTransport, transport.WebSocket}
	for _, from := range kinds {
		for _, to := range kinds {
			t.Run(kindName(from)+" to "+kindName(to), func(t *testing.T) {
				l := newLoopback(t)
				ann, bob := l.join(from, "ann"), l.join(to, "bob")
				expect[*pb.ServerMessage_ParticipantJoined](t, ann)
				ann.Send(microphone(1))
				ann.Send(camera(2, 2))
				aliases := map[uint64]string{}
				for range 2 {
					expect[*pb.ServerMessage_TrackPublished](t, bob)
				}
				for i, name := range []string{"sound", "video"} {
					bob.Send(subscribe(ann, uint32(i+1), 0))
					aliases[expect[*pb.ServerMessage_Subscribed](t, bob).Subscribed.Alias] = name
				}
				if r := expect[*pb.ServerMessage_KeyframeRequested](t, ann).KeyframeRequested; r.Number != 2 || r.Layer != 1 {
					t.Fatalf("asked for %v", r)
				}
				video(t, ann, bob, aliases, 1, strings.Repeat("picture", 20_000))
				sound(t, ann, bob, aliases)

				// Bob moves to the other transport while the one he has works, and then comes back after losing it.
				for _, kind := range kinds {
					if err := bob.Resume(l.dial(kind)); err != nil {
						t.Fatal(err)
					}
					expect[*pb.ServerMessage_KeyframeRequested](t, ann)
					video(t, ann, bob, aliases, uint64(10*kind), "after moving")
				}
				bob.Conn().Close("")
				if err := bob.Resume(l.dial(from)); err != nil {
					t.Fatal(err)
				}
				sound(t, ann, bob, aliases)

				bob.Send(&pb.ClientMessage{Kind: &pb.ClientMessage_Leave{Leave: &pb.Leave{}}})
				if left := expect[*pb.ServerMessage_ParticipantLeft](t, ann).ParticipantLeft; left.Reason != pb.LeaveReason_LEAVE_REASON_LEFT {
					t.Errorf("left: %v", left)
				}
			})
		}
	}
}

// video sends a group of three objects and waits for them.
func video(t *testing.T, from, to *sessiontest.Client, aliases map[uint64]string, group uint64, payload string) {
	t.Helper()
	sendVideo(t, from, group, payload)
	wantVideo(t, to, aliases, group, payload)
}

func sendVideo(t *testing.T, from *sessiontest.Client, group uint64, payload string) {
	t.Helper()
	g, err := from.Conn().OpenGroup(21)
	if err != nil {
		t.Fatal(err)
	}
	for i := range uint64(3) {
		h := delta(group, i)
		if i == 0 {
			h.Flags |= wire.FlagKeyframe
		}
		o := wire.NewObject(h, fmt.Append(nil, payload, i))
		err := g.Write(o)
		o.Release()
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := g.Close(); err != nil {
		t.Fatal(err)
	}
}

func wantVideo(t *testing.T, to *sessiontest.Client, aliases map[uint64]string, group uint64, payload string) {
	t.Helper()
	for i := range uint64(3) {
		o := object(t, to, "video", aliases)
		if o.Group != group || o.Number != i || o.Keyframe() != (i == 0) || o.Payload != fmt.Sprint(payload, i) {
			t.Fatalf("got %v %.20q, want object %d of group %d", o.Header, o.Payload, i, group)
		}
	}
}

// sound sends datagrams, which may be lost, until one has arrived.
func sound(t *testing.T, from, to *sessiontest.Client, aliases map[uint64]string) {
	t.Helper()
	arrived := make(chan sessiontest.Received, 1)
	failed := make(chan error, 1)
	go func() {
		o, err := to.NextObject()
		if err != nil {
			failed <- err
			return
		}
		arrived <- o
	}()
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for i := uint64(0); ; i++ {
		if err := from.SendObject(1, wire.Header{Group: 1, Number: i}, "sound", true); err != nil {
			t.Fatal(err)
		}
		select {
		case o := <-arrived:
			if o.Payload != "sound" || aliases[o.Alias] != "sound" {
				t.Fatalf("got %v", o)
			}
			return
		case err := <-failed:
			t.Fatal(err)
		case <-ticker.C:
		}
	}
}

// object returns the client's next object of a kind, passing over others.
func object(t *testing.T, c *sessiontest.Client, kind string, aliases map[uint64]string) sessiontest.Received {
	t.Helper()
	for {
		o, err := c.NextObject()
		if err != nil {
			t.Fatal(err)
		}
		if aliases[o.Alias] == kind {
			return o
		}
	}
}

func TestRefusalsOverRealTransports(t *testing.T) {
	l := newLoopback(t)
	for _, kind := range []transport.Kind{transport.WebTransport, transport.WebSocket} {
		h := hello("room", "")
		if _, err := sessiontest.Join(l.dial(kind), h); wire.CodeOf(err) != wire.CodeUnauthorized {
			t.Errorf("%s: without a token: %v", kindName(kind), err)
		}
		old, again := l.join(kind, "twin"), l.join(kind, "twin")
		if closed, _, err := old.WaitEnd(); closed.GetCode() != wire.CodeReplaced || wire.CodeOf(err) != wire.CodeReplaced {
			t.Errorf("%s: replaced with %v, %v", kindName(kind), closed, err)
		}
		if err := again.Conn().WriteControl([]byte{0xff}); err != nil {
			t.Fatal(err)
		}
		if _, failure, err := again.WaitEnd(); failure.GetCode() != wire.CodeMalformed || !errors.Is(err, &wire.Error{Code: wire.CodeMalformed}) {
			t.Errorf("%s: malformed ended with %v, %v", kindName(kind), failure, err)
		}
	}
}

func TestTooLargeObjectsAreRefusedAndTheSessionLives(t *testing.T) {
	for _, kind := range []transport.Kind{transport.WebTransport, transport.WebSocket} {
		t.Run(kindName(kind), func(t *testing.T) {
			l := newLoopback(t)
			ann := l.join(kind, "ann")
			large := wire.NewObject(key(1), bytes.Repeat([]byte{1}, 4<<20))
			defer large.Release()
			g, err := ann.Conn().OpenGroup(20)
			if err != nil {
				t.Fatal(err)
			}
			// The node stops reading it.
			if err := g.Write(large); err != nil && !errors.Is(err, transport.ErrStale) {
				t.Fatal(err)
			}
			if e := expect[*pb.ServerMessage_Error](t, ann).Error; e.Code != wire.CodeObjectTooLarge {
				t.Errorf("got %v", e)
			}
			if _, err := ann.Ping(); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestOneWhoReadsNothingHoldsUpNobody: the others get everything while what is for one waits in the node, and in its kernel.
func TestOneWhoReadsNothingHoldsUpNobody(t *testing.T) {
	l := newLoopback(t)
	ann := l.join(transport.WebSocket, "ann")
	ann.Send(camera(2, 2))
	if _, err := ann.Ping(); err != nil {
		t.Fatal(err)
	}
	aliases := map[uint64]string{}
	var viewers []*sessiontest.Client
	for i := range 4 {
		c := l.join(transport.WebSocket, fmt.Sprint("viewer", i))
		c.Send(subscribe(ann, 2, 0))
		aliases[expect[*pb.ServerMessage_Subscribed](t, c).Subscribed.Alias] = "video"
		viewers = append(viewers, c)
	}
	deaf := l.dial(transport.WebSocket)
	defer deaf.Close("")
	for _, m := range []*pb.ClientMessage{{Kind: &pb.ClientMessage_Hello{Hello: hello("room", "deaf")}}, subscribe(ann, 2, 0)} {
		b, err := proto.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		if err := deaf.WriteControl(b); err != nil {
			t.Fatal(err)
		}
	}
	for subscribed := false; !subscribed; {
		msg, err := deaf.ReadControl()
		if err != nil {
			t.Fatal(err)
		}
		m, err := wire.UnmarshalServer(msg, len(msg))
		if err != nil {
			t.Fatal(err)
		}
		subscribed = m.GetSubscribed() != nil
	}
	payload := strings.Repeat("picture", 20_000)
	for group := uint64(1); group <= 40; group++ {
		sendVideo(t, ann, group, payload)
		for _, c := range viewers {
			wantVideo(t, c, aliases, group, payload)
		}
	}
	if l.counts.get("dropped stale") == 0 {
		t.Error("everything was taken by one who reads nothing")
	}
}
