package nats

import (
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/openconfab/confab/internal/backbone"
)

const (
	reconnectWait = 250 * time.Millisecond
	// pingInterval finds a server that is frozen or cut off within about four seconds.
	pingInterval = 2 * time.Second
	// writeTimeout is how long a server may take nothing. No ping is sent meanwhile.
	writeTimeout = 4 * time.Second
	// waitingMessages and waitingBytes are what waits for one handler at most.
	waitingMessages = 1 << 16
	waitingBytes    = 64 << 20
)

// conn implements backbone.Backbone over a connection to a NATS server.
type conn struct {
	*nats.Conn
	dropped atomic.Uint64
	log     *slog.Logger
	// beneath ends what the connection leads to, nil for a server of others.
	beneath func()
	close   sync.Once

	// mu guards subscriptions.
	mu            sync.Mutex
	subscriptions map[*subscription]struct{}
}

// connect connects to the server that options lead to. A failure leaves nothing behind.
func connect(url string, log *slog.Logger, beneath func(), options ...nats.Option) (*conn, error) {
	c := &conn{log: log, beneath: beneath, subscriptions: map[*subscription]struct{}{}}
	options = append([]nats.Option{
		nats.Name("confab"),
		nats.MaxReconnects(-1),
		nats.ReconnectWait(reconnectWait),
		nats.PingInterval(pingInterval),
		nats.MaxPingsOutstanding(1),
		nats.FlusherTimeout(writeTimeout),
		nats.ReconnectOnFlusherError(),
		// Media that waits is of no use, and what must arrive is sent again by its sender.
		nats.ReconnectBufSize(-1),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			if err != nil {
				log.Warn("the backbone is away", "error", err)
			}
		}),
		nats.ReconnectHandler(func(*nats.Conn) { log.Info("the backbone is back") }),
		nats.ErrorHandler(c.failed),
	}, options...)
	var err error
	if c.Conn, err = nats.Connect(url, options...); err != nil {
		if beneath != nil {
			beneath()
		}
		return nil, fmt.Errorf("connecting to NATS: %w", err)
	}
	if c.MaxMessage() < backbone.MinMaxMessage {
		c.Conn.Close()
		if beneath != nil {
			beneath()
		}
		return nil, fmt.Errorf("the NATS server carries messages of %d bytes: set its max_payload to 8MB, for at least %d are needed",
			c.MaxMessage(), backbone.MinMaxMessage)
	}
	return c, nil
}

// failed is told of errors that have no caller.
func (c *conn) failed(_ *nats.Conn, s *nats.Subscription, err error) {
	if errors.Is(err, nats.ErrSlowConsumer) && s != nil {
		c.log.Warn("messages from other nodes come faster than they are handled", "topic", s.Subject)
		return
	}
	c.log.Warn("the backbone reports an error", "error", err)
}

// Publish implements backbone.Backbone.
func (c *conn) Publish(t backbone.Topic, msg []byte) error {
	return public(c.Conn.Publish(t.String(), msg))
}

// public returns the error that a caller knows.
func public(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, nats.ErrMaxPayload):
		return backbone.ErrTooLarge
	case errors.Is(err, nats.ErrConnectionClosed):
		return backbone.ErrClosed
	default:
		return fmt.Errorf("%w: %w", backbone.ErrAway, err)
	}
}

// Subscribe implements backbone.Backbone.
func (c *conn) Subscribe(t backbone.Topic, handle func([]byte)) (backbone.Subscription, error) {
	s := &subscription{conn: c, finished: make(chan struct{})}
	inner, err := c.Conn.Subscribe(t.String(), func(m *nats.Msg) { handle(m.Data) })
	if err != nil {
		return nil, public(err)
	}
	s.inner = inner
	inner.SetClosedHandler(func(string) { close(s.finished) })
	if err := inner.SetPendingLimits(waitingMessages, waitingBytes); err != nil {
		return nil, public(err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.subscriptions[s] = struct{}{}
	return s, nil
}

// MaxMessage implements backbone.Backbone.
func (c *conn) MaxMessage() int { return int(c.Conn.MaxPayload()) }

// Stats implements backbone.Backbone.
func (c *conn) Stats() backbone.Stats {
	stats := backbone.Stats{Connected: c.Conn.IsConnected(), Dropped: c.dropped.Load()}
	c.mu.Lock()
	defer c.mu.Unlock()
	for s := range c.subscriptions {
		if n, err := s.inner.Dropped(); err == nil {
			stats.Dropped += uint64(n)
		}
	}
	return stats
}

// Close implements backbone.Backbone.
func (c *conn) Close() error {
	c.close.Do(func() {
		c.mu.Lock()
		all := make([]*subscription, 0, len(c.subscriptions))
		for s := range c.subscriptions {
			all = append(all, s)
		}
		c.mu.Unlock()
		c.Conn.Close()
		for _, s := range all {
			<-s.finished
		}
		if c.beneath != nil {
			c.beneath()
		}
	})
	return nil
}

type subscription struct {
	conn     *conn
	inner    *nats.Subscription
	finished chan struct{}
}

// End implements backbone.Subscription.
func (s *subscription) End() {
	s.conn.mu.Lock()
	_, running := s.conn.subscriptions[s]
	delete(s.conn.subscriptions, s)
	s.conn.mu.Unlock()
	if !running {
		return
	}
	if n, err := s.inner.Dropped(); err == nil {
		s.conn.dropped.Add(uint64(n))
	}
	if err := s.inner.Unsubscribe(); err != nil && !errors.Is(err, nats.ErrConnectionClosed) {
		s.conn.log.Debug("ending a subscription", "error", err)
	}
}
