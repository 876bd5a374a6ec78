package transport

import (
	"bufio"
	"context"
	"fmt"

	"github.com/gobwas/ws"

	"github.com/openconfab/confab/internal/wire"
)

func dialWebSocket(ctx context.Context, info wire.WebSocketInfo, o DialOptions) (Conn, error) {
	dialer := ws.Dialer{
		Timeout:   2 * handshakeTimeout,
		Protocols: []string{wire.Subprotocol},
		NetDial:   o.DialContext,
		TLSConfig: o.TLS,
	}
	conn, br, handshake, err := dialer.Dial(ctx, info.URL)
	if err != nil {
		return nil, fmt.Errorf("transport: websocket to %s: %w", info.URL, err)
	}
	if handshake.Protocol != wire.Subprotocol {
		conn.Close()
		return nil, fmt.Errorf("transport: websocket to %s: the node does not speak %s", info.URL, wire.Subprotocol)
	}
	if br == nil {
		br = bufio.NewReader(conn)
	}
	return newWebSocketConn(conn, br, true), nil
}
