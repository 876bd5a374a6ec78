package transport

import (
	"testing"

	"github.com/openconfab/confab/internal/wire"
)

// benchmarkObjects sends objects of a size from node to client and waits until all have come; window of them are under way
// at once.
func benchmarkObjects(b *testing.B, kind Kind, overTLS bool, size, batch int, send func(Conn) (func(*wire.Object) error, error)) {
	p := startLoopbackNode(b, nodeConfig{tls: overTLS}).connect(b, kind)
	// Fewer than the queue of received datagrams holds.
	const window = 24
	tokens := make(chan struct{}, window)
	ended := make(chan error, 1)
	go func() {
		ended <- p.client.ReceiveObjects(1<<20, func(_ uint64, o *wire.Object) {
			o.Release()
			<-tokens
		}, func(err error) { b.Error(err) })
	}()
	write, err := send(p.server)
	if err != nil {
		b.Fatal(err)
	}
	o := object(1, 0, size)
	defer o.Release()
	b.SetBytes(int64(o.Len()))
	b.ReportAllocs()
	sent := 0
	for b.Loop() {
		tokens <- struct{}{}
		if batch > 1 && sent%batch == 0 {
			p.server.Cork()
		}
		if err := write(o); err != nil {
			b.Fatal(err)
		}
		if sent++; batch > 1 && sent%batch == 0 {
			if err := p.server.Uncork(); err != nil {
				b.Fatal(err)
			}
		}
	}
	if err := p.server.Uncork(); err != nil {
		b.Fatal(err)
	}
	for range window {
		tokens <- struct{}{}
	}
	p.server.Close("")
	<-ended
}

// inGroups starts a group every 60 objects, two seconds of video.
func inGroups(c Conn) (func(*wire.Object) error, error) {
	var g Group
	count := 0
	return func(o *wire.Object) (err error) {
		if count%60 == 0 {
			if g != nil {
				g.Close()
			}
			if g, err = c.OpenGroup(1); err != nil {
				return err
			}
		}
		count++
		return g.Write(o)
	}, nil
}

func asDatagrams(c Conn) (func(*wire.Object) error, error) {
	return func(o *wire.Object) error { return c.SendDatagram(1, o) }, nil
}

func BenchmarkVideoWebTransport(b *testing.B) {
	benchmarkObjects(b, WebTransport, false, 4000, 1, inGroups)
}
func BenchmarkVideoWebSocket(b *testing.B) { benchmarkObjects(b, WebSocket, false, 4000, 1, inGroups) }
func BenchmarkVideoWebSocketTLS(b *testing.B) {
	benchmarkObjects(b, WebSocket, true, 4000, 1, inGroups)
}
func BenchmarkVideoWebSocketCorked8(b *testing.B) {
	benchmarkObjects(b, WebSocket, false, 4000, 8, inGroups)
}
func BenchmarkAudioWebTransport(b *testing.B) {
	benchmarkObjects(b, WebTransport, false, 120, 1, asDatagrams)
}
func BenchmarkAudioWebSocket(b *testing.B) { benchmarkObjects(b, WebSocket, false, 120, 1, inGroups) }
func BenchmarkAudioWebSocketCorked8(b *testing.B) {
	benchmarkObjects(b, WebSocket, false, 120, 8, inGroups)
}
func BenchmarkKeyframeWebTransport(b *testing.B) {
	benchmarkObjects(b, WebTransport, false, 200_000, 1, inGroups)
}
func BenchmarkKeyframeWebSocket(b *testing.B) {
	benchmarkObjects(b, WebSocket, false, 200_000, 1, inGroups)
}
