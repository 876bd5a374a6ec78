package relay

import (
	"sync"
	"time"

	"github.com/openconfab/confab/internal/wire"
)

// Urgency orders what waits for a subscriber: the lower leaves first. Spec: wire.md §3.7.
type Urgency uint8

// The urgencies.
const (
	Audio Urgency = iota
	ScreenKeyframe
	CameraBase
	Rest
	urgencies
)

// A Lane is a set of urgencies that one goroutine sends.
type Lane uint8

// The lanes. A connection whose streams are independent has one goroutine for sound and one for video; any other has
// one for both.
const (
	LaneAll Lane = iota
	LaneAudio
	LaneVideo
	lanes
)

func (l Lane) has(u Urgency) bool {
	return l == LaneAll || (u == Audio) == (l == LaneAudio)
}

// A Queue holds what waits for one subscriber, and the subscriber's subscriptions. Its methods may be called
// concurrently; Take is for one goroutine a lane.
type Queue struct {
	meter            Meter
	gatherer         *Gatherer
	pulse            *Pulse
	maxBytes         int
	maxSubscriptions int

	// mu guards what follows and the state of every subscription. It is taken after the mutex of a Track, and held while
	// no network is written.
	mu            sync.Mutex
	attached      bool
	closed        bool
	subscriptions map[*Track]*Subscription
	lastAlias     uint64
	bytes         int
	ready         [urgencies]list
	lanes         [lanes]lane
	shed          shedding
}

// lane is the state of one sending goroutine.
type lane struct {
	wake func()
	// idle: Take found nothing, so that the next object has to wake the goroutine.
	idle bool
	// gathering: there is something, but the goroutine is to sleep until more has come.
	gathering bool
	// sending is the subscription whose object Take returned last.
	sending *Subscription
	// ended are subscriptions whose group the goroutine still has to end.
	ended []*Subscription
}

// NewQueue returns a queue without a connection: what is forwarded to it is dropped until Attach.
func NewQueue(meter Meter, gatherer *Gatherer, pulse *Pulse, maxBytes, maxSubscriptions int) *Queue {
	return &Queue{
		meter:            meter,
		gatherer:         gatherer,
		pulse:            pulse,
		maxBytes:         maxBytes,
		maxSubscriptions: maxSubscriptions,
		subscriptions:    map[*Track]*Subscription{},
	}
}

// Attach starts queueing for a new connection. wake has an entry for each lane that is taken from, which is called when
// there is something after Take has found nothing. It is called with locks of the relay held: it must return at once and not
// call the relay.
func (q *Queue) Attach(wake map[Lane]func(), now time.Time) {
	var fx effects
	q.mu.Lock()
	if !q.attached {
		q.attached = true
		q.pulse.start(now)
	}
	q.lanes = [lanes]lane{}
	for l, f := range wake {
		q.lanes[l].wake = f
	}
	q.shed.reset(q)
	for _, s := range q.subscriptions {
		s.restart(now, &fx)
	}
	q.mu.Unlock()
	fx.run(now)
}

// Detach drops everything that waits, and what comes until Attach. Nobody may be in Take, nor call it before Attach.
func (q *Queue) Detach() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.attached {
		q.attached = false
		q.pulse.stop()
	}
	q.shed.stop()
	for _, s := range q.subscriptions {
		s.detached()
	}
	q.lanes = [lanes]lane{}
}

// Close ends all subscriptions.
func (q *Queue) Close(now time.Time) {
	q.mu.Lock()
	q.closed = true
	q.shed.stop()
	q.mu.Unlock()
	q.UnsubscribeAll(now)
}

// UnsubscribeAll ends all subscriptions that there are.
func (q *Queue) UnsubscribeAll(now time.Time) {
	q.mu.Lock()
	tracks := make([]*Track, 0, len(q.subscriptions))
	for t := range q.subscriptions {
		tracks = append(tracks, t)
	}
	q.mu.Unlock()
	for _, t := range tracks {
		q.Unsubscribe(t, now)
	}
}

// Subscribe starts a subscription, or changes what is wanted of it, and returns its alias. It fails with a *wire.Error of
// code "track-unknown" when the track has ended and "subscription-limit" when there are too many.
func (q *Queue) Subscribe(t *Track, want Want, now time.Time) (alias uint64, err error) {
	return q.start(t, want, 0, now)
}

// start subscribes, anew under an alias; 0: the next.
func (q *Queue) start(t *Track, want Want, as uint64, now time.Time) (alias uint64, err error) {
	var fx effects
	t.mu.Lock()
	s, fresh, err := q.subscribe(t, want, as, now, &fx)
	if fresh {
		t.attach(s)
	}
	t.mu.Unlock()
	fx.run(now)
	if err != nil {
		return 0, err
	}
	return s.alias, nil
}

// subscribe returns the subscription, and whether it is to be attached to the track.
func (q *Queue) subscribe(t *Track, want Want, alias uint64, now time.Time, fx *effects) (s *Subscription, fresh bool, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if t.closed || q.closed {
		return nil, false, wire.Errorf(wire.CodeTrackUnknown, "the track has ended")
	}
	s = q.subscriptions[t]
	if s == nil {
		if len(q.subscriptions) >= q.maxSubscriptions {
			return nil, false, wire.Errorf(wire.CodeSubscriptionLimit, "only %d subscriptions are allowed: unsubscribe from others first", q.maxSubscriptions)
		}
		if alias == 0 {
			q.lastAlias++
			alias = q.lastAlias
		}
		s = &Subscription{queue: q, track: t, alias: alias, current: none, cap: len(t.layers) - 1, fresh: true}
		q.subscriptions[t] = s
	}
	s.want = want
	s.retarget(now, fx)
	fresh, s.fresh = s.fresh, false
	return s, fresh, nil
}

// Unsubscribe ends the subscription to t and reports whether there was one.
func (q *Queue) Unsubscribe(t *Track, now time.Time) bool {
	var fx effects
	t.mu.Lock()
	q.mu.Lock()
	s := q.subscriptions[t]
	q.mu.Unlock()
	if s != nil {
		t.detach(s)
		q.remove(s, &fx)
	}
	t.mu.Unlock()
	fx.run(now)
	return s != nil
}

// remove ends s; the track's mutex is held.
func (q *Queue) remove(s *Subscription, fx *effects) {
	q.mu.Lock()
	defer q.mu.Unlock()
	s.purge(DropUnsubscribed)
	s.ended = true
	s.accepts.Store(0)
	if s.receive(0) {
		fx.tracks = append(fx.tracks, s.track)
	}
	delete(q.subscriptions, s.track)
	if s.sending && s.out != nil {
		fx.resets = append(fx.resets, s.out)
	}
	if l := q.laneOf(s); q.attached && s.out != nil {
		l.ended = append(l.ended, s)
		l.rouse()
	}
}

// Subscriptions returns how many there are.
func (q *Queue) Subscriptions() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.subscriptions)
}

// Subscribed reports whether there is a subscription to t.
func (q *Queue) Subscribed(t *Track) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.subscriptions[t] != nil
}

// RequestKeyframe asks the publisher for a keyframe of the layer that this subscriber receives. It reports whether
// there is a subscription to t.
func (q *Queue) RequestKeyframe(t *Track, now time.Time) bool {
	q.mu.Lock()
	s := q.subscriptions[t]
	var layer *Layer
	if s != nil && !t.audio {
		layer = t.layers[s.target]
	}
	q.mu.Unlock()
	if layer != nil {
		layer.askKeyframe(now)
	}
	return s != nil
}

// laneOf returns the lane that sends s.
func (q *Queue) laneOf(s *Subscription) *lane {
	if q.lanes[LaneAll].wake != nil {
		return &q.lanes[LaneAll]
	}
	if s.track.audio {
		return &q.lanes[LaneAudio]
	}
	return &q.lanes[LaneVideo]
}

// rouse wakes the lane's goroutine if it waits.
func (l *lane) rouse() {
	if !l.idle {
		return
	}
	l.idle = false
	l.wake()
}
