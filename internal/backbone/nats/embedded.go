package nats

import (
	"crypto/rand"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"strconv"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"github.com/openconfab/confab/internal/backbone"
)

const (
	// maxPayload is what one message may take.
	maxPayload = 8 << 20
	// maxPending is what waits for a slow node before the way to it is given up, which loses no more than what is late anyway.
	maxPending    = 128 << 20
	writeDeadline = 5 * time.Second
	startTimeout  = 10 * time.Second
	tlsTimeout    = 5 // seconds
)

// Embedded tells how the server inside a node finds its peers. Listen and Secret are required.
type Embedded struct {
	// Listen is the HOST:PORT for other nodes; an empty host stands for all addresses, port 0 for any that is free.
	Listen string
	// Peers are HOST:PORT of other nodes, or of names that stand for several. One that can be reached is enough, for nodes
	// tell each other of the rest. The node itself may be among them.
	Peers []string
	// Advertise is the HOST:PORT at which others reach this node, when it is not Listen.
	Advertise string
	// Secret is the same for all nodes, and known to nobody else; at least MinSecret bytes.
	Secret []byte
	Logger *slog.Logger
}

// Cluster is a backbone of servers inside the nodes.
type Cluster struct {
	backbone.Backbone
	server *server.Server
}

// Addr returns the address that it listens on for other nodes.
func (c *Cluster) Addr() string { return c.server.ClusterAddr().String() }

// Start starts a server inside the process, which joins its peers as soon as they are there.
func Start(e Embedded) (*Cluster, error) {
	token := rand.Text()
	options, err := e.options(token)
	if err != nil {
		return nil, err
	}
	s, err := server.NewServer(options)
	if err != nil {
		return nil, fmt.Errorf("the cluster: %w", err)
	}
	s.SetLoggerV2(natsLog{e.Logger}, false, false, false)
	fatal := make(chan struct{})
	go func() {
		s.Start()
		close(fatal)
	}()
	stop := func() {
		s.Shutdown()
		s.WaitForShutdown()
		<-fatal
	}
	if !s.ReadyForConnections(startTimeout) {
		stop()
		return nil, fmt.Errorf("can't listen on %s for other nodes: end the program that uses it, or choose another with --cluster-listen", e.Listen)
	}
	c, err := connect("", e.Logger, stop, nats.InProcessServer(s), nats.Token(token))
	if err != nil {
		return nil, err
	}
	return &Cluster{Backbone: c, server: s}, nil
}

func (e Embedded) options(token string) (*server.Options, error) {
	host, service, err := net.SplitHostPort(e.Listen)
	if err != nil {
		return nil, fmt.Errorf("cluster address %q: write it as HOST:PORT or :PORT", e.Listen)
	}
	port, err := strconv.ParseUint(service, 10, 16)
	if err != nil {
		return nil, fmt.Errorf("cluster address %q: %q is not a port", e.Listen, service)
	}
	config, err := identity(e.Secret)
	if err != nil {
		return nil, err
	}
	o := &server.Options{
		// A server that takes no clients does not start its routes either: this machine's may knock, and have no token.
		Host:          "127.0.0.1",
		Port:          server.RANDOM_PORT,
		Authorization: token,
		NoSigs:        true,
		MaxPayload:    maxPayload,
		MaxPending:    maxPending,
		// A frozen node must not keep what is meant for it for long.
		WriteDeadline: writeDeadline,
		Cluster: server.ClusterOpts{
			Name:          "confab",
			Host:          host,
			Port:          int(port),
			Advertise:     e.Advertise,
			TLSConfig:     config,
			TLSTimeout:    tlsTimeout,
			PingInterval:  pingInterval,
			MaxPingsOut:   2,
			WriteDeadline: writeDeadline,
			Compression:   server.CompressionOpts{Mode: server.CompressionOff},
		},
	}
	if port == 0 {
		o.Cluster.Port = server.RANDOM_PORT
	}
	for _, peer := range e.Peers {
		if _, _, err := net.SplitHostPort(peer); err != nil {
			return nil, fmt.Errorf("cluster peer %q: write it as HOST:PORT", peer)
		}
		o.Routes = append(o.Routes, &url.URL{Scheme: "nats", Host: peer})
	}
	return o, nil
}

// natsLog passes on what the server has to say. Its warnings are about configurations that are meant: that routes are
// verified by the secret and not by names.
type natsLog struct{ *slog.Logger }

func (l natsLog) Noticef(format string, v ...any) { l.Debug("cluster: " + fmt.Sprintf(format, v...)) }
func (l natsLog) Debugf(format string, v ...any)  { l.Debug("cluster: " + fmt.Sprintf(format, v...)) }
func (l natsLog) Tracef(string, ...any)           {}
func (l natsLog) Warnf(format string, v ...any)   { l.Debug("cluster: " + fmt.Sprintf(format, v...)) }
func (l natsLog) Errorf(format string, v ...any)  { l.Warn("cluster: " + fmt.Sprintf(format, v...)) }
func (l natsLog) Fatalf(format string, v ...any)  { l.Error("cluster: " + fmt.Sprintf(format, v...)) }
