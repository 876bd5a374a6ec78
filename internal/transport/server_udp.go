package transport

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/http3"
	"github.com/quic-go/webtransport-go"

	"github.com/openconfab/confab/internal/wire"
)

// quicState goes with a QUIC connection through the requests on it.
type quicState struct {
	conn       *quic.Conn
	hasSession atomic.Bool
}

type quicStateKey struct{}

// rememberQUICConn is called for every connection, before requests on it. One that does not become a session is of no use
// here and is closed in time.
func (s *Server) rememberQUICConn(ctx context.Context, conn *quic.Conn) context.Context {
	state := &quicState{conn: conn}
	closeUnlessSession := func() {
		if !state.hasSession.Load() {
			conn.CloseWithError(quic.ApplicationErrorCode(http3.ErrCodeNoError), "no session")
		}
	}
	timer := time.AfterFunc(2*helloTimeout, closeUnlessSession)
	stop := context.AfterFunc(s.ctx, closeUnlessSession)
	context.AfterFunc(ctx, func() {
		timer.Stop()
		stop()
	})
	return context.WithValue(ctx, quicStateKey{}, state)
}

func serverQUICConfig() *quic.Config {
	return &quic.Config{
		HandshakeIdleTimeout:             handshakeTimeout,
		MaxIdleTimeout:                   idleTimeout,
		KeepAlivePeriod:                  keepAlivePeriod,
		InitialStreamReceiveWindow:       initialStreamWindow,
		MaxStreamReceiveWindow:           maxStreamWindow,
		InitialConnectionReceiveWindow:   initialConnectionWindow,
		MaxConnectionReceiveWindow:       maxConnectionWindow,
		MaxIncomingStreams:               serverIncomingStreams,
		MaxIncomingUniStreams:            serverIncomingUniStreams,
		EnableDatagrams:                  true,
		EnableStreamResetPartialDelivery: true,
	}
}

// ServeUDP takes WebTransport connections from the socket until Shutdown, and then returns nil. The socket stays the
// caller's to close. Certificates come from tlsConfig, whose GetCertificate is asked for every connection.
func (s *Server) ServeUDP(socket net.PacketConn, tlsConfig *tls.Config) error {
	if !s.begin() {
		return nil
	}
	defer s.running.Done()
	var open, ready atomic.Int64
	transport := &quic.Transport{
		Conn: socket,
		VerifySourceAddress: func(net.Addr) bool {
			return open.Load()-ready.Load() > unverifiedHandshakes
		},
		ConnContext: func(ctx context.Context, _ *quic.ClientInfo) (context.Context, error) {
			if open.Add(1) > int64(s.options.MaxConnections)+4*unverifiedHandshakes {
				open.Add(-1)
				s.options.Refused(RefusedLimit)
				return nil, fmt.Errorf("transport: more than %d connections", s.options.MaxConnections)
			}
			context.AfterFunc(ctx, func() { open.Add(-1) })
			return ctx, nil
		},
	}
	defer transport.Close()
	listener, err := transport.ListenEarly(http3.ConfigureTLSConfig(tlsConfig), serverQUICConfig())
	if err != nil {
		return fmt.Errorf("transport: listening for QUIC: %w", err)
	}
	defer listener.Close()
	var serving sync.WaitGroup
	defer serving.Wait()
	for {
		conn, err := listener.Accept(s.ctx)
		if errors.Is(err, context.Canceled) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("transport: accepting QUIC: %w", err)
		}
		ready.Add(1)
		context.AfterFunc(conn.Context(), func() { ready.Add(-1) })
		serving.Go(func() {
			if err := s.wt.ServeQUICConn(conn); err != nil {
				s.options.Logger.Debug("serving QUIC failed", "remote", conn.RemoteAddr(), "error", err)
			}
		})
	}
}

// handleWebTransport makes the request a session, and returns when the connection is on its own. ServeUDP, which is
// counted among what runs, waits for it.
func (s *Server) handleWebTransport(w http.ResponseWriter, r *http.Request) {
	state, ok := r.Context().Value(quicStateKey{}).(*quicState)
	streamer, isStream := w.(http3.HTTPStreamer)
	if !ok || !isStream || r.Method != http.MethodConnect {
		http.Error(w, "this address speaks WebTransport", http.StatusMethodNotAllowed)
		return
	}
	if !OriginAllowed(r, s.options.AllowedOrigins()) {
		s.refuseOrigin(w, r)
		return
	}
	session, err := s.wt.Upgrade(w, r)
	if err != nil {
		s.options.Refused(RefusedHandshake)
		s.options.Logger.Debug("webtransport handshake failed", "remote", r.RemoteAddr, "error", err)
		http.Error(w, "this is not a WebTransport session that can be opened here", http.StatusBadRequest)
		return
	}
	state.hasSession.Store(true)
	control, err := acceptControl(session)
	if err != nil {
		s.options.Refused(RefusedHandshake)
		session.CloseWithError(webTransportCoded, wire.CodeHelloTimeout)
		select {
		case <-state.conn.Context().Done():
		case <-time.After(closeTimeout):
		}
		state.conn.CloseWithError(quic.ApplicationErrorCode(http3.ErrCodeNoError), "")
		return
	}
	request := streamer.HTTPStream()
	c := newWebTransportConn(session, request.StreamID(), state.conn, control, request, nil)
	s.running.Go(func() { s.serve(c, r) })
}

func acceptControl(session *webtransport.Session) (*webtransport.Stream, error) {
	ctx, cancel := context.WithTimeout(context.Background(), helloTimeout)
	defer cancel()
	return session.AcceptStream(ctx)
}
