//go:build linux

package cost_test

import (
	"fmt"
	"testing"

	"github.com/openconfab/confab/internal/transport"
)

// peoplePerRoom keeps what rooms tell their people about each other out of the picture.
const peoplePerRoom = 5

// BenchmarkIdleConnection reports by how much a node grows for every client that sits in a room and pings: its resident
// memory, and of that the heap and the stacks of goroutines, after a garbage collection.
func BenchmarkIdleConnection(b *testing.B) {
	const connections = 1000
	for _, by := range []struct {
		name, scheme string
		kind         transport.Kind
	}{
		{"websocket", "http://", transport.WebSocket},
		{"websocket-tls", "https://", transport.WebSocket},
		{"webtransport", "http://", transport.WebTransport},
	} {
		b.Run(by.name, func(b *testing.B) {
			for b.Loop() {
				benchmarkIdle(b, by.scheme, by.kind, connections)
			}
			b.ReportMetric(0, "ns/op")
		})
	}
}

func benchmarkIdle(b *testing.B, scheme string, kind transport.Kind, connections int) {
	var address string
	node := startChild(b, roleNode, &address)
	address = scheme + address
	clients := newAudience(b)
	join := func(from, to int) {
		for i := from; i < to; i++ {
			clients.stay(clients.enter(address, kind, fmt.Sprint("room", i/peoplePerRoom), fmt.Sprint("guest", i)))
		}
	}
	// The first few pay for what all share.
	const first = 50
	join(0, first)
	before := node.ask("settle")
	join(first, first+connections)
	used := node.ask("usage")
	after := node.ask("settle")
	per := func(after, before int64) float64 { return float64(after-before) / 1024 / float64(connections) }
	b.ReportMetric(per(used.RSS, before.RSS), "peak-KiB/conn")
	b.ReportMetric(per(after.RSS, before.RSS), "RSS-KiB/conn")
	b.ReportMetric(per(after.Heap, before.Heap), "heap-KiB/conn")
	b.ReportMetric(per(after.Stacks, before.Stacks), "stack-KiB/conn")
	b.ReportMetric(float64(after.Goroutines-before.Goroutines)/float64(connections), "goroutines/conn")
}
