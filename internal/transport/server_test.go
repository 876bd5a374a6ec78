package transport

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gobwas/ws"
	"github.com/quic-go/quic-go"
	"github.com/quic-go/webtransport-go"

	"github.com/openconfab/confab/internal/simnet"
	"github.com/openconfab/confab/internal/virtualtime"
	"github.com/openconfab/confab/internal/wire"
)

// statusWithOrigin returns the HTTP status that a page of the origin gets; "" is a native program.
func (n *node) statusWithOrigin(t *testing.T, kind Kind, origin string) int {
	t.Helper()
	header := http.Header{}
	if origin != "" {
		header.Set("Origin", origin)
	}
	if kind == WebSocket {
		dialer := ws.Dialer{Protocols: []string{wire.Subprotocol}, Header: ws.HandshakeHeaderHTTP(header), TLSConfig: n.trust}
		conn, _, _, err := dialer.Dial(t.Context(), n.info.WebSocket.URL)
		if refused, ok := err.(ws.StatusError); ok {
			return int(refused)
		}
		if err != nil {
			t.Fatal(err)
		}
		conn.Close()
		return http.StatusOK
	}
	client, err := (&webtransport.Transport{}).NewClientConn(n.rawQUIC(t))
	if err != nil {
		t.Fatal(err)
	}
	res, session, err := client.Dial(t.Context(), n.info.WebTransport.URL, header)
	if res == nil {
		t.Fatal(err)
	}
	if session != nil {
		session.CloseWithError(0, "")
	}
	return res.StatusCode
}

func TestOrigins(t *testing.T) {
	n := startLoopbackNode(t, nodeConfig{tls: true, options: ServerOptions{AllowedOrigins: func() []string { return []string{"https://meet.example"} }}})
	own := map[Kind]string{WebSocket: n.base, WebTransport: "https://" + n.socketAddr()}
	for _, kind := range []Kind{WebSocket, WebTransport} {
		for origin, want := range map[string]int{
			"":                         http.StatusOK,
			own[kind]:                  http.StatusOK,
			"https://meet.example":     http.StatusOK,
			"https://MEET.example":     http.StatusOK,
			"https://evil.example":     http.StatusForbidden,
			"https://meet.example.org": http.StatusForbidden,
			"http://meet.example":      http.StatusForbidden,
			"https://127.0.0.1:1":      http.StatusForbidden,
			"null":                     http.StatusForbidden,
			"://":                      http.StatusForbidden,
		} {
			if got := n.statusWithOrigin(t, kind, origin); got != want {
				t.Errorf("%d: origin %q gets %d, want %d", kind, origin, got, want)
			}
		}
	}
}

func TestOriginPorts(t *testing.T) {
	for _, c := range []struct {
		origin, host string
		allowed      []string
		want         bool
	}{
		{"https://a.example", "a.example:443", nil, true},
		{"https://a.example:443", "a.example", nil, true},
		{"http://a.example", "a.example:80", nil, true},
		{"http://a.example", "a.example:443", nil, false},
		{"https://a.example:8443", "a.example:8443", nil, true},
		{"https://a.example:8443", "a.example", nil, false},
		{"https://b.example", "a.example", []string{"*"}, true},
		{"https://b.example", "a.example", []string{"https://b.example/"}, true},
		{"https://b.example/path", "a.example", []string{"https://b.example"}, false},
		{"null", "a.example", []string{"*"}, true},
	} {
		r := &http.Request{Host: c.host, Header: http.Header{"Origin": {c.origin}}}
		if got := OriginAllowed(r, c.allowed); got != c.want {
			t.Errorf("origin %s at %s, allowed %v: %t", c.origin, c.host, c.allowed, got)
		}
	}
}

func TestRequestsThatAreNoUpgrade(t *testing.T) {
	n := startLoopbackNode(t, nodeConfig{})
	res, err := http.Get(n.base + wire.Path)
	if err != nil {
		t.Fatal(err)
	}
	http.DefaultClient.CloseIdleConnections()
	body, _ := io.ReadAll(res.Body)
	res.Body.Close()
	if res.StatusCode != http.StatusUpgradeRequired || !strings.Contains(string(body), "WebSocket") {
		t.Errorf("got %s, %q", res.Status, body)
	}

	client, err := (&webtransport.Transport{}).NewClientConn(n.rawQUIC(t))
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]int{wire.Path: http.StatusMethodNotAllowed, "/other": http.StatusNotFound} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+n.socketAddr()+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		res, err := client.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != want {
			t.Errorf("GET %s over HTTP/3: %s, want %d", path, res.Status, want)
		}
	}
}

func TestUnknownSubprotocolIsAnUnsupportedVersion(t *testing.T) {
	n := startLoopbackNode(t, nodeConfig{})
	dialer := ws.Dialer{Protocols: []string{"confab.v0"}}
	conn, br, _, err := dialer.Dial(t.Context(), n.info.WebSocket.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	in := io.Reader(conn)
	if br != nil {
		in = br
	}
	frame, err := ws.ReadFrame(in)
	if err != nil || string(frame.Payload) != closeBody(4000, wire.CodeVersionUnsupported) {
		t.Errorf("got %q, %v", frame.Payload, err)
	}
}

func TestServerFull(t *testing.T) {
	for name, kind := range map[string]Kind{"WebTransport": WebTransport, "WebSocket": WebSocket} {
		t.Run(name, func(t *testing.T) {
			n := startLoopbackNode(t, nodeConfig{options: ServerOptions{MaxConnections: 1}})
			first := n.connect(t, kind)
			o := n.dial
			o.Only = kind
			second, err := Dial(t.Context(), n.base, o)
			if err != nil {
				t.Fatal(err)
			}
			defer second.Close("")
			second.WriteControl([]byte("hello"))
			_, err = second.ReadControl()
			wantError(t, err, &wire.Error{Code: wire.CodeServerFull})

			first.client.Close("")
			_, err = first.server.ReadControl()
			wantError(t, err, io.EOF)
		})
	}
}

func TestShutdownTellsEverybody(t *testing.T) {
	for name, kind := range map[string]Kind{"WebTransport": WebTransport, "WebSocket": WebSocket} {
		t.Run(name, func(t *testing.T) {
			n := startLoopbackNode(t, nodeConfig{})
			p := n.connect(t, kind)
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			stopped := make(chan error)
			go func() { stopped <- n.server.Shutdown(ctx) }()
			_, err := p.client.ReadControl()
			wantError(t, err, &wire.Error{Code: wire.CodeShuttingDown})
			if err := <-stopped; err != nil {
				t.Errorf("shutting down: %v", err)
			}
			o := n.dial
			o.Only = WebSocket
			if _, err := Dial(t.Context(), n.base, o); err == nil {
				t.Error("a connection was taken after shutdown")
			}
		})
	}
}

func TestSessionWithoutControlStreamIsClosed(t *testing.T) {
	virtualtime.Test(t, func(t *testing.T) {
		n := startSimulatedNode(t, nodeConfig{}, simnet.Link{}, simnet.Link{})
		client, err := (&webtransport.Transport{}).NewClientConn(n.rawQUIC(t))
		if err != nil {
			t.Fatal(err)
		}
		_, session, err := client.Dial(t.Context(), n.info.WebTransport.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		_, err = session.AcceptUniStream(t.Context())
		wantError(t, err, &webtransport.SessionError{ErrorCode: webTransportCoded, Remote: true})
		if took := time.Since(start); took < helloTimeout || took > helloTimeout+time.Second || err.Error() != wire.CodeHelloTimeout {
			t.Errorf("after %v: %v", took, err)
		}
	})
}

func TestQUICConnectionWithoutSessionIsClosed(t *testing.T) {
	virtualtime.Test(t, func(t *testing.T) {
		conn := startSimulatedNode(t, nodeConfig{}, simnet.Link{}, simnet.Link{}).rawQUIC(t)
		start := time.Now()
		<-conn.Context().Done()
		if took := time.Since(start); took < helloTimeout || took > 3*helloTimeout {
			t.Errorf("closed after %v", took)
		}
	})
}

func TestPeerCanOpenNoMoreStreamsThanAllowed(t *testing.T) {
	r := startLoopbackNode(t, nodeConfig{}).rawSession(t)
	opened := 0
	for ; opened < 2*serverIncomingUniStreams; opened++ {
		if _, err := r.session.OpenUniStream(); err != nil {
			if _, limited := err.(*quic.StreamLimitReachedError); !limited {
				t.Error(err)
			}
			break
		}
	}
	if opened > serverIncomingUniStreams || opened < serverIncomingUniStreams/2 {
		t.Errorf("%d streams were opened, want at most %d", opened, serverIncomingUniStreams)
	}
}

func TestTooManyGroups(t *testing.T) {
	p := startLoopbackNode(t, nodeConfig{}).connect(t, WebTransport)
	var open []Group
	for {
		g, err := p.client.OpenGroup(1)
		if err != nil {
			wantError(t, err, ErrTooManyGroups)
			break
		}
		if open = append(open, g); len(open) > serverIncomingUniStreams {
			t.Fatal("no limit")
		}
	}
	to := receiveFrom(t, p.server, 1000)
	o := object(1, 0, 10)
	defer o.Release()
	for _, g := range open {
		if err := g.Write(o); err != nil {
			t.Fatal(err)
		}
		to.want(t, 1, o)
		g.Close()
	}
}

func TestAPanicEndsOneConnectionOnly(t *testing.T) {
	for name, v := range variants {
		t.Run(name, func(t *testing.T) {
			n := startLoopbackNode(t, nodeConfig{tls: v.tls})
			accept := n.server.accept
			n.server.accept = func(Conn, *http.Request) { panic("a bug") }
			o := n.dial
			o.Only = v.kind
			conn, err := Dial(t.Context(), n.base, o)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.(waiter).wait()
			defer conn.Close("")
			// A node sees a WebTransport connection with its first control message. One by WebSocket may have ended before.
			if err := conn.WriteControl([]byte("hello")); err != nil && wire.CodeOf(err) != wire.CodeInternal {
				t.Fatal(err)
			}
			_, err = conn.ReadControl()
			wantError(t, err, &wire.Error{Code: wire.CodeInternal})

			n.server.accept = accept
			n.connect(t, v.kind)
		})
	}
}
