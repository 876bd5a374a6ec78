package relay

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/openconfab/confab/internal/wire"
)

const (
	// keepsPlace is how long one who has fallen silent keeps a place that another wants: pauses in speech are shorter.
	keepsPlace = 2 * time.Second
	// lendsPlace is for how long one may go on speaking in a place that another wants. Who says that he speaks all the time
	// would have it for ever.
	lendsPlace = 10 * time.Second
	// audible is the loudness in −dBov from which sound counts as speech although its sender is not sure: the first
	// syllable is often over before it is.
	audible = 50
)

// Speakers chooses the microphones of a room that are forwarded, as far as the clear audio levels of their objects tell: in
// a big room nobody can follow all, and everybody would pay for the noise of everybody. There are places for a number of
// microphones. Who begins to speak takes a free one, or that of who has been silent longest, with the very object that
// tells of it, and keeps it in silence until another wants it. So nothing is chosen while there are places for all, and
// sound without a level is always forwarded. It may be used concurrently. Spec: wire.md §5.
type Speakers struct {
	places int
	// full: every place is taken.
	full atomic.Bool

	// mu guards what follows, and place of every track. It is the innermost of all locks.
	mu      sync.Mutex
	holders []*Track
}

// place is a track's part in the choice.
type place struct {
	held atomic.Bool
	// spoke is when its sound was last speech, in Unix nanoseconds.
	spoke atomic.Int64
	since time.Time
	// left: the track has ended and takes no place any more.
	left bool
}

// NewSpeakers returns places for so many microphones; 0 or less: for all.
func NewSpeakers(places int) *Speakers { return &Speakers{places: places} }

// admit reports whether a sound object of t is forwarded.
func (s *Speakers) admit(t *Track, o *wire.Object, now time.Time) bool {
	if s.places <= 0 || !o.LevelPresent() {
		return true
	}
	speaks := o.Voice() || o.Loudness() < audible
	if t.place.held.Load() {
		if speaks {
			t.place.spoke.Store(now.UnixNano())
		}
		return true
	}
	if !speaks && s.full.Load() {
		return false
	}
	return s.take(t, speaks, now)
}

// take gives t a place, if there is one for it.
func (s *Speakers) take(t *Track, speaks bool, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := &t.place
	switch {
	case p.held.Load() || p.left:
		return true
	case len(s.holders) < s.places:
		s.holders = append(s.holders, t)
		s.full.Store(len(s.holders) == s.places)
	case !speaks:
		return false
	default:
		i := s.replaceable(now)
		if i < 0 {
			return false
		}
		s.holders[i].place.held.Store(false)
		s.holders[i] = t
	}
	p.since = now
	if speaks {
		p.spoke.Store(now.UnixNano())
	}
	p.held.Store(true)
	return true
}

// replaceable returns who loses his place to one who speaks: who has been silent longest, or if nobody has been for
// keepsPlace, who has had his for lendsPlace and longest; −1 for nobody.
func (s *Speakers) replaceable(now time.Time) int {
	silent, longest := 0, 0
	for i, t := range s.holders {
		if t.place.spoke.Load() < s.holders[silent].place.spoke.Load() {
			silent = i
		}
		if t.place.since.Before(s.holders[longest].place.since) {
			longest = i
		}
	}
	switch {
	case now.Sub(time.Unix(0, s.holders[silent].place.spoke.Load())) >= keepsPlace:
		return silent
	case now.Sub(s.holders[longest].place.since) >= lendsPlace:
		return longest
	default:
		return -1
	}
}

// leave gives the place of a track that has ended to others.
func (s *Speakers) leave(t *Track) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t.place.left = true
	if i := slices.Index(s.holders, t); i >= 0 {
		s.holders = slices.Delete(s.holders, i, i+1)
		s.full.Store(false)
		t.place.held.Store(false)
	}
}
