package doctor

import (
	"context"
	"net/url"
	"time"

	"github.com/openconfab/confab/internal/transport"
)

// connectTimeout is how long connecting by one transport may take.
const connectTimeout = 6 * time.Second

// connect dials by one transport, and notes it when that works.
func (p *patient) connect(ctx context.Context, kind transport.Kind) (transport.Conn, time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, p.config.patience)
	defer cancel()
	start := time.Now()
	conn, err := transport.DialInfo(ctx, p.info, transport.DialOptions{Only: kind, TLS: p.tls.Clone()})
	return conn, time.Since(start), err
}

// checkWebSocket connects over TCP, and says nothing.
func checkWebSocket(ctx context.Context, p *patient) Finding {
	conn, took, err := p.connect(ctx, transport.WebSocket)
	if err != nil {
		return failed("WebSocket does not connect: "+err.Error(),
			"A proxy in front of the node has to pass on the headers Upgrade and Connection; a filter in your network may cut WebSockets.")
	}
	defer hangUp(conn)
	p.works = append(p.works, transport.WebSocket)
	return ok("WebSocket connects in " + ms(took))
}

// checkWebTransport connects over UDP, and says nothing. A call works without, so this is no failure.
func checkWebTransport(ctx context.Context, p *patient) Finding {
	if p.info.WebTransport == nil {
		return warning("the node offers no WebTransport",
			"It was started with --no-udp, or is mounted in another program. Calls use TCP, and stutter where packets get lost.")
	}
	conn, took, err := p.connect(ctx, transport.WebTransport)
	if err != nil {
		port := "443"
		if u, parseErr := url.Parse(p.info.WebTransport.URL); parseErr == nil && u.Port() != "" {
			port = u.Port()
		}
		return warning("WebTransport does not connect: "+err.Error(),
			"UDP port "+port+" is most likely blocked: open it at the server's firewall, and pass it on if there is a proxy. "+
				"If others connect, it is your network. Until then calls use TCP, and stutter where packets get lost.")
	}
	defer hangUp(conn)
	p.works = append(p.works, transport.WebTransport)
	return ok("WebTransport connects in " + ms(took))
}

// hangUp closes a connection and waits for that, so that nothing of it is left.
func hangUp(conn transport.Conn) {
	conn.Close("")
	<-conn.Done()
}

func ms(d time.Duration) string { return d.Round(100 * time.Microsecond).String() }
