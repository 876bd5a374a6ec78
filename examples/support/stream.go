package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

const (
	// heartbeat tells a dead connection from a quiet one, and renews what depends on the time.
	heartbeat = 15 * time.Second
	// writeTimeout bounds how long a page may take for what it is sent.
	writeTimeout = 10 * time.Second
)

// presence is what an open stream says of who has opened it; without a key nothing.
type presence struct {
	key   string
	grace time.Duration
}

// stream sends a view as server-sent events (WHATWG HTML §9.2): whole, and again whenever it has changed, so that a page that was cut off
// misses nothing.
func (s *site) stream(w http.ResponseWriter, r *http.Request, p presence, view func(context.Context) (any, error)) {
	select {
	case s.streams <- struct{}{}:
		defer func() { <-s.streams }()
	default:
		(&problem{http.StatusServiceUnavailable, "too-many", "Too many pages are open. Try again later."}).write(w)
		return
	}
	changes, unsubscribe := s.desk.changes.subscribe()
	defer unsubscribe()
	if p.key != "" {
		by := newID()
		s.desk.watch.enter(p.key, by)
		defer func() {
			s.desk.watch.leave(p.key, by, p.grace)
			s.desk.changes.changed()
		}()
		s.desk.changes.changed() // others see who is here
	}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Accel-Buffering", "no")
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	var last []byte
	for {
		now, err := view(r.Context())
		if err != nil {
			_ = s.logged(err)
			return
		}
		text, err := json.Marshal(now)
		if err != nil {
			_ = s.logged(err)
			return
		}
		message := ":\n\n"
		if !bytes.Equal(text, last) {
			message = fmt.Sprintf("data: %s\n\n", text)
			last = text
		}
		if send(w, message) != nil {
			return
		}
		select {
		case <-changes:
		case <-beat.C:
		case <-r.Context().Done():
			return
		case <-s.ending:
			return
		}
	}
}

func send(w http.ResponseWriter, message string) error {
	c := http.NewResponseController(w)
	if err := c.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
		return err
	}
	if _, err := w.Write([]byte(message)); err != nil {
		return err
	}
	return c.Flush()
}
