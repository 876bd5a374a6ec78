package main

import (
	"sync"
	"time"
)

// A watch tells when somebody has been away for too long. Somebody is there while anything holds it: an open stream of events, a stay in
// a call. It is safe for concurrent use.
type watch struct {
	gone func(key string)

	mu      sync.Mutex
	holders map[string]map[string]struct{} // by key
	away    map[string]*departure
	closed  bool
	running sync.WaitGroup // calls of gone
}

// A departure is the time that somebody has for coming back.
type departure struct{ timer *time.Timer }

// newWatch returns one that calls gone, concurrently, for each who does not come back in time.
func newWatch(gone func(key string)) *watch {
	return &watch{gone: gone, holders: make(map[string]map[string]struct{}), away: make(map[string]*departure)}
}

// enter says that by holds key. Saying it again changes nothing.
func (w *watch) enter(key, by string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.forgive(key)
	if w.holders[key] == nil {
		w.holders[key] = make(map[string]struct{})
	}
	w.holders[key][by] = struct{}{}
}

// leave says that by does not hold key any more. After the last one, grace runs.
func (w *watch) leave(key, by string, grace time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, held := w.holders[key][by]; !held {
		return
	}
	delete(w.holders[key], by)
	if len(w.holders[key]) == 0 {
		delete(w.holders, key)
		w.depart(key, grace)
	}
}

// expect says that somebody ought to hold key before grace has run.
func (w *watch) expect(key string, grace time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.holders[key]) == 0 {
		w.depart(key, grace)
	}
}

// forget says that nobody waits for key any more.
func (w *watch) forget(key string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.forgive(key)
}

// here reports whether something holds key.
func (w *watch) here(key string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.holders[key]) > 0
}

// close ends all timers, and waits for calls of gone.
func (w *watch) close() {
	w.mu.Lock()
	w.closed = true
	for key := range w.away {
		w.forgive(key)
	}
	w.mu.Unlock()
	w.running.Wait()
}

// forgive ends the grace of key. The lock is held.
func (w *watch) forgive(key string) {
	if d := w.away[key]; d != nil {
		d.timer.Stop()
		delete(w.away, key)
	}
}

// depart begins the grace of key. The lock is held.
func (w *watch) depart(key string, grace time.Duration) {
	if w.closed {
		return
	}
	w.forgive(key)
	d := &departure{}
	d.timer = time.AfterFunc(grace, func() { w.expire(key, d) })
	w.away[key] = d
}

func (w *watch) expire(key string, d *departure) {
	w.mu.Lock()
	if w.away[key] != d {
		w.mu.Unlock()
		return
	}
	delete(w.away, key)
	w.running.Add(1)
	w.mu.Unlock()
	defer w.running.Done()
	w.gone(key)
}
