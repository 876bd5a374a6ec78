package nats_test

import (
	"slices"
	"sync"
	"testing"

	natsgo "github.com/nats-io/nats.go"

	"github.com/openconfab/confab/internal/backbone/taptest"
	confab "github.com/openconfab/confab/server"
)

// tap keeps everything that crosses a NATS server.
type tap struct {
	mu   sync.Mutex
	seen []byte
}

func newTap(t *testing.T, url string) *tap {
	t.Helper()
	c, err := natsgo.Connect(url)
	if err != nil {
		t.Fatal(err)
	}
	p := &tap{}
	closed := make(chan struct{})
	c.SetClosedHandler(func(*natsgo.Conn) { close(closed) })
	t.Cleanup(func() { c.Close(); <-closed })
	if _, err := c.Subscribe(">", func(m *natsgo.Msg) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.seen = append(append(append(p.seen, m.Subject...), 0), m.Data...)
	}); err != nil {
		t.Fatal(err)
	}
	if err := c.Flush(); err != nil {
		t.Fatal(err)
	}
	return p
}

func (p *tap) all() []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.seen)
}

// TestNothingReadableCrosses: whoever reads all that nodes tell each other sees no name, no message, no picture or sound, no key and
// no token.
func TestNothingReadableCrosses(t *testing.T) {
	url := external(t, 8<<20)
	taptest.Run(t, confab.Cluster{NATS: url}, newTap(t, url).all)
}
