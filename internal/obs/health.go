package obs

import (
	"io"
	"net/http"
	"sync/atomic"
)

// Health answers the questions an orchestrator asks. The zero value is alive and not ready. It is safe for concurrent use.
type Health struct{ ready atomic.Bool }

// SetReady says whether new work may be sent here.
func (h *Health) SetReady(ready bool) { h.ready.Store(ready) }

// Live answers 200 as long as the process answers at all.
func (h *Health) Live(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, "ok\n") }

// Ready answers 200 when new work may be sent here, and 503 when not: before the node serves, and while it drains.
func (h *Health) Ready(w http.ResponseWriter, _ *http.Request) {
	if !h.ready.Load() {
		answer(w, http.StatusServiceUnavailable, "not ready\n")
		return
	}
	answer(w, http.StatusOK, "ready\n")
}

func answer(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text)
}
