package cluster

import (
	"context"
	"testing"
	"time"

	"github.com/openconfab/confab/internal/backbone/local"
	"github.com/openconfab/confab/internal/virtualtime"
	"github.com/openconfab/confab/internal/wire/pb"
)

// Nothing is left of clients that have waited in vain for a node to hand a session over.
func TestWaitingForASessionInVain(t *testing.T) {
	virtualtime.Test(t, func(t *testing.T) {
		network := &local.Network{}
		node := network.Join()
		defer node.Close()
		c := New(Config{Backbone: node})
		c.mu.Lock()
		c.meet("other", time.Now())
		c.mu.Unlock()
		for range 3 {
			c.Fetch(context.Background(), "other", &pb.SessionWanted{Session: "lost"})
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		if n := len(c.moves.fetches); n != 0 {
			t.Fatalf("%d sessions are still waited for", n)
		}
	})
}
