package transport

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/openconfab/confab/internal/simnet"
	"github.com/openconfab/confab/internal/virtualtime"
	"github.com/openconfab/confab/internal/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// certificate returns one as nodes make for development.
func certificate(t testing.TB, valid time.Duration, curve elliptic.Curve) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		NotBefore:    now.Add(-time.Minute),
		NotAfter:     now.Add(valid - time.Minute),
		IPAddresses:  []net.IP{net.IPv4(127, 0, 0, 1), net.IPv4(10, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

// node is a Server that runs, with the HTTP server it needs beside it.
type node struct {
	server *Server
	base   string
	info   wire.ConnectInfo
	// trust is for clients.
	trust    *tls.Config
	accepted chan Conn
	requests chan *http.Request
	dial     DialOptions
	// client is where dial leaves from on a simulated network.
	client *simnet.Host
}

type nodeConfig struct {
	options  ServerOptions
	tls      bool
	noUDP    bool
	listener net.Listener
	socket   net.PacketConn
	cert     *tls.Certificate
}

// startNode serves on the sockets until the test ends. Accepted connections are the test's until then.
func startNode(t testing.TB, c nodeConfig) *node {
	t.Helper()
	if c.cert == nil {
		cert := certificate(t, 14*24*time.Hour, elliptic.P256())
		c.cert = &cert
	}
	pool := x509.NewCertPool()
	pool.AddCert(c.cert.Leaf)
	n := &node{
		trust:    &tls.Config{RootCAs: pool},
		accepted: make(chan Conn, 100),
		requests: make(chan *http.Request, 100),
	}
	n.dial.TLS = n.trust
	n.server = NewServer(func(conn Conn, r *http.Request) {
		n.requests <- r
		n.accepted <- conn
		<-conn.Done()
	}, c.options)

	address, schemes := c.listener.Addr().String(), [2]string{"http", "ws"}
	c.listener = Listener(c.listener)
	if c.tls {
		c.listener = tls.NewListener(c.listener, &tls.Config{Certificates: []tls.Certificate{*c.cert}})
		schemes = [2]string{"https", "wss"}
	}
	n.base = schemes[0] + "://" + address
	n.info.WebSocket.URL = schemes[1] + "://" + address + wire.Path
	if !c.noUDP {
		hash := sha256.Sum256(c.cert.Leaf.Raw)
		n.info.WebTransport = &wire.WebTransportInfo{
			URL:               "https://" + c.socket.LocalAddr().String() + wire.Path,
			CertificateHashes: [][]byte{hash[:]},
		}
	}
	mux := http.NewServeMux()
	mux.HandleFunc(wire.Path, n.server.HandleWebSocket)
	mux.HandleFunc(wire.ConnectPath, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(n.info)
	})
	web := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second, ErrorLog: log.New(io.Discard, "", 0)}
	var running sync.WaitGroup
	running.Go(func() { web.Serve(c.listener) })
	running.Go(func() {
		if err := n.server.ServeUDP(c.socket, &tls.Config{Certificates: []tls.Certificate{*c.cert}}); err != nil {
			t.Errorf("serving UDP: %v", err)
		}
	})
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := n.server.Shutdown(ctx); err != nil {
			t.Errorf("shutting down: %v", err)
		}
		web.Close()
		c.socket.Close()
		running.Wait()
	})
	return n
}

func startLoopbackNode(t testing.TB, c nodeConfig) *node {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	socket, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c.listener, c.socket = listener, socket
	return startNode(t, c)
}

// startSimulatedNode serves on a simulated network, to a client behind the given links.
func startSimulatedNode(t testing.TB, c nodeConfig, up, down simnet.Link) *node {
	t.Helper()
	network := simnet.New(1)
	server := network.Host("10.0.0.1", simnet.Link{}, simnet.Link{})
	client := network.Host("10.0.0.2", up, down)
	var err error
	if c.listener, err = server.Listen(443); err != nil {
		t.Fatal(err)
	}
	if c.socket, err = server.ListenPacket(443); err != nil {
		t.Fatal(err)
	}
	n := startNode(t, c)
	n.client = client
	n.dial.DialContext = client.DialContext
	n.dial.ListenPacket = func() (net.PacketConn, error) { return client.ListenPacket(0) }
	return n
}

// pair is a connection seen from both ends.
type pair struct{ client, server Conn }

// connect dials and says the word that makes the node see the connection.
func (n *node) connect(t testing.TB, only Kind) *pair {
	t.Helper()
	o := n.dial
	o.Only = only
	client, err := Dial(t.Context(), n.base, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		client.Close("")
		client.(waiter).wait()
	})
	if err := client.WriteControl([]byte("hello")); err != nil {
		t.Fatal(err)
	}
	p := &pair{client, <-n.accepted}
	if msg, err := p.server.ReadControl(); string(msg) != "hello" || err != nil {
		t.Fatalf("got %q, %v", msg, err)
	}
	return p
}

var variants = map[string]struct {
	kind Kind
	tls  bool
}{
	"WebTransport":     {kind: WebTransport},
	"WebSocket":        {kind: WebSocket},
	"WebSocketOverTLS": {kind: WebSocket, tls: true},
}

// conform runs a test of what every Conn does, over all transports, on real and on simulated sockets.
func conform(t *testing.T, test func(t *testing.T, p *pair)) {
	for name, v := range variants {
		t.Run("loopback/"+name, func(t *testing.T) {
			test(t, startLoopbackNode(t, nodeConfig{tls: v.tls}).connect(t, v.kind))
		})
		t.Run("simulated/"+name, func(t *testing.T) {
			virtualtime.Test(t, func(t *testing.T) {
				link := simnet.Link{Latency: 25 * time.Millisecond, Bandwidth: 100_000_000}
				test(t, startSimulatedNode(t, nodeConfig{tls: v.tls}, link, link).connect(t, v.kind))
			})
		})
	}
}

// received collects what ReceiveObjects hands over.
type received struct {
	objects chan receivedObject
	faults  chan error
	ended   chan error
}

type receivedObject struct {
	alias  uint64
	object *wire.Object
}

func receiveFrom(t testing.TB, c Conn, maxObject int) *received {
	r := &received{make(chan receivedObject, 1000), make(chan error, 1000), make(chan error, 1)}
	go func() {
		r.ended <- c.ReceiveObjects(maxObject,
			func(alias uint64, o *wire.Object) { r.objects <- receivedObject{alias, o} },
			func(err error) { r.faults <- err })
	}()
	t.Cleanup(func() {
		c.Close("")
		<-c.Done()
		for {
			select {
			case o := <-r.objects:
				o.object.Release()
			default:
				return
			}
		}
	})
	return r
}

func object(group, number uint64, size int) *wire.Object {
	payload := make([]byte, size)
	for i := range payload {
		payload[i] = byte(int(number) + i)
	}
	h := wire.Header{Group: group, Number: number}
	if number == 0 {
		h.Flags = wire.FlagKeyframe
	}
	return wire.NewObject(h, payload)
}

// want checks the next object and releases it.
func (r *received) want(t testing.TB, alias uint64, want *wire.Object) {
	t.Helper()
	select {
	case got := <-r.objects:
		defer got.object.Release()
		if got.alias != alias || string(got.object.Bytes()) != string(want.Bytes()) || got.object.Header != want.Header {
			t.Fatalf("alias %d, %+v, %d bytes; want alias %d, %+v, %d bytes",
				got.alias, got.object.Header, got.object.Len(), alias, want.Header, want.Len())
		}
	case err := <-r.faults:
		t.Fatalf("fault: %v", err)
	case err := <-r.ended:
		t.Fatalf("ended: %v", err)
	}
}

func (r *received) wantFault(t testing.TB, code string) {
	t.Helper()
	select {
	case got := <-r.objects:
		t.Fatalf("object %+v came, want fault %q", got.object.Header, code)
	case err := <-r.faults:
		if wire.CodeOf(err) != code {
			t.Fatalf("fault %v, want %q", err, code)
		}
	case err := <-r.ended:
		t.Fatalf("ended: %v", err)
	}
}

func wantControl(t testing.TB, c Conn, want string) {
	t.Helper()
	if got, err := c.ReadControl(); string(got) != want || err != nil {
		t.Fatalf("got %.100q, %v; want %.100q", got, err, want)
	}
}

func wantError(t testing.TB, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
