package session

import (
	"sync/atomic"
	"time"

	"github.com/openconfab/confab/internal/relay"
)

// ordered sends everything of a connection that is one ordered pipe: control first, then what the queue finds most urgent.
// While there is something to send, exactly one goroutine does so: that of a round or, when the network makes it wait, one
// of its own. Otherwise there is none.
type ordered struct {
	c     *connection
	round *round
	lane  lane
	// calls counts how often it was called since there was last nothing to send. Who calls first has the round look after
	// it, and who looks after it goes on if it was called meanwhile. It begins with one call, which start answers, and ends
	// with one that nobody does.
	calls atomic.Uint32
}

func newOrdered(c *connection, r *round) *ordered {
	o := &ordered{c: c, lane: newLane(c, relay.LaneAll), round: r}
	o.calls.Store(1)
	return o
}

// start begins to send, until the connection ends. That is a task of the connection.
func (o *ordered) start() {
	o.c.tasks.Add(1)
	o.round.add(o)
}

// call has what there is looked after. It returns at once, and may be called under any lock.
func (o *ordered) call() {
	if o.calls.Add(1) == 1 {
		o.round.add(o)
	}
}

// visit sends what the network takes at once.
func (o *ordered) visit() {
	calls := o.calls.Load()
	if !o.c.conn.TryCork() {
		go o.sendPatiently()
		return
	}
	now := time.Now()
	more := true
	for sent := 0; sent < turn && more; sent++ {
		more = o.sendOne(now)
	}
	switch {
	case !o.c.conn.TryUncork():
		go o.sendPatiently()
	case o.over():
		o.c.tasks.Done()
	case more || !o.calls.CompareAndSwap(calls, 0):
		o.round.add(o)
	}
}

// sendPatiently sends until there is nothing more, however long that takes, beginning with what a visit has left.
func (o *ordered) sendPatiently() {
	for o.c.conn.Uncork() == nil && !o.over() {
		calls := o.calls.Load()
		o.c.conn.Cork()
		more := true
		for sent := 0; sent < turn && more; sent++ {
			more = o.sendOne(time.Now())
		}
		if o.c.conn.Uncork() == nil && !o.over() && !more && o.calls.CompareAndSwap(calls, 0) {
			return
		}
	}
	o.c.tasks.Done()
}

// sendOne hands the next message or object to the connection. It returns false when there is none, or no more is taken.
func (o *ordered) sendOne(now time.Time) bool {
	return !o.c.conn.Stuck() && (o.c.sendOneControl() || o.lane.sendOne(now))
}

// over reports whether the connection has ended, and ends it after its last message.
func (o *ordered) over() bool { return o.c.closeIfEnded() || o.c.gone.Load() }
