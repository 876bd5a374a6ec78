// Package server is a Confab node that a Go program can run or mount: the meeting site, and the rooms behind it.
//
// A node forwards what clients have encrypted. It holds no media key, and this package can't reach the code that uses
// them (see arch_test.go). Spec: spec/wire.md.
package server

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/openconfab/confab/docs"
	"github.com/openconfab/confab/internal/api"
	"github.com/openconfab/confab/internal/backbone"
	"github.com/openconfab/confab/internal/cluster"
	"github.com/openconfab/confab/internal/docsite"
	"github.com/openconfab/confab/internal/obs"
	"github.com/openconfab/confab/internal/session"
	"github.com/openconfab/confab/internal/transport"
	"github.com/openconfab/confab/internal/wire"
	"github.com/openconfab/confab/token"
	"github.com/openconfab/confab/web"
)

// Limits on HTTP requests. Connections to rooms leave HTTP after their handshake and have limits of their own.
const (
	readHeaderTimeout = 10 * time.Second
	readTimeout       = 30 * time.Second
	writeTimeout      = time.Minute
	idleTimeout       = time.Minute
	maxHeaderBytes    = 16 << 10
)

// farewellTimeout is how long closed connections may take, after the time for leaving, to hear why.
const farewellTimeout = time.Second

// Errors of ListenAndServe.
var (
	// ErrClosed: the Server was shut down.
	ErrClosed = errors.New("server: closed")
	// ErrListening: ListenAndServe was called before.
	ErrListening = errors.New("server: ListenAndServe was called before")
)

// A Server is one Confab node. Its methods may be called concurrently. Once shut down, it can't be used again.
type Server struct {
	config       Config
	log          *slog.Logger
	now          func() time.Time
	keys         map[string]token.Key
	public       *url.URL // nil: derived from each request
	node         *url.URL // nil: as public
	origins      []string // besides the node's own
	certificates certificates
	health       obs.Health
	metrics      *obs.Metrics
	meetings     *meetings
	hub          *session.Hub
	cluster      *cluster.Cluster  // nil for a node by itself
	backbone     backbone.Backbone // beneath cluster
	realtime     *transport.Server
	handler      http.Handler
	clients      *addressLimit
	udp          atomic.Bool

	listening atomic.Bool
	stopping  chan struct{}
	shutdown  sync.Once
	stopError error

	mu    sync.Mutex
	stop  []func(context.Context) // ends what ListenAndServe has started
	ended chan struct{}           // closed when that has ended; nil before ListenAndServe
}

// certificates are where TLS, over TCP and QUIC, takes its certificate from.
type certificates interface {
	get(*tls.ClientHelloInfo) (*tls.Certificate, error)
	// hashes lists the SHA-256 of certificates that clients must be told of to trust them.
	hashes() ([][]byte, error)
}

// New returns a Server that serves nothing yet. It has opened its database, and one with Config.Cluster has joined the other nodes;
// Shutdown ends that. It fails when the configuration can't be used, and says what to change.
func New(c Config) (*Server, error) {
	return newServer(c, time.Now)
}

func newServer(c Config, now func() time.Time) (*Server, error) {
	c = c.withDefaults()
	if err := c.validate(); err != nil {
		return nil, err
	}
	s := &Server{
		config:   c,
		log:      c.Logger,
		now:      now,
		metrics:  obs.NewMetrics(),
		clients:  newAddressLimit(math.MaxInt, c.MaxConnectionsPerAddress),
		stopping: make(chan struct{}),
	}
	var err error
	if s.public, err = c.publicURL(); err != nil {
		return nil, err
	}
	if s.node, err = c.nodeURL(); err != nil {
		return nil, err
	}
	if s.keys, err = c.keysByID(); err != nil {
		return nil, err
	}
	if s.origins, err = c.origins(); err != nil {
		return nil, err
	}
	if c.TLSCert == "" {
		s.certificates = newDevCertificates(now, localHosts, c.StateDir, c.Logger)
	} else if s.certificates, err = newFileCertificate(c.TLSCert, c.TLSKey, now, c.Logger); err != nil {
		return nil, err
	}
	if c.Site == nil {
		c.Site = web.Meet()
	}
	site, err := newSite(c.Site)
	if err != nil {
		return nil, err
	}
	manual, err := docsite.New(docs.Pages)
	if err != nil {
		return nil, fmt.Errorf("documentation: %w", err)
	}
	if s.meetings, err = s.newMeetings(); err != nil {
		return nil, err
	}
	if err := s.newHub(); err != nil {
		return nil, errors.Join(err, s.meetings.store.Close())
	}
	s.meetings.service.Attach(rooms{s})
	s.metrics.WatchWebhooks(s.meetings.deliverer.Stats)
	s.meetings.start()
	s.metrics.Watch(s.hub.Stats)
	s.realtime = transport.NewServer(s.serveConn, transport.ServerOptions{
		AllowedOrigins: s.allowedOrigins,
		MaxConnections: c.MaxConnections,
		Refused:        s.metrics.Refused,
		Logger:         c.Logger,
	})
	s.handler = s.routes(site, manual)
	s.health.SetReady(true)
	return s, nil
}

func (s *Server) routes(site, manual http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+wire.ConnectPath, s.serveConnect)
	mux.HandleFunc("POST "+wire.LeavePath, s.serveLeave)
	mux.HandleFunc(wire.Path, s.realtime.HandleWebSocket)
	mux.HandleFunc("GET /healthz", s.health.Live)
	mux.HandleFunc("GET /readyz", s.health.Ready)
	mux.HandleFunc("GET "+NodesPath, s.serveNodes)
	mux.Handle("GET /metrics", s.metrics.Handler())
	mux.HandleFunc("/v1/", s.serveAPI)
	mux.HandleFunc("GET "+api.DocsPath, s.serveAPI)
	mux.HandleFunc("GET "+api.DocsStyle, s.serveAPI)
	mux.Handle("GET "+docsite.Path, manual)
	mux.Handle("/", site)
	return secureHeaders(s.connectable, s.origins, mux)
}

// Handler serves everything that goes over TCP: the site, the connect document, WebSocket, health and metrics. Mounted
// in another HTTP server it must be at the root of its host, and clients use WebSocket only; that server's timeouts and
// connection limits apply. /readyz answers 200 until Shutdown begins.
func (s *Server) Handler() http.Handler { return s.handler }

// ReloadCertificate reads the certificate files again at once. Without files it does nothing.
func (s *Server) ReloadCertificate() error {
	if files, ok := s.certificates.(*fileCertificate); ok {
		return files.reload()
	}
	return nil
}

// ListenAndServe listens on Config.Addr and serves until ctx ends, when it shuts down within Config.DrainTimeout and
// returns nil, or until Shutdown, when it returns ErrClosed. It can be called once; the Server is shut down when it returns.
func (s *Server) ListenAndServe(ctx context.Context) error {
	if !s.listening.CompareAndSwap(false, true) {
		return ErrListening
	}
	err := s.listenAndServe(ctx)
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.config.DrainTimeout)
	defer cancel()
	if stopErr := s.Shutdown(drain); stopErr != nil {
		s.log.Info("shut down before every client had left", "error", stopErr)
	}
	return err
}

// listenAndServe returns when the time has come to shut down.
func (s *Server) listenAndServe(ctx context.Context) error {
	sockets, err := listen(ctx, s.config.Addr, !s.config.DisableUDP)
	if err != nil {
		return err
	}
	failed, err := s.serve(sockets)
	if err != nil {
		sockets.close()
		return err
	}
	s.announce(sockets)
	select {
	case <-ctx.Done():
		s.log.Info("shutting down", "within", s.config.DrainTimeout)
		return nil
	case err := <-failed:
		return err
	case <-s.stopping:
		return ErrClosed
	}
}

// serve starts serving the sockets. The channel gets the errors of those that fail.
func (s *Server) serve(sockets *sockets) (<-chan error, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-s.stopping:
		return nil, ErrClosed
	default:
	}
	var wg sync.WaitGroup
	errs := make(chan error, len(sockets.tcp)+len(sockets.udp))

	site := s.newHTTPServer()
	limit := newAddressLimit(2*s.config.MaxConnections, s.config.MaxConnectionsPerAddress)
	config := &tls.Config{
		MinVersion:     tls.VersionTLS12,
		GetCertificate: s.certificates.get,
		NextProtos:     []string{"h2", "http/1.1"},
	}
	for _, l := range sockets.tcp {
		split := newSplitListener(transport.Listener(l), config, readHeaderTimeout, limit, func() { s.metrics.Refused(transport.RefusedLimit) })
		wg.Go(func() {
			if err := site.Serve(split); !errors.Is(err, http.ErrServerClosed) {
				errs <- fmt.Errorf("TCP: %w", err)
			}
		})
	}
	s.stop = append(s.stop, func(ctx context.Context) {
		if site.Shutdown(ctx) != nil {
			site.Close()
		}
	})
	s.serveWebTransport(sockets.udp, &wg, errs)

	s.ended = make(chan struct{})
	go func() {
		wg.Wait()
		close(s.ended)
	}()
	return errs, nil
}

func (s *Server) newHTTPServer() *http.Server {
	handler := s.handler
	if s.config.TLSCert != "" {
		handler = redirectPlain(handler)
	}
	return &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: readHeaderTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
}

// redirectPlain sends browsers that came without TLS to the same address with it. Health and metrics, which are asked
// from beside the node, answer either way.
func redirectPlain(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.TLS != nil, r.URL.Path == "/healthz", r.URL.Path == "/readyz", r.URL.Path == "/metrics":
			next.ServeHTTP(w, r)
		case !plausibleHost(r.Host):
			http.Error(w, "the Host header names no host", http.StatusBadRequest)
		default:
			http.Redirect(w, r, "https://"+r.Host+r.URL.RequestURI(), http.StatusPermanentRedirect)
		}
	})
}

func (s *Server) announce(sockets *sockets) {
	development := s.config.TLSCert == ""
	host, _, _ := net.SplitHostPort(s.config.Addr)
	l := Listening{
		Addr:        net.JoinHostPort(host, fmt.Sprint(sockets.port)),
		UDP:         !s.config.DisableUDP,
		Open:        s.config.open(),
		Development: development,
	}
	l.Local, l.LAN = sockets.addresses(s.config.Addr, development)
	s.log.Info("listening", "addr", l.Addr, "udp", l.UDP, "open", l.Open, "development", development)
	if s.config.OnListen != nil {
		s.config.OnListen(l)
	}
}

// Shutdown stops in order: it stops being ready, sends clients away, to other nodes if there are any, waits for them until ctx ends, tells those
// that are left that their session is over, and closes every socket. It returns at most about a second after ctx has
// ended, and nothing of the Server runs any more: nil if all clients left by themselves, else ctx's error. Called again,
// it waits for the first call.
func (s *Server) Shutdown(ctx context.Context) error {
	s.shutdown.Do(func() {
		s.mu.Lock()
		s.health.SetReady(false)
		close(s.stopping)
		stop, ended := s.stop, s.ended
		s.mu.Unlock()
		if s.cluster != nil {
			s.cluster.Drain()
		}
		s.stopError = s.hub.Shutdown(ctx)
		s.leaveCluster()
		farewell, cancel := context.WithTimeout(context.WithoutCancel(ctx), farewellTimeout)
		defer cancel()
		if err := s.realtime.Shutdown(farewell); err != nil {
			s.log.Debug("connections were cut", "error", err)
		}
		for _, f := range stop {
			f(farewell)
		}
		if ended != nil {
			<-ended
		}
		if err := s.meetings.close(); err != nil {
			s.log.Error("the database did not close as it should", "error", err)
		}
	})
	return s.stopError
}
