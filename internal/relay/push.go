package relay

import (
	"time"

	"github.com/openconfab/confab/internal/wire"
)

// How long an object may wait. Sound that is older has been played over by the listener's concealment. Of a screen,
// every frame counts more than its age.
const (
	audioBudget  = 400 * time.Millisecond
	cameraBudget = time.Second
	screenBudget = 4 * time.Second
)

// maxWaiting is how many objects of one subscription wait at most.
const maxWaiting = 512

func (s *Subscription) budget() time.Duration {
	switch {
	case s.track.audio:
		return audioBudget
	case s.track.screen:
		return screenBudget
	default:
		return cameraBudget
	}
}

// age returns for how long the oldest object of video has waited for the path: not what it waited because the node stood
// still. It is 0 when nothing waits.
func (s *Subscription) age(now time.Time) time.Duration {
	if s.waiting.empty() {
		return 0
	}
	since := s.waiting.head().since
	age := now.Sub(since)
	if age > stallAfter {
		age -= s.queue.pulse.stalled(since, now)
	}
	return age
}

// push queues an object of a layer, or decides that this subscriber does without it.
func (s *Subscription) push(l *Layer, o *wire.Object, now time.Time) {
	if !layerSet(s.accepts.Load()).has(l.index) {
		return
	}
	if s.sink != nil {
		s.sink.Object(l.id, o)
		return
	}
	var fx effects
	q := s.queue
	q.mu.Lock()
	switch {
	case s.ended:
	case !q.attached:
		q.meter.Dropped(DropDetached, 1)
	case s.track.audio:
		s.pushAudio(o, now, &fx)
	default:
		s.pushVideo(l, o, now, &fx)
	}
	q.mu.Unlock()
	fx.run(now)
}

func (s *Subscription) pushAudio(o *wire.Object, now time.Time, fx *effects) {
	s.dropAged(now)
	if s.waiting.count >= maxWaiting {
		s.queue.meter.Dropped(DropFull, 1)
		s.discardHead()
		s.relist()
	}
	s.enqueue(o, now, fx)
}

// dropAged drops sound that has waited too long.
func (s *Subscription) dropAged(now time.Time) {
	dropped := 0
	for !s.waiting.empty() && now.Sub(s.waiting.head().since) > audioBudget {
		s.discardHead()
		dropped++
	}
	if dropped > 0 {
		s.queue.meter.Dropped(DropAge, dropped)
		s.relist()
	}
}

func (s *Subscription) pushVideo(l *Layer, o *wire.Object, now time.Time, fx *effects) {
	drop := func(r Reason) { s.queue.meter.Dropped(r, 1) }
	switch {
	case s.paused:
		drop(DropPaused)
	case o.Keyframe() && o.Number == 0 && s.startGroup(l, o, fx):
		s.enqueue(o, now, fx)
	case l.index != s.current:
		if l.index != s.target {
			break
		}
		// The layer to switch to is there, but its keyframe has not come.
		if s.current == none {
			drop(DropBroken)
		}
		s.ask(now, fx)
	case s.started && o.Group < s.group:
		drop(DropStale)
	case s.broken || !s.started || o.Group > s.group:
		// Of a group whose beginning was dropped or has not come.
		s.broken = true
		drop(DropBroken)
		s.ask(now, fx)
	case o.Number < s.expected:
		drop(DropStale)
	case o.Number > s.expected:
		// The publisher's path has lost what is missing.
		drop(DropBroken)
		s.breakGroup(DropBroken, now, fx)
	default:
		s.expected++
		s.pushDelta(l, o, now, fx)
	}
}

// pushDelta queues the next object of the current group, unless this subscriber is better off without it.
func (s *Subscription) pushDelta(l *Layer, o *wire.Object, now time.Time, fx *effects) {
	drop := func(r Reason) { s.queue.meter.Dropped(r, 1) }
	age := s.age(now)
	if !s.waiting.empty() {
		s.queue.shed.observe(s, age, now, fx)
	}
	switch {
	case s.broken:
		// By what was just observed.
		drop(DropBroken)
	case o.TemporalID() > s.temporalLimit(l):
		drop(DropFrameRate)
	case s.queue.shed.discardable && o.Discardable():
		drop(DropDiscardable)
	case s.waiting.count >= maxWaiting:
		drop(DropFull)
		s.breakGroup(DropFull, now, fx)
	case !s.waiting.empty() && age > s.budget():
		drop(DropAge)
		s.queue.shed.late(s.queue, now, fx)
		s.breakGroup(DropAge, now, fx)
	default:
		s.enqueue(o, now, fx)
	}
}

// startGroup makes the keyframe's group the current one, if it is newer and of a layer that may be forwarded. What is
// left of the group before is abandoned.
func (s *Subscription) startGroup(l *Layer, o *wire.Object, fx *effects) bool {
	if s.started && o.Group <= s.group {
		return false
	}
	if !s.waiting.empty() {
		s.purge(DropStale)
		s.incomplete = true
	}
	if s.sending && s.out != nil && s.outGroup != o.Group {
		s.incomplete = true
		fx.resets = append(fx.resets, s.out)
	}
	s.group, s.started, s.expected = o.Group, true, 1
	s.broken, s.askLater = false, false
	s.temporal = wire.MaxTemporalID
	if l.index != s.current {
		s.current = l.index
		s.refresh(fx)
	}
	return true
}

// temporalLimit returns the highest temporal id within the wanted frame rate. Within a group it only falls, for frames
// of a temporal layer may need earlier ones of the same.
func (s *Subscription) temporalLimit(l *Layer) uint8 {
	if s.want.MaxFPS == 0 || l.fps == 0 {
		return s.temporal
	}
	limit := uint8(l.topTemporal.Load())
	for fps := l.fps; limit > 0 && fps > s.want.MaxFPS; fps /= 2 {
		limit--
	}
	s.temporal = min(s.temporal, limit)
	return s.temporal
}

// enqueue queues the object, at the cost of less important ones if there is no room.
func (s *Subscription) enqueue(o *wire.Object, now time.Time, fx *effects) {
	q := s.queue
	if q.bytes+o.Len() > q.maxBytes && !q.makeRoom(s, o.Len(), now, fx) {
		q.meter.Dropped(DropFull, 1)
		if !s.track.audio {
			s.breakGroup(DropFull, now, fx)
		}
		return
	}
	if s.broken {
		// Making room has given this subscription up as well.
		q.meter.Dropped(DropBroken, 1)
		return
	}
	s.waiting.push(waiting{object: o.Retain(), since: now})
	q.bytes += o.Len()
	s.relist()
	q.rouse(s, now)
}

// makeRoom drops what waits of video that ranks below s, the lowest first, until size bytes are free.
func (q *Queue) makeRoom(s *Subscription, size int, now time.Time, fx *effects) bool {
	q.shed.late(q, now, fx)
	for q.bytes+size > q.maxBytes {
		var lowest *Subscription
		for _, o := range q.subscriptions {
			if o != s && !o.track.audio && !o.waiting.empty() && (s.track.audio || o.ranksBelow(s)) &&
				(lowest == nil || o.ranksBelow(lowest)) {
				lowest = o
			}
		}
		if lowest == nil {
			return false
		}
		lowest.breakGroup(DropFull, now, fx)
	}
	return true
}
