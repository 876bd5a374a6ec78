package transport

import (
	"io"
	"testing"

	"github.com/gobwas/ws"

	"github.com/openconfab/confab/internal/wire"
)

// eachSocket runs a test over a WebSocket with and without TLS.
func eachSocket(t *testing.T, test func(t *testing.T, n *node)) {
	for name, overTLS := range map[string]bool{"plain": false, "TLS": true} {
		t.Run(name, func(t *testing.T) { test(t, startLoopbackNode(t, nodeConfig{tls: overTLS})) })
	}
}

// fill writes objects of a size, numbered from 0, until the network does not take more, and returns how many.
func fill(t *testing.T, c Conn, size int) (count uint64) {
	t.Helper()
	if !c.TryCork() {
		t.Fatal("somebody else writes")
	}
	g, err := c.OpenGroup(7)
	if err != nil {
		t.Fatal(err)
	}
	for !c.Stuck() {
		o := object(1, count, size)
		if err := g.Write(o); err != nil {
			t.Fatal(err)
		}
		o.Release()
		count++
	}
	return count
}

// What the network does not take at once is kept, whole and in order, for one who waits.
func TestWritingWithoutWaiting(t *testing.T) {
	for name, size := range map[string]int{"gathered": 1000, "not gathered": eagerLimit - 100, "postponed": 3 * eagerLimit} {
		t.Run(name, func(t *testing.T) {
			eachSocket(t, func(t *testing.T, n *node) {
				p := n.connect(t, WebSocket)
				// Nothing reads until receiveFrom.
				count := fill(t, p.server, size)
				if p.server.TryCork() {
					t.Error("two write at once")
				}
				if p.server.TryUncork() {
					t.Error("all was taken though the connection is stuck")
				}
				to := receiveFrom(t, p.client, 1<<20)
				if err := p.server.Uncork(); err != nil {
					t.Fatal(err)
				}
				for number := range count {
					o := object(1, number, size)
					to.want(t, 7, o)
					o.Release()
				}
				// And it works as before.
				if p.server.Stuck() || !p.server.TryCork() {
					t.Fatal("still stuck")
				}
				if err := p.server.WriteControl([]byte("control")); err != nil {
					t.Fatal(err)
				}
				if !p.server.TryUncork() {
					t.Error("a few bytes were not taken")
				}
				wantControl(t, p.client, "control")
			})
		})
	}
}

// A connection that fails while nobody may wait says so to one who may.
func TestWritingWithoutWaitingToALostConnection(t *testing.T) {
	eachSocket(t, func(t *testing.T, n *node) {
		p := n.connect(t, WebSocket)
		fill(t, p.server, 1000)
		p.client.(*wsConn).conn.Close()
		if p.server.TryUncork() {
			t.Error("all was taken")
		}
		err := p.server.Uncork()
		if err == nil || wire.CodeOf(err) != "" {
			t.Errorf("got %v", err)
		}
		<-p.server.Done()
	})
}

// A connection that is closed while stuck ends soon, though the other side reads nothing.
func TestClosingAStuckConnection(t *testing.T) {
	eachSocket(t, func(t *testing.T, n *node) {
		p := n.connect(t, WebSocket)
		fill(t, p.server, 1000)
		p.server.Close(wire.CodeSlowClient)
		if err := p.server.Uncork(); err == nil {
			t.Error("a stuck connection was written to after its end")
		}
		p.server.(waiter).wait()
	})
}

// A ping that comes meanwhile is answered by the one who writes.
func TestPingWhileWritingWithoutWaiting(t *testing.T) {
	r := startLoopbackNode(t, nodeConfig{}).rawWebSocket(t)
	if !r.server.TryCork() {
		t.Fatal("somebody else writes")
	}
	r.send(dataFrame(true, ws.OpPing, "still there?"), dataFrame(true, ws.OpBinary, "\x00after it"))
	wantControl(t, r.server, "after it")
	if !r.server.TryUncork() {
		t.Error("a few bytes were not taken")
	}
	r.want(ws.OpPong, "still there?")
	r.server.Close("")
	r.want(ws.OpClose, closeBody(1000, ""))
}

// Whatever is beneath, one who may not wait is told that it can't write.
func TestWritingThatAlwaysWaits(t *testing.T) {
	p := startLoopbackNode(t, nodeConfig{}).connect(t, WebSocket)
	if p.client.TryCork() {
		t.Error("a client's connection can be written to without waiting")
	}
	if err := p.client.Uncork(); err != nil {
		t.Error(err)
	}
	p.client.Close("")
	if _, err := p.server.ReadControl(); err != io.EOF {
		t.Errorf("got %v", err)
	}
}
