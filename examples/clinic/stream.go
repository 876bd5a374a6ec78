package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

const (
	// maxStreams bounds the pages that are kept up to date at once.
	maxStreams = 2000
	// refresh is how often a page is told even if nothing has happened: how late a doctor is depends on the time.
	refresh = 15 * time.Second
	// writeTimeout bounds how long a page may take to read.
	writeTimeout = 10 * time.Second
)

// stream keeps a page up to date with what look returns, by server-sent events (HTML, section 9.2), until the page is closed or the
// clinic stops. Each event has everything, so that one which was missed is missed no longer with the next.
func (c *clinic) stream(w http.ResponseWriter, r *http.Request, doctor string, look func(context.Context) (any, error)) error {
	select {
	case c.streams <- struct{}{}:
		defer func() { <-c.streams }()
	default:
		return problem(http.StatusServiceUnavailable, "busy", "Too many pages are open. Try again in a minute.")
	}
	changed, leave := c.hub.follow(doctor)
	defer leave()
	ticker := time.NewTicker(refresh)
	defer ticker.Stop()
	out := http.NewResponseController(w)
	// The time to send a request does not count for the answer.
	if err := out.SetReadDeadline(time.Time{}); err != nil {
		return err
	}
	for begun := false; ; begun = true {
		state, err := look(r.Context())
		if err != nil && begun {
			c.log.Error("a page is no longer kept up to date", "error", err)
			return nil // it asks again, and is told then
		}
		if err != nil {
			return err
		}
		text, err := json.Marshal(state)
		if err != nil {
			return err
		}
		if err := out.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
			return err
		}
		w.Header().Set("Content-Type", "text/event-stream")
		if _, err := fmt.Fprintf(w, "data: %s\n\n", text); err != nil {
			return nil // the page was closed
		}
		if err := out.Flush(); err != nil {
			return nil
		}
		select {
		case <-changed:
		case <-ticker.C:
		case <-r.Context().Done():
			return nil
		}
	}
}
