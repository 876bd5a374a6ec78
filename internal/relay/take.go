package relay

import (
	"time"

	"github.com/openconfab/confab/internal/wire"
)

// An Item is what a lane sends next.
type Item struct {
	Subscription *Subscription
	// Object comes with one reference; nil: only end the group that is open for the subscription.
	Object *wire.Object
	// Open is what Opened was called with last, nil if it was not.
	Open Resetter
	// Audio: the object may go as a datagram.
	Audio bool
	// Urgency is that of the object.
	Urgency Urgency
	// Abandon: something of the group that is open for the subscription was dropped; if this object is of another
	// group, or there is none, the open one is reset and not closed.
	Abandon bool
}

// Take returns what the lane sends next. False means that there is nothing: the lane is woken when there is. Calling Take
// says that the item taken before has been dealt with.
func (q *Queue) Take(l Lane, now time.Time) (Item, bool) {
	var fx effects
	q.mu.Lock()
	item, ok := q.take(l, now, &fx)
	q.mu.Unlock()
	fx.run(now)
	return item, ok
}

func (q *Queue) take(l Lane, now time.Time, fx *effects) (Item, bool) {
	lane := &q.lanes[l]
	lane.finish(now, fx)
	if n := len(lane.ended); n > 0 {
		s := lane.ended[n-1]
		lane.ended[n-1] = nil
		lane.ended = lane.ended[:n-1]
		return Item{Subscription: s, Open: s.out, Abandon: true}, true
	}
	for u := range urgencies {
		if !l.has(u) {
			continue
		}
		for s := q.ready[u].first; s != nil; s = q.ready[u].first {
			if item, ok := q.takeFrom(s, lane, now, fx); ok {
				return item, true
			}
		}
	}
	lane.idle = true
	return Item{}, false
}

// finish notes that the object taken last has been dealt with.
func (l *lane) finish(now time.Time, fx *effects) {
	s := l.sending
	if s == nil {
		return
	}
	l.sending = nil
	s.sending = false
	if s.askLater {
		s.askLater = false
		s.ask(now, fx)
	}
}

// takeFrom takes the oldest object of s. It returns false when all of s was too old; s is then in no list, or in another.
func (q *Queue) takeFrom(s *Subscription, lane *lane, now time.Time, fx *effects) (Item, bool) {
	if s.track.audio {
		s.dropAged(now)
	} else if age := s.age(now); age > s.budget() {
		q.shed.late(q, now, fx)
		s.breakGroup(DropAge, now, fx)
	} else if !s.waiting.head().object.Keyframe() {
		q.shed.observe(s, age, now, fx)
	}
	if s.waiting.empty() {
		return Item{}, false
	}
	w := s.waiting.pop()
	q.bytes -= w.object.Len()
	urgency := s.urgency
	// To the end of its list, so that subscriptions of equal urgency take turns.
	q.ready[s.urgency].remove(s)
	s.listed = false
	s.relist()
	item := Item{Subscription: s, Object: w.object, Open: s.out, Audio: s.track.audio, Urgency: urgency}
	if !s.track.audio {
		item.Abandon = s.incomplete && s.out != nil && w.object.Group != s.outGroup
		if item.Abandon {
			s.incomplete = false
		}
	}
	s.sending = true
	lane.sending = s
	return item, true
}

// Opened tells that the lane has opened a group for the subscription, so that it can be reset when a newer one is
// ready. It returns false when that has happened already, or the subscription has ended: the group is not to be sent.
func (s *Subscription) Opened(group uint64, out Resetter) bool {
	s.queue.mu.Lock()
	defer s.queue.mu.Unlock()
	if s.ended || !s.track.audio && s.group != group {
		return false
	}
	s.out, s.outGroup = out, group
	return true
}

// Failed tells that the lane could not send an object of the group: the rest of it is of no use.
func (s *Subscription) Failed(group uint64, now time.Time) {
	var fx effects
	s.queue.mu.Lock()
	if !s.track.audio && !s.ended && s.group == group && !s.broken {
		s.breakGroup(DropBroken, now, &fx)
	}
	s.queue.mu.Unlock()
	fx.run(now)
}
