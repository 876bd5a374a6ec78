package client

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/openconfab/confab/e2ee"
	"github.com/openconfab/confab/internal/backbone"
	"github.com/openconfab/confab/internal/backbone/local"
	"github.com/openconfab/confab/internal/cluster"
	"github.com/openconfab/confab/internal/relay"
	"github.com/openconfab/confab/internal/room"
	"github.com/openconfab/confab/internal/session"
	"github.com/openconfab/confab/internal/simnet"
	"github.com/openconfab/confab/internal/transport"
	"github.com/openconfab/confab/internal/wire"
)

// node is a node of a world.
type node struct {
	world *world
	addr  string
	host  *simnet.Host
	// joined is nil for a node by itself, and so are backbone and cluster.
	joined   *local.Network
	backbone backbone.Backbone
	cluster  *cluster.Cluster
	hub      *session.Hub
	// stop ends it at once.
	stop func()
}

func (n *node) url() string { return "http://" + n.addr + ":443" }

// build starts a node with a host of its own, until the test ends.
func (w *world) build(joined *local.Network) *node {
	addr := fmt.Sprintf("10.0.0.%d", len(w.nodes)+1)
	n := &node{world: w, addr: addr, host: w.network.Host(addr, simnet.Link{}, simnet.Link{}), joined: joined}
	n.start()
	w.nodes = append(w.nodes, n)
	w.t.Cleanup(func() { n.stop() })
	return n
}

// newNodes starts nodes that are joined.
func newNodes(t *testing.T, count int) *world {
	w := &world{t: t, network: simnet.New(1), secret: e2ee.NewSecret()}
	joined := &local.Network{}
	joined.SetDelay(time.Millisecond)
	for range count {
		w.build(joined)
	}
	w.node = w.nodes[0]
	return w
}

// at joins at a node of the world.
func (w *world) at(n *node, name string, kind Transport) *visitor {
	first := w.node
	defer func() { w.node = first }()
	w.node = n
	return w.join(name, kind, nil)
}

// crash ends the node without a word; start starts another.
func (n *node) crash() {
	n.setApart(true)
	n.stop()
}

// setApart cuts the node off from everybody, or mends that.
func (n *node) setApart(apart bool) {
	links := simnet.Link{}
	if apart {
		links = noPath
	}
	n.host.SetLinks(links, links)
	for _, other := range n.world.nodes {
		if n.backbone != nil && other != n {
			n.joined.SetCut(n.backbone, other.backbone, apart)
			n.joined.SetCut(other.backbone, n.backbone, apart)
		}
	}
}

// start starts the node.
func (n *node) start() {
	w := n.world
	w.t.Helper()
	n.setApart(false)
	listener, err := n.host.Listen(443)
	if err != nil {
		w.t.Fatal(err)
	}
	socket, err := n.host.ListenPacket(443)
	if err != nil {
		w.t.Fatal(err)
	}
	leave := n.open()
	realtime := transport.NewServer(func(conn transport.Conn, _ *http.Request) { n.hub.Serve(conn) }, transport.ServerOptions{})
	certificate, hash := newCertificate(w.t, n.addr)
	info := wire.ConnectInfo{
		WebTransport: &wire.WebTransportInfo{URL: "https://" + n.addr + ":443" + wire.Path, CertificateHashes: [][]byte{hash}},
		WebSocket:    wire.WebSocketInfo{URL: "ws://" + n.addr + ":443" + wire.Path},
	}
	mux := http.NewServeMux()
	mux.HandleFunc(wire.Path, realtime.HandleWebSocket)
	mux.HandleFunc(wire.ConnectPath, func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set("Content-Type", "application/json")
		json.NewEncoder(rw).Encode(info)
	})
	web := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second, ErrorLog: log.New(io.Discard, "", 0)}
	var serving sync.WaitGroup
	serving.Go(func() { web.Serve(listener) })
	serving.Go(func() { realtime.ServeUDP(socket, &tls.Config{Certificates: []tls.Certificate{certificate}}) })
	var once sync.Once
	n.stop = func() {
		once.Do(func() {
			now, cancel := context.WithCancel(context.Background())
			cancel()
			leave(now)
			soon, cancel := context.WithTimeout(context.Background(), 10*time.Second)
			defer cancel()
			realtime.Shutdown(soon)
			web.Close()
			socket.Close()
			serving.Wait()
		})
	}
}

// open makes the rooms of the node.
func (n *node) open() (leave func(context.Context)) {
	c := session.Config{Admit: n.world.admit, Limits: room.DefaultLimits()}
	if n.joined == nil {
		n.hub = session.New(c)
		return func(ctx context.Context) { n.hub.Shutdown(ctx) }
	}
	n.backbone = n.joined.Join()
	n.cluster = cluster.New(cluster.Config{Backbone: n.backbone, URL: n.url(), Patience: c.Limits.Resume, Meter: unmetered{}})
	c.Outside, c.Elsewhere = n.cluster, n.cluster
	n.hub = session.New(c)
	if err := n.cluster.Start(n.hub.Rooms(), n.hub); err != nil {
		n.world.t.Fatal(err)
	}
	var gone sync.Once
	return func(ctx context.Context) {
		gone.Do(func() {
			n.hub.Shutdown(ctx)
			n.cluster.Close()
			n.backbone.Close()
		})
	}
}

// drain stops the node as an operator does, and returns when all have left or the time is over.
func (n *node) drain(patience time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	n.cluster.Drain()
	return n.hub.Shutdown(ctx)
}

type unmetered struct{}

func (unmetered) ObjectOut(int)             {}
func (unmetered) Dropped(relay.Reason, int) {}
func (unmetered) KeyframeAsked()            {}
func (unmetered) KeyframeForwarded()        {}

func newCertificate(t testing.TB, addr string) (tls.Certificate, []byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(24 * time.Hour),
		IPAddresses:  []net.IP{net.ParseIP(addr)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	hash := sha256.Sum256(der)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, hash[:]
}
