package relay

import (
	"slices"
	"time"
)

// unwantedDelay is how long a layer goes on after its last receiver left: who resizes a window or leaves full screen for
// a moment must not stop and start encoders.
const unwantedDelay = 2 * time.Second

// layerSet has a bit for each layer of a track, by position.
type layerSet uint32

func only(index int) layerSet { return 1 << index }

func upTo(index int) layerSet { return 1<<(index+1) - 1 }

func (s layerSet) has(index int) bool { return s&only(index) != 0 }

// wanted is what the publisher of a track knows of the layers that somebody receives. It belongs to the track's mutex.
// Before it is told anything, the publisher may send what it likes.
type wanted struct {
	told  bool
	last  layerSet
	timer *time.Timer
}

// refreshWanted tells the publisher at once of layers that are wanted now, and after unwantedDelay of those that are no
// longer. t.mu is held.
func (t *Track) refreshWanted() {
	if t.closed {
		return
	}
	w, now := &t.wanted, t.received()
	switch {
	case !w.told && now != 0:
		t.tellWanted(now)
	case w.told && now&^w.last != 0:
		t.tellWanted(now | w.last)
	}
	if w.told && now == w.last || w.timer != nil {
		return
	}
	w.timer = time.AfterFunc(unwantedDelay, func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		w.timer = nil
		if now := t.received(); !t.closed && (!w.told || now != w.last) {
			t.tellWanted(now)
		}
	})
}

func (t *Track) tellWanted(set layerSet) {
	t.wanted.told, t.wanted.last = true, set
	(*t.upstream.Load()).LayersWanted(t.number, t.idsOf(set))
}

// idsOf returns the ids of the layers of a set.
func (t *Track) idsOf(set layerSet) []uint32 {
	ids := make([]uint32, 0, len(t.layers))
	for i, l := range t.layers {
		if set.has(i) {
			ids = append(ids, l.id)
		}
	}
	return ids
}

// setOf returns the set of the layers with these ids.
func (t *Track) setOf(ids []uint32) (set layerSet) {
	for i, l := range t.layers {
		if slices.Contains(ids, l.id) {
			set |= only(i)
		}
	}
	return set
}

// received returns the layers that have receivers.
func (t *Track) received() (set layerSet) {
	for i, l := range t.layers {
		if l.receivers.Load() > 0 {
			set |= only(i)
		}
	}
	return set
}

func (t *Track) stopWanted() {
	if t.wanted.timer != nil {
		t.wanted.timer.Stop()
	}
}
