package iggy

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	iggcon "github.com/apache/iggy/foreign/go/contracts"

	"github.com/openconfab/confab/internal/backbone"
)

const (
	// touchEvery is how often a node shows that its inboxes are read, deadAfter when those of others are removed that
	// nothing has come to.
	touchEvery = 30 * time.Second
	deadAfter  = 5 * time.Minute
)

// touch is a message of no topic.
var touch = []byte{0}

// A caretaker makes the logs that a node reads, keeps its inboxes, and removes those of nodes that have died.
type caretaker struct {
	backbone *client

	// mu guards the connection and inboxes.
	mu sync.Mutex
	*connection
	inboxes map[string]log
}

func newCaretaker(b *client, c *connection) *caretaker {
	return &caretaker{backbone: b, connection: c, inboxes: map[string]log{}}
}

// locate is locate for one who is about to read a log of this node.
func (c *caretaker) locate(ctx context.Context, t backbone.Topic) (next uint64, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	l := logOf(t)
	if t.IsInbox() {
		c.inboxes[l.name] = l
	}
	return locate(ctx, c.connection, l)
}

// run takes care until ctx ends.
func (c *caretaker) run(ctx context.Context) {
	every := time.NewTicker(touchEvery)
	defer every.Stop()
	idle := time.NewTicker(pingAfter)
	defer idle.Stop()
	for {
		select {
		case <-idle.C:
			c.mu.Lock()
			c.report(c.ping(ctx))
			c.mu.Unlock()
		case <-every.C:
			c.touch()
			c.report(c.sweep(ctx, deadAfter))
		case <-ctx.Done():
			return
		}
	}
}

// touch writes to this node's inboxes, which shows others that it lives.
func (c *caretaker) touch() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, l := range c.inboxes {
		// One that is lost does no harm.
		_ = c.backbone.lanes[backbone.Control].out.put(l, touch)
	}
}

// sweep removes the inboxes to which nothing has come for as long as dead says, by the clock of the server. A node that lives
// all the same makes its own anew.
func (c *caretaker) sweep(ctx context.Context, dead time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	topics, err := call(ctx, c.connection, func(client iggcon.Client) ([]iggcon.Topic, error) { return client.GetTopics(c.stream) })
	if err != nil {
		return err
	}
	used := map[string]uint64{}
	now := uint64(0)
	for _, t := range topics {
		if !strings.HasPrefix(t.Name, backbone.InboxPrefix) {
			continue
		}
		last, err := poll(ctx, c.connection, identifier(t.Name), iggcon.LastPollingStrategy(), 1)
		if missing(err) {
			continue
		}
		if err != nil {
			return err
		}
		used[t.Name] = t.CreatedAt
		if n := len(last.Messages); n > 0 {
			used[t.Name] = last.Messages[n-1].Header.Timestamp
		}
		now = max(now, used[t.Name])
	}
	for name, at := range used {
		if _, own := c.inboxes[name]; own || now-at < uint64(dead.Microseconds()) {
			continue
		}
		if err := c.remove(ctx, name); err != nil {
			return err
		}
		c.log.Info("the inbox of a node that has died is removed", "topic", name)
	}
	return nil
}

// clear removes this node's own inboxes.
func (c *caretaker) clear(ctx context.Context) (failed error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for name := range c.inboxes {
		failed = errors.Join(failed, c.remove(ctx, name))
	}
	return failed
}

// remove removes a log; mu is held.
func (c *caretaker) remove(ctx context.Context, name string) error {
	_, err := call(ctx, c.connection, func(client iggcon.Client) (struct{}, error) {
		return struct{}{}, client.DeleteTopic(c.stream, identifier(name))
	})
	if missing(err) {
		return nil
	}
	return err
}
