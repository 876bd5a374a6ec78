package relay

import "time"

const (
	// The path counts as slow when video has waited a lateShare of its budget, for lateFor, and as having room again when
	// it has waited less than a calmShare.
	lateShare = 4
	calmShare = 12
	lateFor   = 200 * time.Millisecond
	// The path also counts as slow when the round trip has been lateQueue longer than the shortest lately, for lateFor. The
	// shortest is kept for baseLife to twice that.
	lateQueue = 150 * time.Millisecond
	calmQueue = 50 * time.Millisecond
	baseLife  = 20 * time.Second
	// shedInterval is the time between two steps down, so that the first can take effect.
	shedInterval = 500 * time.Millisecond
	// A step up is tried after firstProbe of calm. One that fails within probeTrial doubles the next wait, one that holds
	// quarters it.
	firstProbe = 3 * time.Second
	longProbe  = 30 * time.Second
	probeTrial = 5 * time.Second
	probeCheck = 500 * time.Millisecond
)

// shedding decides what a subscriber with a slow path does without. In this order it gives up discardable temporal
// layers, larger simulcast layers, and video, each beginning with the subscription that ranks lowest; and takes them
// back the other way round. It belongs to the queue's mutex.
type shedding struct {
	discardable bool
	// waiting tells of what waits here, underway of what is on the path.
	waiting, underway delay
	path              baseline
	// lastLate is when either was too long last.
	lastLate   time.Time
	lastStep   time.Time
	lastProbe  time.Time
	probeAfter time.Duration
	// timer runs while anything is given up.
	timer *time.Timer
}

// ranksBelow reports whether s is given up before o: lower priority, cameras before screens, who spoke longer ago.
func (s *Subscription) ranksBelow(o *Subscription) bool {
	if s.want.Priority != o.want.Priority {
		return s.want.Priority < o.want.Priority
	}
	if s.track.screen != o.track.screen {
		return o.track.screen
	}
	a, b := s.track.speaker.last.Load(), o.track.speaker.last.Load()
	if a != b {
		return a < b
	}
	return s.alias > o.alias
}

// delay notes since when something has taken too long, zero if it does not.
type delay struct{ since time.Time }

// observe takes a measurement, and reports whether it is too long and whether it has been for lateFor.
func (d *delay) observe(measured, late, calm time.Duration, now time.Time) (long, lasting bool) {
	switch {
	case measured > late:
		if d.since.IsZero() {
			d.since = now
		}
		return true, now.Sub(d.since) >= lateFor
	case measured < calm:
		d.since = time.Time{}
	}
	return false, false
}

// baseline remembers the shortest round trip lately: what the path takes with nothing queued on it. It forgets, for the
// path may have become a longer one.
type baseline struct {
	since             time.Time
	current, previous time.Duration
}

// excess returns by how much a round trip is longer.
func (b *baseline) excess(rtt time.Duration, now time.Time) time.Duration {
	switch {
	case b.since.IsZero():
		*b = baseline{since: now, current: rtt, previous: rtt}
	case now.Sub(b.since) > baseLife:
		*b = baseline{since: now, current: rtt, previous: b.current}
	}
	b.current = min(b.current, rtt)
	return rtt - min(b.current, b.previous)
}

// observe notes for how long the oldest object of s has waited.
func (h *shedding) observe(s *Subscription, age time.Duration, now time.Time, fx *effects) {
	long, lasting := h.waiting.observe(age, s.budget()/lateShare, s.budget()/calmShare, now)
	h.note(s.queue, long, lasting, now, fx)
}

func (h *shedding) note(q *Queue, long, lasting bool, now time.Time, fx *effects) {
	if long {
		h.lastLate = now
	}
	if lasting {
		h.stepDown(q, now, fx)
	}
}

// ObserveRoundTrip takes a measurement of the connection's round trip, which grows when what was sent queues on the path. It
// is to be called several times a second while there is something to send, and less often as long as it reports calm: that
// nothing queues there. 0 is ignored.
func (q *Queue) ObserveRoundTrip(rtt time.Duration, now time.Time) (calm bool) {
	if rtt == 0 {
		return true
	}
	var fx effects
	q.mu.Lock()
	h := &q.shed
	excess := h.path.excess(rtt, now)
	if excess > calmQueue && q.pulse.stalled(now.Add(-stallEcho), now) > 0 {
		h.underway = delay{}
	} else {
		long, lasting := h.underway.observe(excess, lateQueue, calmQueue, now)
		h.note(q, long, lasting, now, &fx)
	}
	calm = excess < calmQueue
	q.mu.Unlock()
	fx.run(now)
	return calm
}

// late notes that video had to be dropped for the path is too slow.
func (h *shedding) late(q *Queue, now time.Time, fx *effects) {
	h.lastLate = now
	h.stepDown(q, now, fx)
}

func (h *shedding) stepDown(q *Queue, now time.Time, fx *effects) {
	if now.Sub(h.lastStep) < shedInterval {
		return
	}
	h.lastStep = now
	if !h.lastProbe.IsZero() && now.Sub(h.lastProbe) < probeTrial {
		h.probeAfter = min(2*h.probeAfter, longProbe)
		h.lastProbe = time.Time{}
	}
	h.giveUp(q, now, fx)
	if h.timer == nil {
		h.schedule(q)
	}
}

// giveUp gives up one more thing, or a quarter of what is of equal kind, so that a path that has become much slower does
// not take minutes to find.
func (h *shedding) giveUp(q *Queue, now time.Time, fx *effects) {
	if !h.discardable {
		h.discardable = true
		return
	}
	lowerable := func(s *Subscription) bool { return !s.paused && s.target > 0 }
	playing := func(s *Subscription) bool { return !s.paused }
	if n := q.countVideo(lowerable); n > 0 {
		for range max(1, n/4) {
			s := q.lowestVideo(lowerable)
			s.cap = s.target - 1
			s.retarget(now, fx)
		}
		return
	}
	for range max(1, q.countVideo(playing)/4) {
		s := q.lowestVideo(playing)
		if s == nil {
			return
		}
		s.paused = true
		s.breakGroup(DropPaused, now, fx)
		s.current = none
		s.refresh(fx)
	}
}

// takeBack tries one thing that was given up, or a quarter of what is of equal kind. It reports whether there was any.
func (h *shedding) takeBack(q *Queue, now time.Time, fx *effects) bool {
	paused := func(s *Subscription) bool { return s.paused }
	capped := func(s *Subscription) bool { return s.cap < s.desired() }
	if n := q.countVideo(paused); n > 0 {
		for range max(1, n/4) {
			s := q.highestVideo(paused)
			s.paused = false
			s.askAfter = time.Time{}
			s.refresh(fx)
			s.ask(now, fx)
		}
		return true
	}
	if n := q.countVideo(capped); n > 0 {
		for range max(1, n/4) {
			s := q.highestVideo(capped)
			s.cap++
			s.retarget(now, fx)
		}
		return true
	}
	taken := h.discardable
	h.discardable = false
	return taken
}

func (h *shedding) schedule(q *Queue) {
	if h.probeAfter == 0 {
		h.probeAfter = firstProbe
	}
	var timer *time.Timer
	timer = time.AfterFunc(probeCheck, func() {
		now := time.Now()
		var fx effects
		q.mu.Lock()
		if h.timer == timer {
			h.probe(q, now, &fx)
		}
		q.mu.Unlock()
		fx.run(now)
	})
	h.timer = timer
}

// probe tries to take something back after enough calm.
func (h *shedding) probe(q *Queue, now time.Time, fx *effects) {
	h.timer = nil
	if !q.attached {
		return
	}
	if calm := now.Sub(h.lastLate); calm < h.probeAfter || now.Sub(h.lastProbe) < h.probeAfter {
		h.schedule(q)
		return
	}
	if !h.lastProbe.IsZero() && now.Sub(h.lastProbe) >= probeTrial {
		// The last one held.
		h.probeAfter = max(h.probeAfter/4, firstProbe)
	}
	if h.takeBack(q, now, fx) {
		h.lastProbe = now
		h.schedule(q)
	}
}

// reset starts without anything given up, on a new path.
func (h *shedding) reset(q *Queue) {
	h.stop()
	*h = shedding{}
	for _, s := range q.subscriptions {
		s.paused, s.cap = false, len(s.track.layers)-1
		if !s.track.audio {
			s.target = s.desired()
		}
	}
}

func (h *shedding) stop() {
	if h.timer != nil {
		h.timer.Stop()
		h.timer = nil
	}
}

func (q *Queue) countVideo(match func(*Subscription) bool) (n int) {
	for _, s := range q.subscriptions {
		if !s.track.audio && match(s) {
			n++
		}
	}
	return n
}

// lowestVideo returns the video that matches and ranks lowest, nil if none does.
func (q *Queue) lowestVideo(match func(*Subscription) bool) (lowest *Subscription) {
	for _, s := range q.subscriptions {
		if !s.track.audio && match(s) && (lowest == nil || s.ranksBelow(lowest)) {
			lowest = s
		}
	}
	return lowest
}

func (q *Queue) highestVideo(match func(*Subscription) bool) (highest *Subscription) {
	for _, s := range q.subscriptions {
		if !s.track.audio && match(s) && (highest == nil || highest.ranksBelow(s)) {
			highest = s
		}
	}
	return highest
}
