package record

import (
	"sync"

	"github.com/openconfab/confab/client"
)

// losses counts the frames that were to be recorded and can't be. Its methods may be called concurrently.
type losses struct {
	// mu guards what follows, and the losses of each reception.
	mu sync.Mutex
	// running are the receptions that have had a frame, gone what those before have lost.
	running map[*reception]struct{}
	gone    uint64
}

// reception is one subscription of a recording. What came before the key to it, or before a keyframe, was never to be
// recorded: it counts from its first frame on.
type reception struct {
	losses *losses
	stats  func() client.Received
	// before is what was lost until then.
	before uint64
}

// receive counts what a subscription loses between began and end; stats are its own.
func (l *losses) receive(stats func() client.Received) *reception {
	return &reception{losses: l, stats: stats}
}

// began notes that a frame has come. It is called for each.
func (r *reception) began() {
	r.losses.mu.Lock()
	defer r.losses.mu.Unlock()
	if _, running := r.losses.running[r]; running {
		return
	}
	if r.losses.running == nil {
		r.losses.running = map[*reception]struct{}{}
	}
	r.losses.running[r] = struct{}{}
	r.before = r.lost()
}

// end notes that the subscription has ended.
func (r *reception) end() {
	r.losses.mu.Lock()
	defer r.losses.mu.Unlock()
	if _, running := r.losses.running[r]; running {
		delete(r.losses.running, r)
		r.losses.gone += r.lost() - r.before
	}
}

func (r *reception) lost() uint64 {
	stats := r.stats()
	return stats.Lost + stats.Undecryptable + stats.Dropped
}

// total returns how many frames all receptions have lost.
func (l *losses) total() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	total := l.gone
	for r := range l.running {
		total += r.lost() - r.before
	}
	return total
}
