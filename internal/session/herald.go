package session

import (
	"sync"
	"time"

	"github.com/openconfab/confab/internal/room"
)

// An Event is something that a participant of this node did.
type Event struct {
	room.Event
	At time.Time
}

// herald hands on events in order to one who must not be called with the locks held under which they happen.
type herald struct {
	tell  func(Event)
	start func(func())

	// mu guards what follows.
	mu      sync.Mutex
	waiting []Event
	telling bool
}

// add has an event handed on. It returns at once.
func (h *herald) add(e room.Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.waiting = append(h.waiting, Event{Event: e, At: time.Now()})
	if !h.telling {
		h.telling = true
		h.start(h.run)
	}
}

func (h *herald) run() {
	for {
		h.mu.Lock()
		events := h.waiting
		h.waiting = nil
		h.telling = len(events) > 0
		h.mu.Unlock()
		if len(events) == 0 {
			return
		}
		for _, e := range events {
			h.tell(e)
		}
	}
}
