package relay

import (
	"sync"
	"time"
)

// keyframeGate lets the wishes for a keyframe of one layer through to the publisher, at most one an interval: those that
// come too soon are put off and answered together, or dropped when a keyframe comes by itself meanwhile.
type keyframeGate struct {
	interval time.Duration
	forward  func()

	// mu guards what follows. forward is called with mu held.
	mu     sync.Mutex
	last   time.Time
	timer  *time.Timer
	closed bool
}

func (g *keyframeGate) ask(now time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed || g.timer != nil {
		return
	}
	wait := g.interval - now.Sub(g.last)
	if g.last.IsZero() || wait <= 0 {
		g.last = now
		g.forward()
		return
	}
	var timer *time.Timer
	timer = time.AfterFunc(wait, func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		if g.timer == timer {
			g.timer = nil
			g.last = time.Now()
			g.forward()
		}
	})
	g.timer = timer
}

// arrived notes that a keyframe came, which answers everybody who has asked so far.
func (g *keyframeGate) arrived() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.stop()
}

func (g *keyframeGate) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.closed = true
	g.stop()
}

func (g *keyframeGate) stop() {
	if g.timer != nil {
		g.timer.Stop()
		g.timer = nil
	}
}
