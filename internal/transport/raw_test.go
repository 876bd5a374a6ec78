package transport

import (
	"bufio"
	"encoding/hex"
	"encoding/json"
	"io"
	"net"
	"os"
	"testing"

	"github.com/gobwas/ws"
	"github.com/quic-go/quic-go"
	"github.com/quic-go/webtransport-go"

	"github.com/openconfab/confab/internal/wire"
)

// rawWebSocket is a client that sends whatever a test wants.
type rawWebSocket struct {
	t      *testing.T
	conn   net.Conn
	in     *bufio.Reader
	server Conn
}

func (n *node) rawWebSocket(t *testing.T) *rawWebSocket {
	t.Helper()
	dialer := ws.Dialer{Protocols: []string{wire.Subprotocol}, NetDial: n.dial.DialContext, TLSConfig: n.trust}
	conn, br, _, err := dialer.Dial(t.Context(), n.info.WebSocket.URL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if br == nil {
		br = bufio.NewReader(conn)
	}
	return &rawWebSocket{t, conn, br, <-n.accepted}
}

func (r *rawWebSocket) send(frames ...ws.Frame) {
	r.t.Helper()
	for _, f := range frames {
		if err := ws.WriteFrame(r.conn, ws.MaskFrame(f)); err != nil {
			r.t.Fatal(err)
		}
	}
}

func (r *rawWebSocket) want(op ws.OpCode, payload string) {
	r.t.Helper()
	h, err := ws.ReadHeader(r.in)
	if err != nil {
		r.t.Fatal(err)
	}
	got := make([]byte, h.Length)
	if _, err := io.ReadFull(r.in, got); err != nil {
		r.t.Fatal(err)
	}
	if h.OpCode != op || string(got) != payload {
		r.t.Fatalf("got opcode %d, %q; want %d, %q", h.OpCode, got, op, payload)
	}
}

// rawSession is a WebTransport client that sends whatever a test wants.
type rawSession struct {
	t       *testing.T
	session *webtransport.Session
	control *webtransport.Stream
	server  Conn
}

// rawQUIC dials without becoming a session.
func (n *node) rawQUIC(t *testing.T) *quic.Conn {
	t.Helper()
	listen := n.dial.ListenPacket
	if listen == nil {
		listen = func() (net.PacketConn, error) { return net.ListenPacket("udp", "127.0.0.1:0") }
	}
	socket, err := listen()
	if err != nil {
		t.Fatal(err)
	}
	transport := &quic.Transport{Conn: socket}
	info := n.info.WebTransport
	addr, err := net.ResolveUDPAddr("udp", n.socketAddr())
	if err != nil {
		t.Fatal(err)
	}
	conn, err := transport.Dial(t.Context(), addr, webTransportTLS("", info.CertificateHashes, n.trust), clientQUICConfig())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		conn.CloseWithError(0, "")
		transport.Close()
		socket.Close()
	})
	return conn
}

func (n *node) socketAddr() string {
	url := n.info.WebTransport.URL
	return url[len("https://") : len(url)-len(wire.Path)]
}

func (n *node) rawSession(t *testing.T) *rawSession {
	t.Helper()
	session, control, err := openSession(t.Context(), n.rawQUIC(t), n.info.WebTransport.URL)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := control.Write(wire.AppendControl(nil, []byte("hello"))); err != nil {
		t.Fatal(err)
	}
	r := &rawSession{t, session, control, <-n.accepted}
	wantControl(t, r.server, "hello")
	return r
}

func (r *rawSession) uniStream(content []byte) {
	r.t.Helper()
	stream, err := r.session.OpenUniStream()
	if err != nil {
		r.t.Fatal(err)
	}
	if _, err := stream.Write(content); err != nil {
		r.t.Fatal(err)
	}
	stream.Close()
}

type hexBytes []byte

func (h *hexBytes) UnmarshalText(text []byte) (err error) {
	*h, err = hex.DecodeString(string(text))
	return err
}

type vectors struct {
	Datagrams []struct {
		Name          string
		Alias         uint64 `json:",string"`
		Bytes, Object hexBytes
		MaxObject     int
	}
	GroupStreams []struct {
		Name         string
		Bytes        hexBytes
		MaxObject    int
		Alias, Error *string
		Objects      []hexBytes
	}
	ControlStreams []struct {
		Name     string
		Bytes    hexBytes
		Limit    int
		Messages []hexBytes
		Error    *string
	}
	WebSocketMessages []struct {
		Name, Kind             string
		Bytes, Message, Object hexBytes
		MaxObject              int
		Alias                  uint64 `json:",string"`
	}
	DatagramsRefused, WebSocketMessagesRefused []struct {
		Name, Error string
		Bytes       hexBytes
		MaxObject   int
	}
}

func loadVectors(t *testing.T) *vectors {
	t.Helper()
	data, err := os.ReadFile("../../spec/vectors/wire-v1.json")
	if err != nil {
		t.Fatal(err)
	}
	v := &vectors{}
	if err := json.Unmarshal(data, v); err != nil {
		t.Fatal(err)
	}
	return v
}
