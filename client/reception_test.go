package client

import (
	"context"
	"testing"
	"time"

	"github.com/openconfab/confab/internal/wire"
	"github.com/openconfab/confab/media"
)

func object(group, number uint64, payload string) *wire.Object {
	h := wire.Header{Group: group, Number: number}
	if number == 0 {
		h.Flags |= wire.FlagKeyframe
	}
	return wire.NewObject(h, []byte(payload))
}

func bareSubscription(source media.Source) *Subscription {
	r := newRoom(place{}, Config{}.withDefaults())
	return newSubscription(&RemoteTrack{participant: &Participant{room: r}, source: source}, SubscribeOptions{})
}

// TestEarlyObjects: objects that come before the alias is known wait for it, but not for long, and not without bound.
func TestEarlyObjects(t *testing.T) {
	objects := wire.LiveObjects()
	var m reception
	start := time.Now()
	for n := range uint64(maxEarly + 10) {
		m.object(7, object(1, n, "x"), start)
	}
	if len(m.early) != maxEarly {
		t.Errorf("%d wait", len(m.early))
	}
	m.object(8, object(1, 0, "x"), start.Add(earlyTime+1))
	s := bareSubscription(media.Camera)
	s.alias, s.bound = 7, true
	m.bind(s, "bob", start.Add(earlyTime+1))
	if n := len(s.queue.objects); n != 0 {
		t.Errorf("%d that are too old were kept", n)
	}
	other := bareSubscription(media.Camera)
	other.alias, other.bound = 8, true
	m.bind(other, "bob", start.Add(earlyTime+2))
	m.object(8, object(1, 1, "x"), start)
	if n := len(other.queue.objects); n != 2 {
		t.Errorf("%d of 2 objects", n)
	}
	m.unbind(other)
	m.object(8, object(1, 2, "x"), start.Add(time.Second))
	s.end(ErrClosed)
	other.end(ErrClosed)
	m.close()
	m.object(9, object(1, 2, "x"), start)
	if left := wire.LiveObjects() - objects; left != 0 {
		t.Errorf("%d objects were never released", left)
	}
}

// TestQueueIsBounded: of video that is not taken the newest picture stays, of sound the newer half.
func TestQueueIsBounded(t *testing.T) {
	objects := wire.LiveObjects()
	s := bareSubscription(media.Camera)
	now := time.Now()
	for n := range uint64(maxQueued + 1) {
		s.queue.push(object(1+n/100, n%100, "picture"), now)
	}
	if n, first := len(s.queue.objects), s.queue.objects[0]; n != maxQueued+1-200 || first.Group != 3 || first.Number != 0 {
		t.Errorf("%d of video wait, from %d %d on", n, first.Group, first.Number)
	}
	sound := bareSubscription(media.Microphone)
	for n := range uint64(maxQueued + 1) {
		sound.queue.push(object(1, n, "sound"), now)
	}
	if n := len(sound.queue.objects); n != maxQueued/2+1 {
		t.Errorf("%d of sound wait", n)
	}
	if dropped := sound.Stats().Dropped; dropped != maxQueued/2 {
		t.Errorf("%d were dropped", dropped)
	}
	large := bareSubscription(media.Camera)
	for n := range uint64(20) {
		large.queue.push(object(1, n, string(make([]byte, 1<<20))), now)
	}
	if large.queue.bytes > maxQueuedBytes {
		t.Errorf("%d bytes wait", large.queue.bytes)
	}
	for _, s := range []*Subscription{s, sound, large} {
		s.end(ErrClosed)
	}
	if left := wire.LiveObjects() - objects; left != 0 {
		t.Errorf("%d objects were never released", left)
	}
}

// TestListeners: each gets everything in order, one that is too slow an error, and what came before the first is kept.
func TestListeners(t *testing.T) {
	f := feed[int]{keep: true}
	for n := range 3 {
		f.send(n)
	}
	listen := func() *listener[int] { return f.listen(nil) }
	collect := func(n int) (got []int, err error) {
		for v, e := range f.all(context.Background(), listen) {
			if e != nil {
				return got, e
			}
			if got = append(got, v); len(got) == n {
				break
			}
		}
		return got, nil
	}
	if got, _ := collect(3); len(got) != 3 || got[2] != 2 {
		t.Errorf("the first got %v", got)
	}
	slow := f.listen(nil)
	for n := range feedLimit + 1 {
		f.send(n)
	}
	items, over, err := f.take(slow)
	if len(items) != feedLimit || !over || err == nil {
		t.Errorf("the slow one got %d, %v, %v", len(items), over, err)
	}
	f.end(ErrClosed)
	if got, err := collect(1); err != ErrClosed || len(got) > 0 {
		t.Errorf("after the end: %v, %v", got, err)
	}
	if len(f.listeners) != 1 {
		t.Errorf("%d listeners are left", len(f.listeners))
	}
}

// TestEarlyObjectsAreBoundedInBytes: also by a node that sends large ones.
func TestEarlyObjectsAreBoundedInBytes(t *testing.T) {
	objects := wire.LiveObjects()
	var m reception
	start := time.Now()
	large := string(make([]byte, 1<<20))
	for n := range uint64(14) {
		m.object(7, object(1, n, large), start)
	}
	held := wire.LiveObjects() - objects
	if held*(1<<20) > maxEarlyBytes || held == 0 {
		t.Errorf("%d large objects wait", held)
	}
	// Who has gone makes room.
	m.object(8, object(1, 0, large), start.Add(earlyTime+1))
	if n := wire.LiveObjects() - objects; n != 1 {
		t.Errorf("%d objects wait, those that are too old among them", n)
	}
	m.close()
	if left := wire.LiveObjects() - objects; left != 0 || m.bytes != 0 {
		t.Errorf("%d objects were never released, %d bytes are counted", left, m.bytes)
	}
}

// TestNumbersOfTracks: one that is in use is not given again when they begin anew.
func TestNumbersOfTracks(t *testing.T) {
	r := newRoom(place{}, Config{}.withDefaults())
	r.local.tracks[1] = &LocalTrack{}
	r.lastNumber = maxTrackNumber - 1
	for _, want := range []uint32{maxTrackNumber, 2, 3} {
		if got := r.nextNumber(); got != want {
			t.Errorf("number %d, want %d", got, want)
		}
	}
}
