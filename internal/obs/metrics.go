package obs

import (
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/openconfab/confab/internal/cluster"
	"github.com/openconfab/confab/internal/relay"
	"github.com/openconfab/confab/internal/session"
	"github.com/openconfab/confab/internal/transport"
	"github.com/openconfab/confab/internal/wire"
)

// Metrics counts what a node does, for Prometheus. It implements session.Metrics; the counters of the media path are
// looked up beforehand, so that counting allocates nothing. It is safe for concurrent use.
type Metrics struct {
	registry *prometheus.Registry

	opened, closed, resumed, refused *prometheus.CounterVec
	started                          prometheus.Counter
	ended, errors                    *prometheus.CounterVec
	objectsIn, objectsInBytes        prometheus.Counter
	objectsOut, objectsOutBytes      prometheus.Counter
	dropped                          [relay.Reasons]prometheus.Counter
	keyframesAsked, keyframesSent    prometheus.Counter
	controlIn, controlInBytes        prometheus.Counter
	controlOut, controlOutBytes      prometheus.Counter
	unknownKind                      prometheus.Counter
}

var _ session.Metrics = (*Metrics)(nil)

// NewMetrics returns metrics of which every counter stands at 0.
func NewMetrics() *Metrics {
	m := &Metrics{registry: prometheus.NewRegistry()}
	m.registry.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	m.opened = m.vec("connections_opened_total", "Connections of clients, by transport.", "transport")
	m.closed = m.vec("connections_closed_total", "Connections of clients that ended, by transport.", "transport")
	m.resumed = m.vec("sessions_resumed_total", "Sessions taken up on another connection, by its transport.", "transport")
	m.refused = m.vec("connections_refused_total", "Connections turned away before they said Hello, by reason.", "reason")
	m.started = m.counter("sessions_started_total", "Sessions: joins of a room.")
	m.ended = m.vec("sessions_ended_total", "Sessions that ended, by code; left means in order.", "code")
	m.errors = m.vec("errors_sent_total", "Errors sent to clients, by code.", "code")
	m.objectsIn = m.counter("objects_received_total", "Media objects that publishers sent.")
	m.objectsInBytes = m.counter("objects_received_bytes_total", "Bytes of media objects that publishers sent.")
	m.objectsOut = m.counter("objects_delivered_total", "Media objects delivered, once for every subscriber.")
	m.objectsOutBytes = m.counter("objects_delivered_bytes_total", "Bytes of media objects delivered.")
	m.keyframesAsked = m.counter("keyframes_asked_total", "Keyframes that subscribers asked for.")
	m.keyframesSent = m.counter("keyframe_requests_forwarded_total", "Requests for keyframes that reached a publisher.")
	control := m.vec("control_messages_total", "Control messages, by direction.", "direction")
	controlBytes := m.vec("control_bytes_total", "Bytes of control messages, by direction.", "direction")
	m.controlIn, m.controlInBytes = control.WithLabelValues("in"), controlBytes.WithLabelValues("in")
	m.controlOut, m.controlOutBytes = control.WithLabelValues("out"), controlBytes.WithLabelValues("out")
	m.unknownKind = m.counter("control_messages_unknown_total", "Control messages of a kind this node ignores.")

	dropped := m.vec("objects_dropped_total", "Objects and data messages that were not delivered, by reason.", "reason")
	for r := range relay.Reasons {
		m.dropped[r] = dropped.WithLabelValues(r.String())
	}
	for _, kind := range []transport.Kind{transport.WebTransport, transport.WebSocket} {
		m.opened.WithLabelValues(kind.String())
		m.closed.WithLabelValues(kind.String())
		m.resumed.WithLabelValues(kind.String())
	}
	for _, r := range []transport.Refusal{
		transport.RefusedOrigin, transport.RefusedLimit, transport.RefusedHandshake, transport.RefusedStopping,
	} {
		m.refused.WithLabelValues(string(r))
	}
	for _, code := range []string{wire.CodeMalformed, wire.CodeHelloTimeout, wire.CodeUnauthorized, wire.CodeRateLimited} {
		m.errors.WithLabelValues(code)
	}
	return m
}

func (m *Metrics) counter(name, help string) prometheus.Counter {
	c := prometheus.NewCounter(prometheus.CounterOpts{Namespace: "confab", Name: name, Help: help})
	m.registry.MustRegister(c)
	return c
}

func (m *Metrics) vec(name, help, label string) *prometheus.CounterVec {
	v := prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "confab", Name: name, Help: help}, []string{label})
	m.registry.MustRegister(v)
	return v
}

// Watch adds gauges that are read whenever metrics are asked for. It is called once.
func (m *Metrics) Watch(stats func() session.Stats) {
	for name, g := range map[string]struct {
		help string
		read func(session.Stats) int
	}{
		"rooms":             {"Rooms with somebody in them.", func(s session.Stats) int { return s.Rooms }},
		"participants":      {"Participants of all rooms.", func(s session.Stats) int { return s.Participants }},
		"sessions":          {"Sessions, with or without a connection.", func(s session.Stats) int { return s.Sessions }},
		"sessions_detached": {"Sessions waiting to be resumed.", func(s session.Stats) int { return s.Detached }},
		"connections":       {"Connections, also those that have not said Hello.", func(s session.Stats) int { return s.Connections }},
	} {
		o := prometheus.GaugeOpts{Namespace: "confab", Name: name, Help: g.help}
		m.registry.MustRegister(prometheus.NewGaugeFunc(o, func() float64 { return float64(g.read(stats())) }))
	}
}

// WatchCluster adds what a node that is joined with others does for that. It is called once, if it is.
func (m *Metrics) WatchCluster(stats func() cluster.Stats) {
	gauge := func(name, help string, read func(cluster.Stats) float64) {
		o := prometheus.GaugeOpts{Namespace: "confab", Name: name, Help: help}
		m.registry.MustRegister(prometheus.NewGaugeFunc(o, func() float64 { return read(stats()) }))
	}
	counter := func(name, help string, read func(cluster.Stats) uint64) {
		o := prometheus.CounterOpts{Namespace: "confab", Name: name, Help: help}
		m.registry.MustRegister(prometheus.NewCounterFunc(o, func() float64 { return float64(read(stats())) }))
	}
	gauge("nodes", "Nodes in reach, this one included.", func(s cluster.Stats) float64 { return float64(s.Nodes) })
	gauge("backbone_lag_seconds", "Longest time that a node took lately to acknowledge.", func(s cluster.Stats) float64 { return s.Lag.Seconds() })
	gauge("backbone_connected", "Whether there is a way to other nodes.", func(s cluster.Stats) float64 {
		if s.Connected {
			return 1
		}
		return 0
	})
	counter("backbone_messages_received_total", "Messages of other nodes.", func(s cluster.Stats) uint64 { return s.MessagesIn })
	counter("backbone_messages_sent_total", "Messages to other nodes.", func(s cluster.Stats) uint64 { return s.MessagesOut })
	counter("backbone_bytes_received_total", "Bytes of messages of other nodes.", func(s cluster.Stats) uint64 { return s.BytesIn })
	counter("backbone_bytes_sent_total", "Bytes of messages to other nodes.", func(s cluster.Stats) uint64 { return s.BytesOut })
	counter("backbone_messages_failed_total", "Messages that the backbone did not take.", func(s cluster.Stats) uint64 { return s.Failed })
	counter("backbone_messages_dropped_total", "Messages that came faster than they were handled.", func(s cluster.Stats) uint64 { return s.Dropped })
	counter("backbone_messages_malformed_total", "Messages that do not parse.", func(s cluster.Stats) uint64 { return s.Malformed })
	counter("backbone_sound_dropped_total", "Objects of sound that there was no room for on the way to a node.", func(s cluster.Stats) uint64 { return s.SoundDropped })
	counter("backbone_video_dropped_total", "Objects of video that there was no room for on the way to a node.", func(s cluster.Stats) uint64 { return s.VideoDropped })
}

// Handler serves the metrics in Prometheus' format.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{MaxRequestsInFlight: 4})
}

// Refused counts a connection that was turned away before it could say Hello.
func (m *Metrics) Refused(r transport.Refusal) { m.refused.WithLabelValues(string(r)).Inc() }

// ConnectionOpened implements session.Metrics.
func (m *Metrics) ConnectionOpened(kind transport.Kind) {
	m.opened.WithLabelValues(kind.String()).Inc()
}

// ConnectionClosed implements session.Metrics.
func (m *Metrics) ConnectionClosed(kind transport.Kind) {
	m.closed.WithLabelValues(kind.String()).Inc()
}

// SessionStarted implements session.Metrics.
func (m *Metrics) SessionStarted() { m.started.Inc() }

// SessionEnded implements session.Metrics.
func (m *Metrics) SessionEnded(code string) {
	if code == "" {
		code = "left"
	}
	m.ended.WithLabelValues(code).Inc()
}

// SessionResumed implements session.Metrics.
func (m *Metrics) SessionResumed(kind transport.Kind) {
	m.resumed.WithLabelValues(kind.String()).Inc()
}

// ObjectIn implements session.Metrics.
func (m *Metrics) ObjectIn(bytes int) {
	m.objectsIn.Inc()
	m.objectsInBytes.Add(float64(bytes))
}

// ObjectOut implements relay.Meter.
func (m *Metrics) ObjectOut(bytes int) {
	m.objectsOut.Inc()
	m.objectsOutBytes.Add(float64(bytes))
}

// Dropped implements relay.Meter.
func (m *Metrics) Dropped(reason relay.Reason, objects int) { m.dropped[reason].Add(float64(objects)) }

// KeyframeAsked implements relay.Meter.
func (m *Metrics) KeyframeAsked() { m.keyframesAsked.Inc() }

// KeyframeForwarded implements relay.Meter.
func (m *Metrics) KeyframeForwarded() { m.keyframesSent.Inc() }

// ControlIn implements session.Metrics.
func (m *Metrics) ControlIn(bytes int) {
	m.controlIn.Inc()
	m.controlInBytes.Add(float64(bytes))
}

// ControlOut implements session.Metrics.
func (m *Metrics) ControlOut(bytes int) {
	m.controlOut.Inc()
	m.controlOutBytes.Add(float64(bytes))
}

// UnknownKind implements session.Metrics.
func (m *Metrics) UnknownKind() { m.unknownKind.Inc() }

// Error implements session.Metrics. Codes come from the table of spec/wire.md §6, so there are few.
func (m *Metrics) Error(code string) { m.errors.WithLabelValues(code).Inc() }
