package obs

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/openconfab/confab/internal/meeting/outbox"
)

// WatchWebhooks adds what became of webhooks. It is called once.
func (m *Metrics) WatchWebhooks(stats func() outbox.Stats) {
	counter := func(name, help string, read func(outbox.Stats) uint64) {
		o := prometheus.CounterOpts{Namespace: "confab", Name: name, Help: help}
		m.registry.MustRegister(prometheus.NewCounterFunc(o, func() float64 { return float64(read(stats())) }))
	}
	counter("webhooks_delivered_total", "Webhooks that their endpoint has accepted.", func(s outbox.Stats) uint64 { return s.Delivered })
	counter("webhooks_failed_total", "Attempts to deliver a webhook that failed.", func(s outbox.Stats) uint64 { return s.Failed })
	counter("webhooks_dead_total", "Webhooks that were given up.", func(s outbox.Stats) uint64 { return s.Dead })
}
