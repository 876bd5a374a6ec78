package transport

import (
	"context"
	"crypto/elliptic"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/openconfab/confab/internal/simnet"
	"github.com/openconfab/confab/internal/virtualtime"
	"github.com/openconfab/confab/internal/wire"
)

func TestDialPrefersWebTransport(t *testing.T) {
	if p := startLoopbackNode(t, nodeConfig{}).connect(t, 0); p.client.Kind() != WebTransport {
		t.Error("it is a WebSocket")
	}
}

func TestDialTakesWebSocketWhereThereIsNoUDP(t *testing.T) {
	n := startLoopbackNode(t, nodeConfig{noUDP: true})
	if p := n.connect(t, 0); p.client.Kind() != WebSocket {
		t.Error("it is no WebSocket")
	}
	o := n.dial
	o.Only = WebTransport
	if _, err := Dial(t.Context(), n.base, o); err == nil {
		t.Error("WebTransport was promised and is not there")
	}
}

func TestDialStartsWebSocketAfterTheHeadStart(t *testing.T) {
	virtualtime.Test(t, func(t *testing.T) {
		n := startSimulatedNode(t, nodeConfig{}, simnet.Link{Latency: time.Millisecond}, simnet.Link{})
		n.dial.ListenPacket = func() (net.PacketConn, error) { return blackHole(n.client) }
		start := time.Now()
		p := n.connect(t, 0)
		if took := time.Since(start); p.client.Kind() != WebSocket || took < headStart || took > headStart+100*time.Millisecond {
			t.Errorf("kind %d after %v", p.client.Kind(), took)
		}
	})
}

func TestDialStartsWebSocketAtOnceWhenWebTransportFails(t *testing.T) {
	virtualtime.Test(t, func(t *testing.T) {
		n := startSimulatedNode(t, nodeConfig{}, simnet.Link{Latency: time.Millisecond}, simnet.Link{})
		n.dial.ListenPacket = func() (net.PacketConn, error) { return nil, errors.New("no UDP here") }
		start := time.Now()
		p := n.connect(t, 0)
		if took := time.Since(start); p.client.Kind() != WebSocket || took > headStart/2 {
			t.Errorf("kind %d after %v", p.client.Kind(), took)
		}
	})
}

func TestDialTellsWhyBothFailed(t *testing.T) {
	virtualtime.Test(t, func(t *testing.T) {
		n := startSimulatedNode(t, nodeConfig{}, simnet.Link{}, simnet.Link{})
		info := n.info
		info.WebSocket.URL = "ws://10.0.0.1:1" + wire.Path
		o := n.dial
		o.ListenPacket = func() (net.PacketConn, error) { return nil, errors.New("no UDP here") }
		_, err := DialInfo(t.Context(), &info, o)
		if err == nil || !strings.Contains(err.Error(), "no UDP here") || !strings.Contains(err.Error(), "refused") {
			t.Errorf("got %v", err)
		}
	})
}

func TestDialGivesUpWithItsContext(t *testing.T) {
	virtualtime.Test(t, func(t *testing.T) {
		n := startSimulatedNode(t, nodeConfig{}, simnet.Link{}, simnet.Link{})
		o := n.dial
		o.ListenPacket = func() (net.PacketConn, error) { return blackHole(n.client) }
		o.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		start := time.Now()
		_, err := DialInfo(ctx, &n.info, o)
		wantError(t, err, context.DeadlineExceeded)
		if took := time.Since(start); took > 3*time.Second {
			t.Errorf("gave up after %v", took)
		}
	})
}

// blackHole is a socket whose packets get nowhere.
func blackHole(h *simnet.Host) (net.PacketConn, error) {
	socket, err := h.ListenPacket(0)
	return deaf{socket}, err
}

type deaf struct{ net.PacketConn }

func (d deaf) WriteTo(b []byte, _ net.Addr) (int, error) { return len(b), nil }

func TestDialTrustsHashesUnderTheConditionsOfBrowsers(t *testing.T) {
	const day = 24 * time.Hour
	for name, c := range map[string]struct {
		valid time.Duration
		curve elliptic.Curve
		hash  []byte
		want  string
	}{
		"good":        {14 * day, elliptic.P256(), nil, ""},
		"two weeks+":  {14*day + time.Minute, elliptic.P256(), nil, "14 days"},
		"other curve": {14 * day, elliptic.P384(), nil, "P-256"},
		"other hash":  {14 * day, elliptic.P256(), make([]byte, 32), "none of the hashes"},
		"expired":     {0, elliptic.P256(), nil, "is the clock right"},
	} {
		t.Run(name, func(t *testing.T) {
			cert := certificate(t, c.valid, c.curve)
			n := startLoopbackNode(t, nodeConfig{cert: &cert})
			if c.hash != nil {
				n.info.WebTransport.CertificateHashes[0] = c.hash
			}
			// Trust by other means does not matter.
			conn, err := DialInfo(t.Context(), &n.info, DialOptions{Only: WebTransport})
			if c.want == "" {
				if err != nil {
					t.Fatal(err)
				}
				conn.WriteControl([]byte("hello"))
				(<-n.accepted).Close("")
				<-conn.Done()
				conn.(waiter).wait()
				return
			}
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want something about %q", err, c.want)
			}
		})
	}
}

func TestDialWithoutTrustFails(t *testing.T) {
	n := startLoopbackNode(t, nodeConfig{tls: true})
	n.info.WebTransport.CertificateHashes = nil
	for _, kind := range []Kind{WebTransport, WebSocket} {
		if _, err := DialInfo(t.Context(), &n.info, DialOptions{Only: kind}); err == nil || !strings.Contains(err.Error(), "certificate") {
			t.Errorf("%d: %v", kind, err)
		}
		o := n.dial
		o.Only = kind
		conn, err := DialInfo(t.Context(), &n.info, o)
		if err != nil {
			t.Fatalf("%d: with trust: %v", kind, err)
		}
		conn.Close("")
		conn.(waiter).wait()
	}
	if _, err := Dial(t.Context(), n.base, DialOptions{}); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("asking how to connect: %v", err)
	}
}

func TestDialNoNode(t *testing.T) {
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch strings.TrimSuffix(r.URL.Path, wire.ConnectPath) {
		case "/html":
			w.Write([]byte("<html>welcome</html>"))
		case "/broken":
			w.Header().Set("Content-Type", "application/json")
			w.Write([]byte(`{"websocket":`))
		case "/endless":
			w.Header().Set("Content-Type", "application/json")
			w.Write([]byte(`{"x":"` + strings.Repeat("y", maxConnectInfo) + `"}`))
		default:
			http.NotFound(w, r)
		}
	}))
	defer web.Close()
	for base, want := range map[string]string{
		"meet.example":       "give one like",
		"ftp://meet.example": "give one like",
		web.URL:              "is a Confab node there",
		web.URL + "/html":    "is a Confab node there",
		web.URL + "/broken":  "no connect document",
		web.URL + "/endless": "no connect document",
	} {
		if _, err := Dial(t.Context(), base, DialOptions{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want something about %q", base, err, want)
		}
	}
}
