package relay

import (
	"time"

	"github.com/openconfab/confab/internal/wire"
)

// waiting is an object in a subscription's queue, with one reference, and the time it came.
type waiting struct {
	object *wire.Object
	since  time.Time
}

// ring is a first-in first-out queue that keeps its memory.
type ring struct {
	items []waiting
	first int
	count int
}

func (r *ring) empty() bool { return r.count == 0 }

// head returns the oldest item; the ring must not be empty.
func (r *ring) head() *waiting { return &r.items[r.first] }

func (r *ring) push(w waiting) {
	if r.count == len(r.items) {
		grown := make([]waiting, max(8, 2*len(r.items)))
		n := copy(grown, r.items[r.first:])
		copy(grown[n:], r.items[:r.first])
		r.items, r.first = grown, 0
	}
	r.items[(r.first+r.count)%len(r.items)] = w
	r.count++
}

func (r *ring) pop() waiting {
	w := r.items[r.first]
	r.items[r.first] = waiting{}
	r.first = (r.first + 1) % len(r.items)
	r.count--
	return w
}
