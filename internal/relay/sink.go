package relay

import (
	"slices"
	"time"

	"github.com/openconfab/confab/internal/wire"
)

// A Sink takes every object of the layers it is fed, for somebody who decides elsewhere what to do without: another node.
// It is comparable.
type Sink interface {
	// Object hands over an object of a layer, for the time of the call: who keeps it retains it. It is called by the goroutines
	// of publishers, for several layers at once, and must return at once.
	Object(layer uint32, o *wire.Object)
}

// Feed makes the sink take these layers of the track, and no others: none ends it. The publisher learns what is wanted as
// if a subscriber received it. Feeding does not ask for a keyframe; what the sink leads to does. After Close it does nothing.
func (t *Track) Feed(sink Sink, layers []uint32) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return
	}
	set := t.setOf(layers)
	all := *t.subscriptions.Load()
	i := slices.IndexFunc(all, func(s *Subscription) bool { return s.sink == sink })
	switch {
	case i >= 0:
		all[i].feed(set)
		if set == 0 {
			t.detach(all[i])
		}
	case set != 0:
		s := &Subscription{track: t, sink: sink}
		s.feed(set)
		t.attach(s)
	}
	t.refreshWanted()
}

// feed sets the layers that a sink takes; the track's mutex is held.
func (s *Subscription) feed(set layerSet) {
	s.accepts.Store(uint32(set))
	s.receive(set)
}

// RequestKeyframe asks the publisher for a keyframe of a layer on behalf of a sink. It does nothing for sound and for layers
// that there are not.
func (t *Track) RequestKeyframe(layer uint32, now time.Time) {
	if t.audio {
		return
	}
	for _, l := range t.layers {
		if l.id == layer {
			l.askKeyframe(now)
		}
	}
}

// RequestKeyframes asks the publisher for a keyframe of every layer that somebody receives: what came before was not forwarded.
func (t *Track) RequestKeyframes(now time.Time) {
	received := t.received()
	for i, l := range t.layers {
		if received.has(i) {
			t.RequestKeyframe(l.id, now)
		}
	}
}
