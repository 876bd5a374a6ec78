package transport

import (
	"bufio"
	"context"
	"log/slog"
	"net/http"
	"runtime/debug"
	"sync"

	"github.com/gobwas/ws"
	"github.com/quic-go/quic-go/http3"
	"github.com/quic-go/webtransport-go"

	"github.com/openconfab/confab/internal/wire"
)

// ServerOptions are the choices a Server leaves open. The zero value is a good default.
type ServerOptions struct {
	// AllowedOrigins returns those of pages, besides the node's own, that may connect: "https://meet.example". "*" allows all.
	// nil: none.
	AllowedOrigins func() []string
	// MaxConnections bounds the connections of both transports together; more are closed with "server-full". 0: 10000.
	MaxConnections int
	// Refused is told of every connection that was turned away before accept was called. nil: nobody.
	Refused func(Refusal)
	// Logger gets what the libraries below have to say. nil: nobody.
	Logger *slog.Logger
}

// A Refusal says why a connection was turned away.
type Refusal string

// The refusals.
const (
	RefusedOrigin    Refusal = "origin"
	RefusedHandshake Refusal = "handshake"
	RefusedLimit     Refusal = "limit"
	RefusedStopping  Refusal = "stopping"
)

// A Server takes connections of both transports. Plug HandleWebSocket into the HTTP server at wire.Path, and run ServeUDP
// beside it. It is safe for concurrent use.
type Server struct {
	options ServerOptions
	accept  func(Conn, *http.Request)
	wt      *webtransport.Server

	// ctx ends when Shutdown begins to close connections.
	ctx    context.Context
	cancel context.CancelFunc
	// running counts what Shutdown waits for.
	running sync.WaitGroup

	mu       sync.Mutex
	stopping bool
	conns    map[Conn]struct{}
}

// NewServer returns a Server that calls accept for every connection, in a goroutine of its own, with the request that
// asked for it. The connection is accept's until it returns; then it is closed.
func NewServer(accept func(Conn, *http.Request), options ServerOptions) *Server {
	if options.MaxConnections == 0 {
		options.MaxConnections = 10_000
	}
	if options.Logger == nil {
		options.Logger = slog.New(slog.DiscardHandler)
	}
	if options.AllowedOrigins == nil {
		options.AllowedOrigins = func() []string { return nil }
	}
	if options.Refused == nil {
		options.Refused = func(Refusal) {}
	}
	s := &Server{options: options, accept: accept, conns: make(map[Conn]struct{})}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	mux := http.NewServeMux()
	mux.HandleFunc(wire.Path, s.handleWebTransport)
	s.wt = &webtransport.Server{
		H3: &http3.Server{
			Handler:        mux,
			MaxHeaderBytes: maxHeaderBytes,
			Logger:         options.Logger,
			ConnContext:    s.rememberQUICConn,
		},
		ReorderingTimeout: helloTimeout,
		CheckOrigin:       func(*http.Request) bool { return true },
	}
	return s
}

// HandleWebSocket upgrades the request, and returns when the connection is on its own: what HTTP needs for a request is
// of no use to it. It needs HTTP/1.1.
func (s *Server) HandleWebSocket(w http.ResponseWriter, r *http.Request) {
	if !OriginAllowed(r, s.options.AllowedOrigins()) {
		s.refuseOrigin(w, r)
		return
	}
	if r.ProtoMajor != 1 || !isWebSocketUpgrade(r) {
		w.Header().Set("Connection", "Upgrade")
		w.Header().Set("Upgrade", "websocket")
		http.Error(w, "this address speaks WebSocket, by an HTTP/1.1 upgrade, and WebTransport", http.StatusUpgradeRequired)
		return
	}
	if !s.begin() {
		s.options.Refused(RefusedStopping)
		http.Error(w, "the node is stopping", http.StatusServiceUnavailable)
		return
	}
	defer s.running.Done()
	upgrader := ws.HTTPUpgrader{
		Timeout:  handshakeTimeout,
		Protocol: func(p string) bool { return p == wire.Subprotocol },
	}
	conn, rw, handshake, err := upgrader.Upgrade(r, w)
	if err != nil {
		s.options.Refused(RefusedHandshake)
		s.options.Logger.Debug("websocket handshake failed", "remote", r.RemoteAddr, "error", err)
		if conn != nil {
			conn.Close()
		}
		return
	}
	in := rw.Reader
	if in.Buffered() == 0 {
		in = bufio.NewReaderSize(conn, readAhead)
	}
	c := newWebSocketConn(conn, in, false)
	if handshake.Protocol != wire.Subprotocol {
		s.options.Refused(RefusedHandshake)
		c.Close(wire.CodeVersionUnsupported)
		s.running.Go(c.wait)
		return
	}
	s.running.Go(func() { s.serve(c, r) })
}

func isWebSocketUpgrade(r *http.Request) bool {
	return r.Method == http.MethodGet && http.CanonicalHeaderKey(r.Header.Get("Upgrade")) == "Websocket"
}

func (s *Server) refuseOrigin(w http.ResponseWriter, r *http.Request) {
	s.options.Refused(RefusedOrigin)
	http.Error(w, "pages of "+r.Header.Get("Origin")+" may not connect to this node: add the origin to its allow-list",
		http.StatusForbidden)
}

// waiter is a Conn of this package.
type waiter interface {
	Conn
	wait()
}

// serve hands the connection over and sees to its end. What fails for one connection does not for the others.
func (s *Server) serve(c waiter, r *http.Request) {
	defer c.wait()
	if code := s.enter(c); code != "" {
		c.Close(code)
		return
	}
	defer s.leave(c)
	defer c.Close("")
	defer func() {
		if failure := recover(); failure != nil {
			s.options.Logger.Error("a connection's server has panicked", "remote", c.RemoteAddr(), "panic", failure, "stack", string(debug.Stack()))
			c.Close(wire.CodeInternal)
		}
	}()
	s.accept(c, r)
}

// begin reports whether something that Shutdown waits for may begin.
func (s *Server) begin() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopping {
		return false
	}
	s.running.Add(1)
	return true
}

func (s *Server) enter(c Conn) (refusal string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.stopping:
		s.options.Refused(RefusedStopping)
		return wire.CodeShuttingDown
	case len(s.conns) >= s.options.MaxConnections:
		s.options.Refused(RefusedLimit)
		return wire.CodeServerFull
	}
	s.conns[c] = struct{}{}
	return ""
}

func (s *Server) leave(c Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, c)
}

// Shutdown takes no new connections, closes those there are with "shutting-down", and waits until they and ServeUDP have
// ended, or for ctx. Say GoAway before.
func (s *Server) Shutdown(ctx context.Context) error {
	s.mu.Lock()
	s.stopping = true
	for c := range s.conns {
		c.Close(wire.CodeShuttingDown)
	}
	s.mu.Unlock()
	s.cancel()

	ended := make(chan struct{})
	go func() {
		defer close(ended)
		s.running.Wait()
	}()
	select {
	case <-ended:
		return s.wt.Close()
	case <-ctx.Done():
		s.wt.Close()
		return ctx.Err()
	}
}
