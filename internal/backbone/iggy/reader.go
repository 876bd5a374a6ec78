package iggy

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	iggcon "github.com/apache/iggy/foreign/go/contracts"

	"github.com/openconfab/confab/internal/backbone"
)

const (
	// soonest is when a log is polled again after it had something; after it had nothing, it takes twice as long each time.
	soonest = time.Millisecond
	// inboxIdle and sharedIdle are the longest that an inbox, and a log of rooms or nodes, waits for a poll.
	inboxIdle  = 8 * time.Millisecond
	sharedIdle = 50 * time.Millisecond
	// afterRefusal is when a log is polled again that could not be.
	afterRefusal = time.Second
)

// A reader polls the logs of one lane, each from where it ends when the first subscription to it is made. It calls the
// handles itself: what they do not take in time stays in the log, up to a limit, and is skipped then.
type reader struct {
	*connection
	// patience is how long what is in a log may wait, count how many messages one poll returns.
	patience time.Duration
	count    uint32
	dropped  *atomic.Uint64
	wake     chan struct{}

	// mu guards the set of cursors and their subscriptions.
	mu      sync.Mutex
	cursors map[string]*cursor
}

// A cursor is a place in a log. All but subscriptions is the goroutine's that runs the reader.
type cursor struct {
	log  log
	idle time.Duration
	// subscriptions are those of each topic of the log; the lists are replaced, never changed.
	subscriptions map[string][]*subscription

	located bool
	next    uint64
	// wait is between the last poll and that which is due.
	wait time.Duration
	due  time.Time
	// Everything up to mark was in the log at marked.
	mark   uint64
	marked time.Time
	polled time.Time
}

// A subscription implements backbone.Subscription.
type subscription struct {
	reader *reader
	topic  backbone.Topic
	handle func([]byte)
}

func newReader(c *connection, patience time.Duration, count uint32, dropped *atomic.Uint64) *reader {
	return &reader{
		connection: c, patience: patience, count: count, dropped: dropped,
		wake: make(chan struct{}, 1), cursors: map[string]*cursor{},
	}
}

// has reports whether the log of a topic is read already.
func (r *reader) has(t backbone.Topic) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.cursors[logOf(t).name] != nil
}

// subscribe reads a topic. If the log is not read yet, next is where, and located whether that is known.
func (r *reader) subscribe(s *subscription, next uint64, located bool) {
	l := logOf(s.topic)
	r.mu.Lock()
	defer r.mu.Unlock()
	c := r.cursors[l.name]
	if c == nil {
		c = &cursor{log: l, idle: sharedIdle, subscriptions: map[string][]*subscription{}, next: next, located: located}
		if s.topic.IsInbox() {
			c.idle = inboxIdle
		}
		r.cursors[l.name] = c
	}
	name := s.topic.String()
	c.subscriptions[name] = append(slices.Clone(c.subscriptions[name]), s)
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// End implements backbone.Subscription.
func (s *subscription) End() {
	r, name := s.reader, s.topic.String()
	r.mu.Lock()
	defer r.mu.Unlock()
	c := r.cursors[logOf(s.topic).name]
	if c == nil || !slices.Contains(c.subscriptions[name], s) {
		return
	}
	if left := slices.DeleteFunc(slices.Clone(c.subscriptions[name]), func(o *subscription) bool { return o == s }); len(left) > 0 {
		c.subscriptions[name] = left
		return
	}
	delete(c.subscriptions, name)
	if len(c.subscriptions) == 0 {
		delete(r.cursors, c.log.name)
	}
}

// run polls until ctx ends.
func (r *reader) run(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for r.await(ctx) {
		c := r.first()
		wait := pingAfter
		if c != nil {
			wait = time.Until(c.due)
		}
		if wait > 0 {
			timer.Reset(wait)
			select {
			case <-timer.C:
			case <-r.wake:
			case <-ctx.Done():
			}
			continue
		}
		if err := r.poll(ctx, c); err != nil {
			r.report(err)
			c.due = time.Now().Add(afterRefusal)
			if !serverSays(err) {
				// When to try again is up to the connection.
				c.due = time.Time{}
			}
		}
	}
}

// first returns the cursor that is due first, nil when nothing is read.
func (r *reader) first() (first *cursor) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range r.cursors {
		if first == nil || c.due.Before(first.due) {
			first = c
		}
	}
	return first
}

// poll handles what has come to a log.
func (r *reader) poll(ctx context.Context, c *cursor) (err error) {
	if !c.located {
		if c.next, err = locate(ctx, r.connection, c.log); err != nil {
			return err
		}
		c.located, c.mark, c.polled = true, 0, time.Now()
	}
	polled, err := poll(ctx, r.connection, c.log.id, iggcon.OffsetPollingStrategy(c.next), r.count)
	if missing(err) {
		c.located = false
		return nil
	}
	if err != nil {
		return err
	}
	now := time.Now()
	switch newest := polled.CurrentOffset; {
	case len(polled.Messages) == 0:
		// The server may have lost the end of a log. One that has never held anything says 0 as well.
		c.next = min(c.next, newest+1)
	case r.late(c, newest, now):
		r.dropped.Add(newest + 1 - c.next)
		c.next = newest + 1
	default:
		r.hand(ctx, c, polled)
	}
	c.polled = now
	switch {
	case len(polled.Messages) >= int(r.count):
		c.wait = 0
	case len(polled.Messages) > 0:
		c.wait = soonest
	default:
		c.wait = min(max(2*c.wait, soonest), c.idle)
	}
	c.due = time.Now().Add(c.wait)
	return nil
}

// late reports whether a cursor is to skip all that its log holds, up to newest.
func (r *reader) late(c *cursor, newest uint64, now time.Time) bool {
	if c.next > c.mark || c.marked.IsZero() {
		c.mark, c.marked = newest, now
		// What came while the server could not be asked has waited since then.
		return !c.polled.IsZero() && now.Sub(c.polled) > r.patience
	}
	return now.Sub(c.marked) > r.patience
}

// hand calls the handles.
func (r *reader) hand(ctx context.Context, c *cursor, polled *iggcon.PolledMessage) {
	for _, m := range polled.Messages {
		topic, msg := open(m.Payload)
		r.mu.Lock()
		to := c.subscriptions[topic]
		r.mu.Unlock()
		for _, s := range to {
			if ctx.Err() != nil {
				return
			}
			s.handle(msg)
		}
		c.next = m.Header.Offset + 1
	}
}
