package relay

import (
	"sync/atomic"
	"time"
)

// none is the layer of a subscription that has received nothing yet.
const none = -1

// A subscriber whose video keeps breaking asks for keyframes less and less often, for every keyframe costs all other
// subscribers of the layer quality.
const (
	firstAskInterval = time.Second
	lastAskInterval  = 16 * time.Second
	// soundAfter is how long video must have been intact until asking starts from firstAskInterval again.
	soundAfter = 10 * time.Second
)

// Want is what a subscriber asks of a track. Spec: wire.md §5.
type Want struct {
	// MaxHeight selects the largest layer that is not higher, or the smallest; 0: no limit.
	MaxHeight uint32
	// MaxFPS: temporal layers above it are dropped; 0: no limit.
	MaxFPS uint32
	// Priority: when the path is slow, video of a higher one is kept longer.
	Priority uint8
}

// A Subscription is one track on its way to one subscriber.
type Subscription struct {
	// queue is nil when the objects go into sink, of which only track, accepts and received are used.
	queue *Queue
	sink  Sink
	track *Track
	alias uint64

	// accepts are the layers whose objects may matter now, so that others are passed over without the mutex.
	accepts atomic.Uint32

	// The rest is guarded by the queue's mutex.

	want  Want
	fresh bool
	ended bool
	// received are the layers that this subscription keeps alive.
	received layerSet

	// current is the layer being forwarded, target the one to switch to at its next keyframe, and cap the highest that
	// the path has room for.
	current, target, cap int
	// paused: the path has no room for this track at all.
	paused bool
	// broken: nothing of the current group can be decoded any more.
	broken bool
	// group is being forwarded; older ones are stale. started: there is one. expected is its next object.
	group    uint64
	expected uint64
	started  bool
	// temporal is the highest temporal id that is forwarded in the current group.
	temporal uint8

	// askAfter is when a keyframe may be asked for again, askInterval by how much that moves then. askLater: it is to be
	// asked for when what is being sent has left.
	askAfter    time.Time
	askInterval time.Duration
	askLater    bool

	waiting        ring
	urgency        Urgency
	listed         bool
	previous, next *Subscription

	// sending: the goroutine of the lane has an object of this subscription in its hands.
	sending bool
	// out is the group that the lane has open, and outGroup its number.
	out      Resetter
	outGroup uint64
	// incomplete: something of the group that was taken last was dropped.
	incomplete bool
}

// Alias returns the alias under which the subscriber receives the track.
func (s *Subscription) Alias() uint64 { return s.alias }

// desired returns the layer that the subscriber asked for.
func (s *Subscription) desired() int {
	layers := s.track.layers
	if s.want.MaxHeight == 0 {
		return len(layers) - 1
	}
	best := 0
	for i, l := range layers {
		if l.height <= s.want.MaxHeight {
			best = i
		}
	}
	return best
}

// retarget chooses the layer to forward after something it depends on has changed.
func (s *Subscription) retarget(now time.Time, fx *effects) {
	if s.track.audio {
		s.current, s.target, s.broken = 0, 0, false
		s.refresh(fx)
		return
	}
	before := s.target
	s.target = min(s.desired(), s.cap)
	s.refresh(fx)
	if s.awaitsKeyframe() && (s.fresh || before != s.target) {
		s.askAfter = time.Time{}
		s.ask(now, fx)
	}
}

// refresh derives which layers are accepted and kept alive.
func (s *Subscription) refresh(fx *effects) {
	set := only(s.target)
	if s.current != none {
		set |= only(s.current)
	}
	accepts := set
	if s.current == none {
		// Anything smaller shows a picture sooner.
		accepts |= upTo(s.target)
	}
	s.accepts.Store(uint32(accepts))
	if s.paused {
		set = 0
	}
	if s.receive(set) {
		fx.tracks = append(fx.tracks, s.track)
	}
}

// receive sets the layers that the subscription keeps alive and reports whether that was a change.
func (s *Subscription) receive(set layerSet) bool {
	changed := set ^ s.received
	for i, l := range s.track.layers {
		switch {
		case !changed.has(i):
		case set.has(i):
			l.receivers.Add(1)
		default:
			l.receivers.Add(-1)
		}
	}
	s.received = set
	return changed != 0
}

func (s *Subscription) awaitsKeyframe() bool { return s.broken || s.current != s.target }

// ask asks for a keyframe of the target layer, unless it has done so lately.
func (s *Subscription) ask(now time.Time, fx *effects) {
	if s.paused || s.track.audio || now.Before(s.askAfter) {
		return
	}
	if s.sending {
		// What is being sent may be the very keyframe that the path is slow for: a newer one would abort it.
		s.askLater = true
		return
	}
	if now.Sub(s.askAfter) > soundAfter {
		s.askInterval = firstAskInterval
	}
	s.askAfter = now.Add(s.askInterval)
	s.askInterval = min(2*s.askInterval, lastAskInterval)
	fx.keyframes = append(fx.keyframes, s.track.layers[s.target])
}

// breakGroup gives up the current group: nothing of it is forwarded any more.
func (s *Subscription) breakGroup(reason Reason, now time.Time, fx *effects) {
	s.purge(reason)
	s.broken, s.incomplete = true, true
	s.ask(now, fx)
}

// purge drops everything that waits.
func (s *Subscription) purge(reason Reason) {
	if s.waiting.empty() {
		return
	}
	s.queue.meter.Dropped(reason, s.waiting.count)
	for !s.waiting.empty() {
		s.discardHead()
	}
	s.relist()
}

// discardHead releases the oldest object that waits; the caller counts it and relists.
func (s *Subscription) discardHead() {
	w := s.waiting.pop()
	s.queue.bytes -= w.object.Len()
	w.object.Release()
}

// relist puts the subscription into the list that its oldest waiting object belongs to, at its end if it changes.
func (s *Subscription) relist() {
	q := s.queue
	if s.waiting.empty() {
		if s.listed {
			q.ready[s.urgency].remove(s)
			s.listed = false
		}
		return
	}
	c := s.urgencyOf(s.waiting.head())
	if s.listed && s.urgency == c {
		return
	}
	if s.listed {
		q.ready[s.urgency].remove(s)
	}
	s.urgency, s.listed = c, true
	q.ready[c].push(s)
}

func (s *Subscription) urgencyOf(w *waiting) Urgency {
	switch {
	case s.track.audio:
		return Audio
	case s.track.screen && w.object.Keyframe():
		return ScreenKeyframe
	case !s.track.screen && s.current == 0:
		return CameraBase
	default:
		return Rest
	}
}

// detached forgets what belonged to the connection.
func (s *Subscription) detached() {
	s.purge(DropDetached)
	s.broken = !s.track.audio
	s.out, s.outGroup = nil, 0
	s.sending, s.incomplete, s.askLater = false, false, false
}

// restart begins anew on another connection.
func (s *Subscription) restart(now time.Time, fx *effects) {
	s.askAfter = time.Time{}
	if !s.track.audio {
		s.current = none
	}
	s.refresh(fx)
	if s.awaitsKeyframe() {
		s.ask(now, fx)
	}
}
