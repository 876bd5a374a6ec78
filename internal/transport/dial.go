package transport

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"time"

	"github.com/openconfab/confab/internal/wire"
)

// headStart is how long WebTransport is tried alone. Spec: wire.md §1.3.
const headStart = 800 * time.Millisecond

// DialOptions are the choices Dial leaves open. The zero value is a good default.
type DialOptions struct {
	// Only is the one transport to use; 0 tries WebTransport and falls back to WebSocket.
	Only Kind
	// TLS says which certificates to trust; nil: the system's. A certificate whose hash the node announces is trusted for
	// WebTransport without it.
	TLS *tls.Config
	// DialContext opens TCP connections; nil: the system's.
	DialContext func(ctx context.Context, network, address string) (net.Conn, error)
	// ListenPacket opens the socket of a WebTransport connection; nil: the system's.
	ListenPacket func() (net.PacketConn, error)
}

// Dial connects to the node at base, such as https://meet.example, by whichever transport is ready first.
func Dial(ctx context.Context, base string, o DialOptions) (Conn, error) {
	if o.TLS == nil {
		o.TLS = &tls.Config{}
	}
	info, err := fetchConnectInfo(ctx, base, o)
	if err != nil {
		return nil, err
	}
	return DialInfo(ctx, info, o)
}

// DialInfo connects as info says, which is what the node answered at wire.ConnectPath.
func DialInfo(ctx context.Context, info *wire.ConnectInfo, o DialOptions) (Conn, error) {
	if o.TLS == nil {
		o.TLS = &tls.Config{}
	}
	byWebTransport := func(ctx context.Context) (Conn, error) { return dialWebTransport(ctx, info.WebTransport, o) }
	byWebSocket := func(ctx context.Context) (Conn, error) { return dialWebSocket(ctx, info.WebSocket, o) }
	switch {
	case o.Only == WebSocket:
		return byWebSocket(ctx)
	case o.Only == WebTransport && info.WebTransport == nil:
		return nil, errors.New("transport: the node has no WebTransport")
	case o.Only == WebTransport:
		return byWebTransport(ctx)
	case info.WebTransport == nil:
		return byWebSocket(ctx)
	}
	return race(ctx, headStart, byWebTransport, byWebSocket)
}

type dialed struct {
	conn Conn
	err  error
}

// race returns the connection of first or second, whichever is ready first. Second starts when first has failed, or
// after the head start. The loser is closed.
func race(ctx context.Context, headStart time.Duration, first, second func(context.Context) (Conn, error)) (Conn, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	results := make(chan dialed, 2)
	start := func(dial func(context.Context) (Conn, error)) {
		conn, err := dial(ctx)
		results <- dialed{conn, err}
	}
	go start(first)
	running, startSecond := 1, time.After(headStart)
	var errs []error
	for {
		select {
		case <-startSecond:
			startSecond = nil
			running++
			go start(second)
		case r := <-results:
			running--
			if r.err == nil {
				cancel()
				for range running {
					if late := <-results; late.err == nil {
						late.conn.Close("")
					}
				}
				return r.conn, nil
			}
			errs = append(errs, r.err)
			if startSecond != nil {
				startSecond = time.After(0)
			} else if running == 0 {
				return nil, errors.Join(errs...)
			}
		}
	}
}
