//go:build linux

package cost_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/http3"
	"github.com/quic-go/webtransport-go"

	"github.com/gobwas/ws"

	"github.com/openconfab/confab/internal/wire"
)

// The aliases under which the floor sends.
const (
	videoAlias = 1
	audioAlias = 2
)

// sink is one connection of the floor. Its methods are for one goroutine.
type sink interface {
	video(*wire.Object)
	audio(*wire.Object)
}

// floor writes the same objects to every connection, one after the other.
type floor struct {
	mu    sync.Mutex
	sinks []sink
	media media
}

func (f *floor) add(s sink) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.sinks = append(f.sinks, s)
}

func (f *floor) play(d time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	each := func(o *wire.Object, send func(sink, *wire.Object)) {
		for _, s := range f.sinks {
			send(s, o)
		}
		o.Release()
	}
	play(d,
		func() { each(f.media.nextVideo(), sink.video) },
		func() { each(f.media.nextAudio(), sink.audio) })
}

func startFloor() (*program, error) {
	f := &floor{}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	socket, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	certificate, err := newCertificate()
	if err != nil {
		return nil, err
	}
	web := &http.Server{Handler: http.HandlerFunc(f.serveWebSocket), ReadHeaderTimeout: 5 * time.Second}
	udp := f.newWebTransport(&tls.Config{Certificates: []tls.Certificate{certificate}})
	var running sync.WaitGroup
	running.Go(func() { web.Serve(listener) })
	running.Go(func() { udp.Serve(socket) })
	hash := sha256.Sum256(certificate.Leaf.Raw)
	return &program{
		listening: &wire.ConnectInfo{
			WebTransport: &wire.WebTransportInfo{
				URL:               fmt.Sprintf("https://%s%s", socket.LocalAddr(), wire.Path),
				CertificateHashes: [][]byte{hash[:]},
			},
			WebSocket: wire.WebSocketInfo{URL: fmt.Sprintf("ws://%s%s", listener.Addr(), wire.Path)},
		},
		play: f.play,
		stop: func() {
			web.Close()
			udp.Close()
			socket.Close()
			running.Wait()
		},
	}, nil
}

func newCertificate() (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(24 * time.Hour),
		IPAddresses:  []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return tls.Certificate{}, err
	}
	leaf, err := x509.ParseCertificate(der)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}, err
}

// webSocket writes a frame by one system call.
type webSocket struct {
	conn   net.Conn
	frame  []byte
	header [ws.MaxHeaderSize]byte
}

func (f *floor) serveWebSocket(w http.ResponseWriter, r *http.Request) {
	upgrader := ws.HTTPUpgrader{Protocol: func(p string) bool { return p == wire.Subprotocol }}
	conn, rw, _, err := upgrader.Upgrade(r, w)
	if err != nil {
		return
	}
	defer conn.Close()
	f.add(&webSocket{conn: conn})
	rw.WriteTo(discard{})
}

type discard struct{}

func (discard) Write(b []byte) (int, error) { return len(b), nil }

func (s *webSocket) video(o *wire.Object) { s.write(videoAlias, o) }
func (s *webSocket) audio(o *wire.Object) { s.write(audioAlias, o) }

func (s *webSocket) write(alias uint64, o *wire.Object) {
	s.frame = s.frame[:0]
	ws.WriteHeaderBuffer(s, ws.Header{Fin: true, OpCode: ws.OpBinary, Length: int64(o.Len() + 2)}, s.header[:])
	s.frame = wire.AppendAliased(append(s.frame, wire.WebSocketObject), alias, o)
	s.conn.Write(s.frame)
}

// Write appends to the frame.
func (s *webSocket) Write(b []byte) (int, error) {
	s.frame = append(s.frame, b...)
	return len(b), nil
}

// session sends sound as datagrams and video by a stream a group.
type session struct {
	quic    *quic.Conn
	session *webtransport.Session
	head    []byte
	stream  *quic.SendStream
	space   []byte
}

type quicConnKey struct{}

func (f *floor) newWebTransport(config *tls.Config) *webtransport.Server {
	s := &webtransport.Server{
		H3: &http3.Server{
			TLSConfig: http3.ConfigureTLSConfig(config),
			QUICConfig: &quic.Config{
				MaxIdleTimeout: 20 * time.Second, KeepAlivePeriod: 5 * time.Second,
				EnableDatagrams: true, EnableStreamResetPartialDelivery: true,
			},
			ConnContext: func(ctx context.Context, c *quic.Conn) context.Context {
				return context.WithValue(ctx, quicConnKey{}, c)
			},
		},
		CheckOrigin: func(*http.Request) bool { return true },
	}
	webtransport.ConfigureHTTP3Server(s.H3)
	s.H3.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := w.(http3.HTTPStreamer)
		opened, err := s.Upgrade(w, r)
		if err != nil {
			return
		}
		c := r.Context().Value(quicConnKey{}).(*quic.Conn)
		head := wire.AppendVarint(wire.AppendVarint(wire.AppendVarint(nil, 0x54), uint64(id.HTTPStream().StreamID())), videoAlias)
		f.add(&session{quic: c, session: opened, head: head})
		<-opened.Context().Done()
	})
	return s
}

func (s *session) video(o *wire.Object) {
	s.space = s.space[:0]
	if o.Number == 0 || s.stream == nil {
		stream, err := s.quic.OpenUniStream()
		if err != nil {
			return
		}
		s.stream = stream
		s.space = append(s.space, s.head...)
	}
	s.space = append(wire.AppendVarint(s.space, uint64(o.Len())), o.Bytes()...)
	if err := s.stream.TryWriteAll(s.space); errors.Is(err, quic.ErrWouldBlock) {
		s.stream.Write(s.space)
	}
	if o.LastOfGroup() {
		s.stream.Close()
		s.stream = nil
	}
}

func (s *session) audio(o *wire.Object) {
	s.space = wire.AppendAliased(s.space[:0], audioAlias, o)
	s.session.SendDatagram(s.space)
}
