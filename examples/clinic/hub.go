package main

import "sync"

// A hub wakes those who follow a doctor's day. It is safe for concurrent use.
type hub struct {
	mu        sync.Mutex
	followers map[string]map[chan struct{}]bool // by doctor
}

// follow returns a channel that has something in it after each change, or after several, until leave is called.
func (h *hub) follow(doctor string) (changed <-chan struct{}, leave func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.followers == nil {
		h.followers = make(map[string]map[chan struct{}]bool)
	}
	if h.followers[doctor] == nil {
		h.followers[doctor] = make(map[chan struct{}]bool)
	}
	c := make(chan struct{}, 1)
	h.followers[doctor][c] = true
	return c, func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		delete(h.followers[doctor], c)
	}
}

// tell says that something of a doctor's day has changed.
func (h *hub) tell(doctor string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for c := range h.followers[doctor] {
		select {
		case c <- struct{}{}:
		default: // it has not looked yet
		}
	}
}
