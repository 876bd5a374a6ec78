package cluster_test

import (
	"slices"
	"testing"
	"time"
)

const (
	// maxGap is how long people whom a fault does not concern may not hear each other, those whose node stops in order among them.
	maxGap = time.Second
	// maxRecovery is how long after a fault has ended everybody may not hear everybody.
	maxRecovery = 10 * time.Second
	// settling is how long the call has to go on after it is whole again.
	settling = 3 * time.Second
)

// heardOf returns when somebody first heard something that another has said since a moment; zero when not yet.
func heardOf(from, to *person, since time.Time) time.Time {
	first := saidBefore(from.frames(), since)
	to.mu.Lock()
	defer to.mu.Unlock()
	for _, h := range to.heard[from.place] {
		if h.number >= first {
			return h.at
		}
	}
	return time.Time{}
}

// saidBefore returns how many frames were said before a moment.
func saidBefore(said []time.Time, moment time.Time) int {
	n, _ := slices.BinarySearchFunc(said, moment, time.Time.Compare)
	return n
}

// saidBetween returns how much was said between two moments. It is the measure of all waits here: a machine that stands still
// says nothing, so that what it is late by does not count as the nodes' fault.
func saidBetween(said []time.Time, from, to time.Time) time.Duration {
	return time.Duration(saidBefore(said, to)-saidBefore(said, from)) * frameTime
}

// frames returns when the person has said which frame.
func (p *person) frames() []time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.said)
}

// longestGap returns the longest time between two moments for which somebody heard nothing of another, who spoke.
func longestGap(from, to *person, begin, end time.Time) (longest time.Duration) {
	said := from.frames()
	to.mu.Lock()
	heard := slices.Clone(to.heard[from.place])
	to.mu.Unlock()
	last := begin
	for _, h := range append(heard, hearing{at: end}) {
		if h.at.Before(begin) || h.at.After(end) {
			continue
		}
		longest = max(longest, saidBetween(said, last, h.at))
		last = h.at
	}
	return longest
}

// fault is what a call has gone through.
type fault struct {
	began, ended time.Time
	// spared are those whom it does not concern, and who hear each other all the time.
	spared func(*person) bool
	// gap is how long these may not hear each other; 0 stands for maxGap.
	gap time.Duration
	// parts: the others may be seen to leave and to come back, once.
	parts bool
	// silence is how long the others were not heard at least: if they were, it was no fault.
	silence time.Duration
}

// judge fails the test unless those who were spared heard each other all the time, everybody hears everybody soon after, and
// goes on to do so, and nobody was seen to come or go.
func (c *call) judge(f fault) {
	c.t.Helper()
	c.awaitWhole(f.ended)
	whole := time.Now()
	last(settling)
	now := time.Now()

	if f.gap == 0 {
		f.gap = maxGap
	}
	var gap, silence, recovery, after time.Duration
	for _, pair := range c.pairs(everyone) {
		from, to := pair[0], pair[1]
		g := longestGap(from, to, f.began, now)
		if !f.spared(from) || !f.spared(to) {
			silence = max(silence, g)
		} else if gap = max(gap, g); g > f.gap {
			c.t.Errorf("%s did not hear %s for %v", to.name, from.name, g)
		}
		r := saidBetween(from.frames(), f.ended, heardOf(from, to, f.ended))
		if r > maxRecovery {
			c.t.Errorf("%s heard %s again only after %v", to.name, from.name, r)
		}
		recovery = max(recovery, r)
		g = longestGap(from, to, whole, now)
		if g > f.gap {
			c.t.Errorf("once all was well again, %s did not hear %s for %v", to.name, from.name, g)
		}
		after = max(after, g)
	}
	if silence < f.silence {
		c.t.Errorf("the fault did nothing: nobody was not heard for more than %v", silence)
	}
	c.t.Logf("longest gap: %v of those spared, %v of others; everyone hears everyone: after %v, then with gaps of %v at most",
		gap, silence, recovery, after)
	c.judgeNotices(f)
}

// judgeNotices fails the test when somebody was seen to come or go who may not, or people are told much of the others.
func (c *call) judgeNotices(f fault) {
	c.t.Helper()
	others := len(c.people) - 1
	// Each of the others may have gone away and come back, with another session and another state of its encryption.
	maxUpdates := 10 * others
	most := 0
	for _, p := range c.people {
		p.mu.Lock()
		n := p.noticed
		p.mu.Unlock()
		parted := 0
		if f.parts {
			parted = c.across(f, p)
		}
		if n.left > parted || n.joined != others+n.left || n.unpublished != n.left || n.published != others+n.left || n.updated > maxUpdates {
			c.t.Errorf("%s, who has %d others in the call, was told %+v", p.name, others, n)
		}
		most = max(most, n.updated)
	}
	c.t.Logf("nobody was told more than %d times of a change of one of %d others", most, others)
}

// across counts those on the other side of a fault.
func (c *call) across(f fault, from *person) (count int) {
	for _, p := range c.people {
		if f.spared(p) != f.spared(from) {
			count++
		}
	}
	return count
}

// rejoined counts those who have another session than at the beginning.
func (c *call) rejoined() (count int) {
	for _, p := range c.people {
		if p.room.Local().Session() != p.session {
			count++
		}
	}
	return count
}

// last lets a fault last.
func last(d time.Duration) { <-time.After(d) }

func TestLongestGap(t *testing.T) {
	began := time.Now()
	at := func(frame int) time.Time { return began.Add(time.Duration(frame) * frameTime) }
	speaker, listener := &person{}, &person{heard: make([][]hearing, 1)}
	for frame := range 200 {
		// The machine stands still for the time of a hundred frames.
		if frame < 50 || frame >= 150 {
			speaker.said = append(speaker.said, at(frame))
		}
	}
	for i, frame := range []int{1, 2, 20, 21, 40, 152, 153} {
		listener.heard[0] = append(listener.heard[0], hearing{i, at(frame)})
	}
	if got := longestGap(speaker, listener, at(1), at(154)); got != 19*frameTime {
		t.Errorf("the longest gap is %v", got)
	}
	if got := longestGap(speaker, listener, at(1), at(199)); got != 46*frameTime {
		t.Errorf("with silence at the end, the longest gap is %v", got)
	}
	if got := heardOf(speaker, listener, at(3)); !got.Equal(at(21)) {
		t.Errorf("what was said at %v was heard at %v", at(3), got)
	}
}
