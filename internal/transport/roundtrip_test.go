package transport

import (
	"runtime"
	"testing"
)

// TestRoundTrip: whoever decides by it must not mistake silence for speed.
func TestRoundTrip(t *testing.T) {
	for name, v := range variants {
		t.Run(name, func(t *testing.T) {
			p := startLoopbackNode(t, nodeConfig{tls: v.tls}).connect(t, v.kind)
			if err := p.server.WriteControl([]byte("answer")); err != nil {
				t.Fatal(err)
			}
			if _, err := p.client.ReadControl(); err != nil {
				t.Fatal(err)
			}
			rtt := p.server.RoundTrip()
			if v.kind == WebSocket && runtime.GOOS != "linux" {
				if rtt != 0 {
					t.Errorf("%v where nothing is known", rtt)
				}
				return
			}
			if rtt <= 0 || rtt.Seconds() > 1 {
				t.Errorf("%v on loopback", rtt)
			}
		})
	}
}
