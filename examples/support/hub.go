package main

import "sync"

// A hub wakes everybody who looks at the desk when something has changed. It is safe for concurrent use.
type hub struct {
	mu       sync.Mutex
	watchers map[chan struct{}]struct{}
}

func newHub() *hub { return &hub{watchers: make(map[chan struct{}]struct{})} }

// subscribe returns a channel that holds one value when something has changed since the last was taken.
func (h *hub) subscribe() (changes <-chan struct{}, unsubscribe func()) {
	c := make(chan struct{}, 1)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.watchers[c] = struct{}{}
	return c, func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		delete(h.watchers, c)
	}
}

func (h *hub) changed() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for c := range h.watchers {
		select {
		case c <- struct{}{}:
		default:
		}
	}
}
