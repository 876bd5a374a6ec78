package relay

import "time"

// Resetter abandons what was written to a group and has not left. Reset must not block.
type Resetter interface{ Reset() }

// effects collects what a change of a queue entails elsewhere, to be done after the queue's mutex is released.
type effects struct {
	resets    []Resetter
	keyframes []*Layer
	tracks    []*Track
}

// run must be called without any mutex of the relay.
func (e *effects) run(now time.Time) {
	for _, r := range e.resets {
		r.Reset()
	}
	for _, t := range e.tracks {
		t.mu.Lock()
		t.refreshWanted()
		t.mu.Unlock()
	}
	for _, l := range e.keyframes {
		l.askKeyframe(now)
	}
}
