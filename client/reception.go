package client

import (
	"sync"
	"time"

	"github.com/openconfab/confab/internal/wire"
)

const (
	// earlyTime is how long objects wait for the Subscribed that names their alias (spec/wire.md §3.4).
	earlyTime = 500 * time.Millisecond
	// maxEarly and maxEarlyBytes bound what a node can make a client keep.
	maxEarly      = 256
	maxEarlyBytes = 12 << 20
)

// reception leads objects to their subscriptions. Its methods may be called concurrently.
type reception struct {
	// mu guards what follows. It is taken after the lock of the room and before those of queues.
	mu      sync.RWMutex
	byAlias map[uint64]*Subscription
	early   []earlyObject
	// bytes is how much waits in early.
	bytes  int
	closed bool
}

type earlyObject struct {
	alias  uint64
	object *wire.Object
	at     time.Time
}

// object takes an object, with its reference.
func (m *reception) object(alias uint64, o *wire.Object, now time.Time) {
	m.mu.RLock()
	s := m.byAlias[alias]
	m.mu.RUnlock()
	if s != nil {
		s.queue.push(o, now)
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if s := m.byAlias[alias]; s != nil {
		s.queue.push(o, now)
		return
	}
	m.expire(now)
	if m.closed || len(m.early) >= maxEarly || m.bytes+o.Len() > maxEarlyBytes {
		o.Release()
		return
	}
	m.early = append(m.early, earlyObject{alias, o, now})
	m.bytes += o.Len()
}

func (m *reception) expire(now time.Time) {
	m.takeEarly(func(e earlyObject) bool { return now.Sub(e.at) > earlyTime }, func(e earlyObject) { e.object.Release() })
}

// takeEarly gives the early objects that match to somebody, with their references.
func (m *reception) takeEarly(match func(earlyObject) bool, to func(earlyObject)) {
	kept := m.early[:0]
	for _, e := range m.early {
		if match(e) {
			m.bytes -= e.object.Len()
			to(e)
		} else {
			kept = append(kept, e)
		}
	}
	clear(m.early[len(kept):])
	m.early = kept
}

// bind leads the objects of the subscription's alias to it; they come from a session.
func (m *reception) bind(s *Subscription, session string, now time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return
	}
	if m.byAlias == nil {
		m.byAlias = map[uint64]*Subscription{}
	}
	if m.byAlias[s.alias] == s {
		return
	}
	m.byAlias[s.alias] = s
	s.queue.begin(session)
	m.expire(now)
	m.takeEarly(func(e earlyObject) bool { return e.alias == s.alias }, func(e earlyObject) { s.queue.push(e.object, e.at) })
}

// unbind leads nothing more to the subscription; the lock of the room is held.
func (m *reception) unbind(s *Subscription) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if s.bound && m.byAlias[s.alias] == s {
		delete(m.byAlias, s.alias)
	}
	s.bound = false
}

// forget forgets all aliases, for they belong to a session that is over.
func (m *reception) forget() {
	m.mu.Lock()
	defer m.mu.Unlock()
	clear(m.byAlias)
	for _, e := range m.early {
		e.object.Release()
	}
	m.early, m.bytes = nil, 0
}

func (m *reception) close() {
	m.forget()
	m.mu.Lock()
	m.closed = true
	m.mu.Unlock()
}
