package relay

import (
	"sync"
	"time"
)

// rate bounds the bytes of a sound track: sound goes before everything else on every subscriber's path, so that who sends too
// much of it would leave others none. It may be used concurrently.
type rate struct {
	perSecond int

	mu     sync.Mutex
	credit float64
	at     time.Time
}

// allow takes size bytes of the credit, of which there is at most a second's worth.
func (r *rate) allow(size int, now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	limit := float64(r.perSecond)
	if r.at.IsZero() {
		r.credit = limit
	} else if passed := now.Sub(r.at); passed > 0 {
		r.credit = min(limit, r.credit+passed.Seconds()*limit)
	}
	r.at = now
	if r.credit < float64(size) {
		return false
	}
	r.credit -= float64(size)
	return true
}
