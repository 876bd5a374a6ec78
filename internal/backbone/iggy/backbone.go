package iggy

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	iggcon "github.com/apache/iggy/foreign/go/contracts"

	"github.com/openconfab/confab/internal/backbone"
)

// closeTimeout is how long what was published before Close may take on its way.
const closeTimeout = time.Second

// lanes tells how much of each lane waits at most: bytes to be written, and how old what is read may get. Video is
// given up long before the rest.
var lanes = map[backbone.Lane]struct {
	waiting  int
	patience time.Duration
	count    uint32
}{
	backbone.Control: {waiting: 32 << 20, patience: 10 * time.Second, count: 256},
	backbone.Sound:   {waiting: 4<<20 + backbone.MinMaxMessage, patience: time.Second, count: 128},
	backbone.Video:   {waiting: 16 << 20, patience: 500 * time.Millisecond, count: 16},
}

// client implements backbone.Backbone over a server.
type client struct {
	log        *slog.Logger
	leftBehind atomic.Int32
	dropped    atomic.Uint64
	lanes      map[backbone.Lane]lane
	caretaker  *caretaker

	// ended is closed by cancel, after which nothing begins.
	ended   context.Context
	cancel  context.CancelFunc
	writing sync.WaitGroup
	reading sync.WaitGroup
	closing sync.Once
	closed  atomic.Bool
}

// A lane has connections of its own, so that none waits for the calls of another.
type lane struct {
	in  *reader
	out *writer
}

// Connect connects to a server, and connects again for as long as it is not closed. It fails when there is none that
// answers and lets it in.
func Connect(c Config) (backbone.Backbone, error) {
	to, err := c.endpoint()
	if err != nil {
		return nil, err
	}
	ended, cancel := context.WithCancel(context.Background())
	b := &client{log: c.Logger, lanes: map[backbone.Lane]lane{}, ended: ended, cancel: cancel}
	connect := func(name string) *connection {
		return &connection{endpoint: to, stream: identifier(to.stream), name: name, log: c.Logger, leftBehind: &b.leftBehind}
	}
	b.caretaker = newCaretaker(b, connect("care"))
	for name, limits := range lanes {
		b.lanes[name] = lane{
			in:  newReader(connect(string(name)+" in"), limits.patience, limits.count, &b.dropped),
			out: newWriter(connect(string(name)+" out"), limits.waiting, &b.dropped),
		}
	}
	if err := b.start(); err != nil {
		cancel()
		b.disconnect()
		return nil, fmt.Errorf("connecting to Iggy at %s: %w", to.addr, err)
	}
	return b, nil
}

// connections returns all of them.
func (b *client) connections() []*connection {
	all := []*connection{b.caretaker.connection}
	for _, l := range b.lanes {
		all = append(all, l.in.connection, l.out.connection)
	}
	return all
}

// start connects everything and sets it going.
func (b *client) start() error {
	for _, c := range b.connections() {
		if err := c.connect(b.ended); err != nil {
			return err
		}
	}
	if err := createStream(b.ended, b.caretaker.connection); err != nil {
		return fmt.Errorf("making the stream: %w", err)
	}
	for _, l := range b.lanes {
		b.writing.Go(func() { l.out.run(b.ended) })
		b.reading.Go(func() { l.in.run(b.ended) })
	}
	b.reading.Go(func() { b.caretaker.run(b.ended) })
	return nil
}

func (b *client) disconnect() {
	for _, c := range b.connections() {
		c.close()
	}
}

// Publish implements backbone.Backbone.
func (b *client) Publish(t backbone.Topic, msg []byte) error {
	switch {
	case b.closed.Load():
		return backbone.ErrClosed
	case len(msg) > b.MaxMessage():
		return backbone.ErrTooLarge
	}
	return b.lanes[t.Lane()].out.put(logOf(t), seal(t, msg))
}

// Subscribe implements backbone.Backbone. If the server is away, what is published before it is back is not received.
func (b *client) Subscribe(t backbone.Topic, handle func([]byte)) (backbone.Subscription, error) {
	if b.closed.Load() {
		return nil, backbone.ErrClosed
	}
	in := b.lanes[t.Lane()].in
	s := &subscription{reader: in, topic: t, handle: handle}
	if in.has(t) {
		in.subscribe(s, 0, false)
		return s, nil
	}
	next, err := b.caretaker.locate(b.ended, t)
	if err != nil && serverSays(err) {
		return nil, fmt.Errorf("subscribing: %w", err)
	}
	in.subscribe(s, next, err == nil)
	return s, nil
}

// MaxMessage implements backbone.Backbone.
func (b *client) MaxMessage() int { return iggcon.MaxPayloadSize - sealed }

// Stats implements backbone.Backbone.
func (b *client) Stats() backbone.Stats {
	s := backbone.Stats{Connected: true, Dropped: b.dropped.Load()}
	for _, l := range b.lanes {
		s.Connected = s.Connected && l.in.up() && l.out.up()
	}
	return s
}

// Close implements backbone.Backbone. What was published is sent before.
func (b *client) Close() error {
	b.closing.Do(func() {
		b.closed.Store(true)
		late := time.AfterFunc(closeTimeout, b.cancel)
		for _, l := range b.lanes {
			close(l.out.ending)
		}
		b.writing.Wait()
		late.Stop()
		b.cancel()
		b.reading.Wait()
		ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
		defer cancel()
		if err := b.caretaker.clear(ctx); err != nil && !errors.Is(err, errNotYet) {
			b.log.Debug("the logs of this node stay until another removes them", "error", err)
		}
		b.disconnect()
	})
	return nil
}
