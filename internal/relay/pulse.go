package relay

import (
	"sync"
	"time"
)

const (
	// A pulse beats every pulseInterval. When the next beat is not there stallAfter the one before, nothing on the node has
	// run meanwhile.
	pulseInterval = 50 * time.Millisecond
	stallAfter    = 2 * pulseInterval
	// Stalls are remembered for stallMemory. A node that has stood still for stallLimit of that is overloaded, and does well
	// to send less: further stalls do not count as such.
	stallMemory = 10 * time.Second
	stallLimit  = 2 * time.Second
	// stallEcho is for how long after a stall round trips are longer that were measured over it.
	stallEcho = time.Second
)

// A Pulse notices when the machine gives a node no time to run. What waits then says nothing about the path it is to go.
// One Pulse is for all queues of a node; the zero value is ready. It may be used concurrently.
type Pulse struct {
	// mu guards what follows. It is taken after the mutex of a Queue.
	mu sync.Mutex
	// queues are those with a connection: while there are any, the timer runs.
	queues int
	timer  *time.Timer
	// last is when it has beaten last.
	last   time.Time
	stalls []stall
}

// stall is a time in which nothing ran.
type stall struct{ from, to time.Time }

// within returns how much of a time the stall took.
func (s stall) within(from, to time.Time) time.Duration {
	if s.from.After(from) {
		from = s.from
	}
	if s.to.Before(to) {
		to = s.to
	}
	return max(0, to.Sub(from))
}

// start beats for one more queue.
func (p *Pulse) start(now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.queues++
	if p.queues > 1 {
		return
	}
	p.last, p.stalls = now, nil
	var timer *time.Timer
	timer = time.AfterFunc(pulseInterval, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.timer == timer {
			p.beat(time.Now())
			timer.Reset(pulseInterval)
		}
	})
	p.timer = timer
}

// stop beats for one queue less.
func (p *Pulse) stop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.queues--; p.queues == 0 {
		p.timer.Stop()
		p.timer = nil
	}
}

// beat notes that the node runs, and whether it has not until now; the mutex is held.
func (p *Pulse) beat(now time.Time) {
	for len(p.stalls) > 0 && now.Sub(p.stalls[0].to) > stallMemory {
		p.stalls = p.stalls[1:]
	}
	if now.Sub(p.last) > stallAfter {
		var before time.Duration
		for _, s := range p.stalls {
			before += s.to.Sub(s.from)
		}
		if before < stallLimit {
			p.stalls = append(p.stalls, stall{p.last, now})
		}
	}
	p.last = now
}

// stalled returns for how much of a time that has just ended the node stood still. The beat that tells may be yet to come.
func (p *Pulse) stalled(since, now time.Time) (total time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if now.Sub(p.last) > stallAfter {
		p.beat(now)
	}
	for _, s := range p.stalls {
		total += s.within(since, now)
	}
	return total
}
