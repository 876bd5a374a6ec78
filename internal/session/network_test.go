package session_test

import (
	"net"
	"testing"
	"time"

	"github.com/openconfab/confab/internal/simnet"
	"github.com/openconfab/confab/internal/transport"
	"github.com/openconfab/confab/internal/virtualtime"
	"github.com/openconfab/confab/internal/wire/pb"
)

// from makes clients that join from now on use a host of the simulated network.
func (l *realNode) from(h *simnet.Host) {
	l.options.DialContext = h.DialContext
	l.options.ListenPacket = func() (net.PacketConn, error) { return h.ListenPacket(0) }
}

// TestCallOverABadNetwork runs the real transports, QUIC and all, over links that are too narrow and lose packets.
func TestCallOverABadNetwork(t *testing.T) {
	good := simnet.Link{Latency: 5 * time.Millisecond}
	// What is asked for of each transport: the least of 1000 frames of sound that arrive, the most that nearly all of
	// them may be late by, and the least of 600 frames of video.
	type want struct {
		sound int
		delay time.Duration
		video int
	}
	tests := map[string]struct {
		down                    simnet.Link
		webTransport, webSocket want
	}{
		"narrow": {
			simnet.Link{Latency: 20 * time.Millisecond, Bandwidth: 800_000},
			want{980, 250 * time.Millisecond, 250},
			want{980, 700 * time.Millisecond, 250},
		},
		// On a simulated stream the node can't see the 32 KiB that wait in the kernel.
		"very narrow": {
			simnet.Link{Latency: 20 * time.Millisecond, Bandwidth: 250_000},
			want{980, 400 * time.Millisecond, 120},
			want{850, 1400 * time.Millisecond, 120},
		},
		"lossy": {
			simnet.Link{Latency: 20 * time.Millisecond, Bandwidth: 4_000_000, Loss: 0.02},
			want{950, 100 * time.Millisecond, 550},
			want{990, 150 * time.Millisecond, 550},
		},
	}
	for name, test := range tests {
		for _, kind := range []transport.Kind{transport.WebTransport, transport.WebSocket} {
			t.Run(name+" by "+kindName(kind), func(t *testing.T) {
				virtualtime.Test(t, func(t *testing.T) {
					network := simnet.New(1)
					server := network.Host("10.0.0.1", simnet.Link{}, simnet.Link{})
					listener, err := server.Listen(443)
					if err != nil {
						t.Fatal(err)
					}
					socket, err := server.ListenPacket(443)
					if err != nil {
						t.Fatal(err)
					}
					l := newRealNode(t, listener, socket)
					l.from(network.Host("10.0.0.2", good, good))
					ann := l.join(transport.WebTransport, "ann")
					l.from(network.Host("10.0.0.3", good, test.down))
					bob := l.join(kind, "bob")
					studio := openStudio(ann)
					defer studio.close()
					for range 2 {
						expect[*pb.ServerMessage_TrackPublished](t, bob)
					}
					for number := range uint32(2) {
						bob.Send(subscribe(ann, number+1, 0))
					}
					time.Sleep(20 * time.Second)
					got, want := observe(bob, 20*time.Second), test.webTransport
					if kind == transport.WebSocket {
						want = test.webSocket
					}
					if video := got.layers[0] + got.layers[1] + got.layers[2]; got.sound < want.sound ||
						got.delay > want.delay || video < want.video {
						t.Errorf("got %+v, want %+v", got, want)
					}
					start := time.Now()
					if _, err := bob.Ping(); err != nil || time.Since(start) > time.Second {
						t.Errorf("a Ping took %v: %v", time.Since(start), err)
					}
				})
			})
		}
	}
}
