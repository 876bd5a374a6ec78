package obs_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/openconfab/confab/internal/obs"
	"github.com/openconfab/confab/internal/relay"
	"github.com/openconfab/confab/internal/session"
	"github.com/openconfab/confab/internal/transport"
	"github.com/openconfab/confab/internal/wire"
)

func scrape(t *testing.T, m *obs.Metrics) string {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	if w.Code != http.StatusOK {
		t.Fatalf("status %d: %s", w.Code, w.Body)
	}
	return w.Body.String()
}

func TestMetricsCount(t *testing.T) {
	m := obs.NewMetrics()
	m.Watch(func() session.Stats {
		return session.Stats{Rooms: 2, Participants: 5, Sessions: 6, Detached: 1, Connections: 7}
	})
	if !strings.Contains(scrape(t, m), `confab_objects_dropped_total{reason="stale"} 0`) {
		t.Error("a drop reason that has not occurred is not listed")
	}

	m.ConnectionOpened(transport.WebTransport)
	m.ConnectionOpened(transport.WebSocket)
	m.ConnectionClosed(transport.WebSocket)
	m.SessionStarted()
	m.SessionResumed(transport.WebSocket)
	m.SessionEnded("")
	m.SessionEnded("lost")
	m.ObjectIn(100)
	m.ObjectOut(100)
	m.ObjectOut(50)
	m.Dropped(relay.DropStale, 3)
	m.KeyframeAsked()
	m.KeyframeForwarded()
	m.ControlIn(10)
	m.ControlOut(20)
	m.UnknownKind()
	m.Error(wire.CodeForbidden)
	m.Refused(transport.RefusedOrigin)

	page := scrape(t, m)
	for _, line := range []string{
		`confab_connections_opened_total{transport="webtransport"} 1`,
		`confab_connections_opened_total{transport="websocket"} 1`,
		`confab_connections_closed_total{transport="websocket"} 1`,
		`confab_sessions_started_total 1`,
		`confab_sessions_resumed_total{transport="websocket"} 1`,
		`confab_sessions_ended_total{code="left"} 1`,
		`confab_sessions_ended_total{code="lost"} 1`,
		`confab_objects_received_bytes_total 100`,
		`confab_objects_delivered_total 2`,
		`confab_objects_delivered_bytes_total 150`,
		`confab_objects_dropped_total{reason="stale"} 3`,
		`confab_keyframes_asked_total 1`,
		`confab_keyframe_requests_forwarded_total 1`,
		`confab_control_messages_total{direction="in"} 1`,
		`confab_control_bytes_total{direction="out"} 20`,
		`confab_control_messages_unknown_total 1`,
		`confab_errors_sent_total{code="forbidden"} 1`,
		`confab_connections_refused_total{reason="origin"} 1`,
		`confab_rooms 2`,
		`confab_participants 5`,
		`confab_sessions 6`,
		`confab_sessions_detached 1`,
		`confab_connections 7`,
	} {
		if !strings.Contains(page, line+"\n") {
			t.Errorf("missing: %s", line)
		}
	}
}

func TestCountingOnTheMediaPathAllocatesNothing(t *testing.T) {
	m := obs.NewMetrics()
	if n := testing.AllocsPerRun(100, func() {
		m.ObjectIn(100)
		m.ObjectOut(100)
		m.Dropped(relay.DropAge, 1)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
