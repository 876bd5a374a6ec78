package relay

import (
	"sync"
	"time"
)

const (
	// gatherFor is how long video waits for more to leave with it: half the time from one frame of sound to the next, and
	// far below what lateness is measured in.
	gatherFor = 10 * time.Millisecond
	// A node with fewer than gatherAbove wake-ups for video in a gatherPeriod, some hundredths of a core, sends all at once.
	gatherAbove  = 200
	gatherPeriod = 100 * time.Millisecond
)

// A Gatherer lets video that has a lane to itself wait a moment for what can leave with it, when a node has so much to send
// that waking up goroutines is much of what it does. Sound and control never wait, and take along what does. One Gatherer is
// for all queues of a node; the zero value is ready. It may be used concurrently.
type Gatherer struct {
	// mu guards what follows. It is taken after the mutex of a Queue.
	mu sync.Mutex
	// since is the beginning of the period whose wake-ups are counted; busy: there were many in the one before.
	since time.Time
	count int
	busy  bool
	// waiting are to be woken when the timer fires, which runs while there are any.
	waiting []*Queue
	// spare is the memory of waiting while that is in use.
	spare []*Queue
}

// join makes the queue wait, and reports whether it may: otherwise it is to be woken now.
func (g *Gatherer) join(q *Queue, now time.Time) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if passed := now.Sub(g.since); passed >= gatherPeriod {
		g.busy = g.count >= gatherAbove && passed < 2*gatherPeriod
		g.since, g.count = now, 0
	}
	g.count++
	if !g.busy {
		return false
	}
	if len(g.waiting) == 0 {
		time.AfterFunc(gatherFor, g.wake)
	}
	g.waiting = append(g.waiting, q)
	return true
}

func (g *Gatherer) wake() {
	g.mu.Lock()
	waiting := g.waiting
	g.waiting, g.spare = g.spare[:0], nil
	g.mu.Unlock()
	for i, q := range waiting {
		waiting[i] = nil
		q.mu.Lock()
		q.rouseGathered()
		q.mu.Unlock()
	}
	g.mu.Lock()
	g.spare = waiting
	g.mu.Unlock()
}

// rouse wakes whoever sends s: for video with a lane to itself when enough has gathered, otherwise at once.
func (q *Queue) rouse(s *Subscription, now time.Time) {
	l := q.laneOf(s)
	switch {
	case l == &q.lanes[LaneAll]:
		l.rouse()
	case s.track.audio:
		l.rouse()
		q.rouseGathered()
	case l.idle && !l.gathering:
		l.gathering = q.gatherer.join(q, now)
		if !l.gathering {
			l.rouse()
		}
	}
}

// rouseGathered wakes the goroutines that were left asleep for more to come.
func (q *Queue) rouseGathered() {
	for i := range q.lanes {
		if l := &q.lanes[i]; l.gathering {
			l.gathering = false
			l.rouse()
		}
	}
}
