package link

import (
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/openconfab/confab/internal/transport"
	"github.com/openconfab/confab/internal/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestOutbox(t *testing.T) {
	var o outbox
	for n := range uint64(5) {
		if got := o.add([]byte{byte(n + 1)}); got != n+1 {
			t.Errorf("message %d got number %d", n+1, got)
		}
	}
	if !o.acknowledge(3) || !o.acknowledge(2) || o.acknowledged != 3 || o.bytes != 2 {
		t.Errorf("after 3: %+v", o)
	}
	if o.next(3) != nil || o.next(4)[0] != 4 || o.next(5)[0] != 5 || o.next(6) != nil {
		t.Error("the wrong messages are next")
	}
	if o.acknowledge(6) {
		t.Error("what was not sent was acknowledged")
	}
	if !o.acknowledge(5) || o.bytes != 0 || o.next(6) != nil || o.add([]byte{6}) != 6 {
		t.Errorf("after all: %+v", o)
	}
}

func TestFifo(t *testing.T) {
	var q fifo
	next := uint64(0)
	for n := range uint64(1000) {
		q.push(waiting{Outgoing: Outgoing{Alias: n}})
		if n%3 != 0 {
			if got := q.pop().Alias; got != next {
				t.Fatalf("%d came before %d", got, next)
			}
			next++
		}
	}
	for q.head() != nil {
		if got := q.pop().Alias; got != next {
			t.Fatalf("%d came before %d", got, next)
		}
		next++
	}
	if next != 1000 || cap(q.items) > 1024 {
		t.Errorf("%d came, with room for %d", next, cap(q.items))
	}
}

func TestPace(t *testing.T) {
	var p pace
	now := time.Now()
	for range 10 {
		if wait := p.wait(now, 10); wait != 0 {
			t.Fatalf("wait %v", wait)
		}
		p.note(now)
	}
	now = now.Add(300 * time.Millisecond)
	if wait := p.wait(now, 10); wait != 700*time.Millisecond {
		t.Errorf("over the limit: %v", wait)
	}
	if wait := p.wait(now.Add(700*time.Millisecond), 10); wait != 0 {
		t.Errorf("a second later: %v", wait)
	}
}

// TestMeterFindsTheRate simulates a path of 100 kB/s and 50 ms.
func TestMeterFindsTheRate(t *testing.T) {
	const rate, half = 100_000, 25 * time.Millisecond
	var m meter
	start := time.Now()
	sequence := uint32(0)
	// arrived is what a node has got of bytes that were written without pause from start on.
	arrived := func(at time.Time) int64 { return max(0, int64(at.Sub(start.Add(half)).Seconds()*rate)) }
	for now := start; now.Before(start.Add(3 * time.Second)); now = now.Add(20 * time.Millisecond) {
		if m.written-arrived(now) < 20_000 {
			m.wrote(10_000, now)
		}
		sequence++
		m.pinged(sequence, true, now)
		m.ponged(sequence, min(m.written, arrived(now.Add(half))), now.Add(2*half))
	}
	if m.rate < 0.8*rate || m.rate > 1.3*rate {
		t.Errorf("a rate of %.0f was found", m.rate)
	}
	if m.round() != 2*half {
		t.Errorf("a round trip of %v was found", m.round())
	}
	if room := m.room(videoQueue); room < 10_000 || room > 20_000 {
		t.Errorf("%d bytes may be on their way", room)
	}
}

func TestMeterForgives(t *testing.T) {
	var m meter
	now := time.Now()
	m.wrote(1000, now)
	m.pinged(1, false, now)
	m.ponged(1, 400, now.Add(10*time.Millisecond))
	if m.underway() != 600 {
		t.Errorf("%d are under way", m.underway())
	}
	m.forgive(500)
	if m.underway() != 100 {
		t.Errorf("after a reset %d are under way", m.underway())
	}
	// The node never gets the rest, though it answers.
	for n := range uint32(30) {
		now = now.Add(100 * time.Millisecond)
		m.pinged(n+2, false, now)
		m.ponged(n+2, 400, now.Add(10*time.Millisecond))
	}
	if m.underway() > 0 {
		t.Errorf("of what is lost %d are still expected", m.underway())
	}
	m.ponged(99, 1<<40, now)
	if len(m.marks) > 0 || m.counted != 400 {
		t.Errorf("an answer to nothing changed it: %+v", m)
	}
}

// TestUplinkWithoutConnection: what comes while there is no connection is dropped, counted and released.
func TestUplinkWithoutConnection(t *testing.T) {
	objects := wire.LiveObjects()
	l := &Link{}
	l.uplink.init(func(uint64) {})
	l.SendObject(Outgoing{Alias: 1, Urgency: transport.UrgencyAudio, Object: wire.NewObject(wire.Header{}, []byte("x"))})
	l.SendObject(Outgoing{Alias: 2, Urgency: transport.UrgencyRest, Object: wire.NewObject(wire.Header{}, []byte("x"))})
	if s := l.Stats(); s.DroppedObjects != 2 || s.SentObjects != 0 || s.BacklogBytes != 0 {
		t.Errorf("stats %+v", s)
	}
	if left := wire.LiveObjects() - objects; left != 0 {
		t.Errorf("%d objects were never released", left)
	}
}

func TestTarget(t *testing.T) {
	for _, test := range []struct{ to, from, want string }{
		{"https://b.example/x?y", "https://a.example", "https://b.example"},
		{"http://b.example", "https://a.example", ""},
		{"http://b.example", "http://a.example", "http://b.example"},
		{"javascript:alert(1)", "http://a.example", ""},
		{"", "https://a.example", ""},
		{"://", "https://a.example", ""},
	} {
		if got := target(test.to, test.from); got != test.want {
			t.Errorf("from %s to %s: %q", test.from, test.to, got)
		}
	}
}
