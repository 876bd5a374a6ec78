//go:build linux

package cost_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/openconfab/confab/internal/transport"
	"github.com/openconfab/confab/internal/wire"
)

// slice is how long node and floor play in turn.
const slice = 500 * time.Millisecond

// series are measurements of one of the two.
type series struct {
	cpu, allocs []float64
	ages        []time.Duration
	lost        int64
}

// measure plays for a slice and notes what each delivered object cost.
func (s *series) measure(b *testing.B, a *audience, c *child, subscribers int, play func()) {
	b.Helper()
	before := c.ask("usage")
	a.take()
	play()
	sent := int64(subscribers) * int64((videoPerSecond+audioPerSecond)*slice/time.Second)
	a.awaitCalm(sent)
	after := c.ask("usage")
	arrived, ages := a.take()
	if arrived == 0 {
		b.Fatal("nothing arrived")
	}
	s.cpu = append(s.cpu, float64((after.CPU-before.CPU).Nanoseconds())/1000/float64(arrived))
	s.allocs = append(s.allocs, float64(after.Mallocs-before.Mallocs)/float64(arrived))
	s.ages = append(s.ages, ages...)
	s.lost += sent - arrived
}

func median(values []float64) float64 {
	slices.Sort(values)
	return values[len(values)/2]
}

func (s *series) report(b *testing.B, name string) {
	slices.Sort(s.ages)
	p99 := s.ages[len(s.ages)*99/100]
	b.ReportMetric(median(s.cpu), name+"-µs/object")
	b.ReportMetric(median(s.allocs), name+"-allocs/object")
	b.ReportMetric(float64(p99.Microseconds())/1000, name+"-p99-ms")
	b.ReportMetric(float64(s.lost), name+"-lost")
}

// BenchmarkDelivered plays a webinar to subscribers of a node and to as many of the floor, in turn; an iteration is half
// a second of each. Medians of the CPU time of each process for one delivered object, and of their ratio.
func BenchmarkDelivered(b *testing.B) {
	for _, by := range []struct {
		kind      transport.Kind
		audiences []int
	}{
		{transport.WebSocket, []int{50, 200, 500, 950}},
		{transport.WebTransport, []int{50, 200, 400}},
	} {
		for _, subscribers := range by.audiences {
			b.Run(fmt.Sprintf("%s/%d", by.kind, subscribers), func(b *testing.B) { benchmarkDelivered(b, by.kind, subscribers) })
		}
	}
}

func benchmarkDelivered(b *testing.B, kind transport.Kind, subscribers int) {
	var address string
	var info wire.ConnectInfo
	node, floor := startChild(b, roleNode, &address), startChild(b, roleFloor, &info)
	inRoom, onFloor := newAudience(b), newAudience(b)
	address = "http://" + address
	publisher := inRoom.publish(address, kind, "webinar")
	for i := range subscribers {
		inRoom.subscribe(address, kind, "webinar", i)
		conn, err := transport.DialInfo(context.Background(), &info, transport.DialOptions{Only: kind})
		if err != nil {
			b.Fatal(err)
		}
		onFloor.listen(conn)
	}
	var ofNode, ofFloor series
	var ratios []float64
	warm := func() {
		publisher.play(slice)
		floor.ask("play " + slice.String())
	}
	warm()
	node.ask("profile")
	floor.ask("profile")
	for b.Loop() {
		ofNode.measure(b, inRoom, node, subscribers, func() { publisher.play(slice) })
		ofFloor.measure(b, onFloor, floor, subscribers, func() { floor.ask("play " + slice.String()) })
		ratios = append(ratios, ofNode.cpu[len(ofNode.cpu)-1]/ofFloor.cpu[len(ofFloor.cpu)-1])
	}
	ofNode.report(b, "node")
	ofFloor.report(b, "floor")
	b.ReportMetric(median(ratios), "node/floor")
	b.ReportMetric(0, "ns/op")
}
