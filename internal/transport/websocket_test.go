package transport

import (
	"net"
	"strings"
	"testing"

	"github.com/gobwas/ws"

	"github.com/openconfab/confab/internal/wire"
)

func dataFrame(fin bool, op ws.OpCode, payload string) ws.Frame {
	return ws.NewFrame(op, fin, []byte(payload))
}

func closeBody(code ws.StatusCode, reason string) string {
	return string(ws.NewCloseFrameBody(code, reason))
}

func TestWebSocketMalformedInputEndsTheConnectionWithACode(t *testing.T) {
	reserved := dataFrame(true, ws.OpBinary, "\x00x")
	reserved.Header.Rsv = 4
	for name, frames := range map[string][]ws.Frame{
		"text":                        {ws.NewTextFrame([]byte("\x00hello"))},
		"empty message":               {dataFrame(true, ws.OpBinary, "")},
		"unknown first byte":          {dataFrame(true, ws.OpBinary, "\x02hello")},
		"reserved bit":                {reserved},
		"reserved opcode":             {dataFrame(true, 0x3, "\x00x")},
		"continuation of nothing":     {dataFrame(true, ws.OpContinuation, "\x00x")},
		"message within a message":    {dataFrame(false, ws.OpBinary, "\x00x"), dataFrame(true, ws.OpBinary, "\x00y")},
		"ping in fragments":           {dataFrame(false, ws.OpPing, "x")},
		"ping of 126 bytes":           {dataFrame(true, ws.OpPing, strings.Repeat("x", 126))},
		"control over the limit":      {dataFrame(true, ws.OpBinary, strings.Repeat("\x00", 102))},
		"control over it, fragmented": {dataFrame(false, ws.OpBinary, strings.Repeat("\x00", 60)), dataFrame(true, ws.OpContinuation, strings.Repeat("\x00", 60))},
		"close with a bad code":       {dataFrame(true, ws.OpClose, closeBody(1005, ""))},
		"close of one byte":           {dataFrame(true, ws.OpClose, "\x03")},
		"close with bad UTF-8":        {dataFrame(true, ws.OpClose, closeBody(4000, "\xff"))},
	} {
		t.Run(name, func(t *testing.T) {
			r := startLoopbackNode(t, nodeConfig{}).rawWebSocket(t)
			r.server.SetControlLimit(100)
			to := receiveFrom(t, r.server, 1000)
			r.send(frames...)
			_, err := r.server.ReadControl()
			wantError(t, err, &wire.Error{Code: wire.CodeMalformed})
			wantError(t, <-to.ended, &wire.Error{Code: wire.CodeMalformed})
			if err := r.server.WriteControl([]byte("why")); err != nil {
				t.Errorf("telling the client: %v", err)
			}
			r.server.Close(wire.CodeOf(err))
			r.want(ws.OpBinary, "\x00why")
			r.want(ws.OpClose, closeBody(4000, wire.CodeMalformed))
		})
	}
}

func TestWebSocketUnmaskedFrameIsMalformed(t *testing.T) {
	r := startLoopbackNode(t, nodeConfig{}).rawWebSocket(t)
	ws.WriteFrame(r.conn, dataFrame(true, ws.OpBinary, "\x00x"))
	_, err := r.server.ReadControl()
	wantError(t, err, &wire.Error{Code: wire.CodeMalformed})
}

// A control message that announces more than the limit is refused before any of it has come.
func TestWebSocketAnnouncedLengthIsRefusedAtOnce(t *testing.T) {
	r := startLoopbackNode(t, nodeConfig{}).rawWebSocket(t)
	ws.WriteHeader(r.conn, ws.Header{Fin: true, OpCode: ws.OpBinary, Masked: true, Length: 1 << 50})
	r.conn.Write([]byte{wire.WebSocketControl})
	_, err := r.server.ReadControl()
	wantError(t, err, &wire.Error{Code: wire.CodeMalformed})
}

func TestWebSocketFragmentsAndPings(t *testing.T) {
	r := startLoopbackNode(t, nodeConfig{}).rawWebSocket(t)
	to := receiveFrom(t, r.server, 1000)
	r.send(dataFrame(false, ws.OpBinary, "\x00frag"), dataFrame(true, ws.OpPing, "between"), dataFrame(false, ws.OpContinuation, ""),
		dataFrame(true, ws.OpContinuation, "ments"))
	wantControl(t, r.server, "fragments")
	r.want(ws.OpPong, "between")

	o := object(3, 1, 200)
	defer o.Release()
	message := wire.AppendAliased([]byte{wire.WebSocketObject}, 70, o)
	for _, cut := range []int{1, 2, 3, 5, 100} {
		r.send(dataFrame(false, ws.OpBinary, string(message[:cut])), dataFrame(true, ws.OpContinuation, string(message[cut:])))
		to.want(t, 70, o)
	}
	large := string(wire.AppendVarint([]byte{wire.WebSocketObject}, 70)) + string(make([]byte, 1001))
	r.send(dataFrame(false, ws.OpBinary, large[:500]), dataFrame(true, ws.OpContinuation, large[500:]))
	to.wantFault(t, wire.CodeObjectTooLarge)
	r.send(dataFrame(true, ws.OpBinary, string(message)))
	to.want(t, 70, o)
}

func TestWebSocketVectors(t *testing.T) {
	v := loadVectors(t)
	n := startLoopbackNode(t, nodeConfig{})
	for _, c := range v.WebSocketMessages {
		r := n.rawWebSocket(t)
		to := receiveFrom(t, r.server, c.MaxObject)
		r.send(dataFrame(true, ws.OpBinary, string(c.Bytes)))
		if c.Kind == "control" {
			wantControl(t, r.server, string(c.Message))
			continue
		}
		o, err := wire.ParseObject(c.Object)
		if err != nil {
			t.Fatal(err)
		}
		to.want(t, c.Alias, o)
		o.Release()
	}
	for _, c := range v.WebSocketMessagesRefused {
		r := n.rawWebSocket(t)
		to := receiveFrom(t, r.server, c.MaxObject)
		r.send(dataFrame(true, ws.OpBinary, string(c.Bytes)))
		var err error
		select {
		case err = <-to.faults:
		case err = <-to.ended:
		}
		if wire.CodeOf(err) != c.Error {
			t.Errorf("%s: %v, want %s", c.Name, err, c.Error)
		}
	}
}

// What the network cuts off is no fault of the peer.
func TestWebSocketLostWithinAMessage(t *testing.T) {
	for name, frame := range map[string]string{
		"control": "\x00half of it",
		"object":  "\x01\x05\x00\x01\x02half of it",
	} {
		t.Run(name, func(t *testing.T) {
			r := startLoopbackNode(t, nodeConfig{}).rawWebSocket(t)
			to := receiveFrom(t, r.server, 1000)
			f := ws.MaskFrame(dataFrame(true, ws.OpBinary, frame))
			f.Header.Length *= 2
			ws.WriteFrame(r.conn, f)
			r.conn.Close()
			err := <-to.ended
			if err == nil || wire.CodeOf(err) != "" {
				t.Errorf("ended with %v", err)
			}
			if len(to.faults) != 0 {
				t.Errorf("fault %v", <-to.faults)
			}
			if _, again := r.server.ReadControl(); again == nil || again.Error() != err.Error() {
				t.Errorf("control ended with %v, objects with %v", again, err)
			}
		})
	}
}

// A write that the network refuses ends the connection, also when nobody reads control messages.
func TestWebSocketWriteToAResetConnection(t *testing.T) {
	r := startLoopbackNode(t, nodeConfig{}).rawWebSocket(t)
	if err := tcpConn(r.conn).SetLinger(0); err != nil {
		t.Fatal(err)
	}
	r.conn.Close()
	var err error
	for err == nil {
		err = r.server.WriteControl(make([]byte, 1000))
	}
	if wire.CodeOf(err) != "" {
		t.Errorf("got %v", err)
	}
	<-r.server.Done()
	if _, again := r.server.ReadControl(); again == nil || again.Error() != err.Error() {
		t.Errorf("reading ended with %v, writing with %v", again, err)
	}
}

func TestWebSocketBoundsWhatWaitsInTheKernel(t *testing.T) {
	for name, overTLS := range map[string]bool{"plain": false, "TLS": true} {
		t.Run(name, func(t *testing.T) {
			p := startLoopbackNode(t, nodeConfig{tls: overTLS}).connect(t, WebSocket)
			for _, end := range []Conn{p.client, p.server} {
				if got := unsentMark(t, tcpConn(end.(*wsConn).conn)); got != unsentLimit {
					t.Errorf("TCP_NOTSENT_LOWAT is %d, want %d", got, unsentLimit)
				}
			}
		})
	}
}

func TestWebSocketCorkGathersMessages(t *testing.T) {
	var writes countedWrites
	near, far := net.Pipe()
	writes.Conn = near
	w := newWSWriter(&writes, false)
	read := make(chan int)
	go func() {
		total, b := 0, make([]byte, 1<<16)
		for {
			n, err := far.Read(b)
			total += n
			if err != nil {
				read <- total
				return
			}
		}
	}()
	w.corked = true
	for range 10 {
		if err := w.message([]byte{wire.WebSocketObject, 5}, make([]byte, 100)); err != nil {
			t.Fatal(err)
		}
	}
	if writes.count != 0 {
		t.Errorf("%d writes while corked", writes.count)
	}
	if err := w.flush(); err != nil || writes.count != 1 {
		t.Errorf("%d writes, %v", writes.count, err)
	}
	for range 4 {
		if err := w.message([]byte{wire.WebSocketObject, 5}, make([]byte, gatherLimit)); err != nil {
			t.Fatal(err)
		}
	}
	if writes.count != 2 {
		t.Errorf("%d writes after more than the cork holds", writes.count)
	}
	near.Close()
	if got, want := <-read, 10*(2+102)+4*(4+2+gatherLimit); got != want {
		t.Errorf("%d bytes were written, want %d", got, want)
	}
}

type countedWrites struct {
	net.Conn
	count int
}

func (c *countedWrites) Write(b []byte) (int, error) {
	c.count++
	return c.Conn.Write(b)
}
