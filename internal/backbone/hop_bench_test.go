package backbone_test

import (
	"encoding/binary"
	"fmt"
	"log/slog"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/openconfab/confab/internal/backbone"
	"github.com/openconfab/confab/internal/backbone/iggy"
	"github.com/openconfab/confab/internal/backbone/iggy/iggytest"
	"github.com/openconfab/confab/internal/backbone/nats"
)

// BenchmarkHop measures the way of a message from one node to another: how long it takes, and what both nodes spend on it together.
// Messages come every 5 ms, as the cluster sends them. A server that is not in this process spends its own.
func BenchmarkHop(b *testing.B) {
	discard := slog.New(slog.DiscardHandler)
	for name, join := range map[string]func(b *testing.B) (from, to backbone.Backbone){
		"embedded": func(b *testing.B) (from, to backbone.Backbone) {
			secret := []byte("a secret of the benchmarks, 32 bytes or more")
			first, err := nats.Start(nats.Embedded{Listen: "127.0.0.1:0", Secret: secret, Logger: discard})
			if err != nil {
				b.Fatal(err)
			}
			second, err := nats.Start(nats.Embedded{Listen: "127.0.0.1:0", Peers: []string{first.Addr()}, Secret: secret, Logger: discard})
			if err != nil {
				b.Fatal(err)
			}
			return first, second
		},
		"iggy": func(b *testing.B) (from, to backbone.Backbone) {
			stream := iggytest.Stream(b)
			var nodes [2]backbone.Backbone
			for i := range nodes {
				var err error
				if nodes[i], err = iggy.Connect(iggy.Config{URL: stream, Logger: discard}); err != nil {
					b.Fatal(err)
				}
			}
			return nodes[0], nodes[1]
		},
	} {
		for _, size := range []int{200, 20_000} {
			b.Run(fmt.Sprintf("%s/%dB", name, size), func(b *testing.B) {
				from, to := join(b)
				b.Cleanup(func() { from.Close() })
				b.Cleanup(func() { to.Close() })
				hop(b, from, to, size)
			})
		}
	}
}

// interval is that at which a node sends what has gathered for another.
const interval = 5 * time.Millisecond

func hop(b *testing.B, from, to backbone.Backbone, size int) {
	inbox := backbone.Inbox("bench", backbone.Sound)
	came := make(chan time.Duration, 1024)
	begin := time.Now()
	if _, err := to.Subscribe(inbox, func(msg []byte) {
		came <- time.Since(begin) - time.Duration(binary.BigEndian.Uint64(msg))
	}); err != nil {
		b.Fatal(err)
	}
	msg := make([]byte, size)
	send := func() {
		binary.BigEndian.PutUint64(msg, uint64(time.Since(begin)))
		if err := from.Publish(inbox, msg); err != nil {
			b.Fatal(err)
		}
	}
	tick := time.NewTicker(interval)
	defer tick.Stop()
	meet := func() {
		for {
			send()
			select {
			case <-came:
				return
			case <-tick.C:
			}
		}
	}
	meet()
	var took []time.Duration
	spent := processorTime(b)
	b.ResetTimer()
	for range b.N {
		send()
		<-tick.C
	drain:
		for {
			select {
			case d := <-came:
				took = append(took, d)
			default:
				break drain
			}
		}
	}
	late := time.NewTimer(10 * time.Second)
	defer late.Stop()
	for len(took) < b.N {
		select {
		case d := <-came:
			took = append(took, d)
		case <-late.C:
			b.Fatalf("only %d of %d messages came", len(took), b.N)
		}
	}
	b.StopTimer()
	spent = processorTime(b) - spent
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-µs")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-µs")
	b.ReportMetric(float64(spent.Microseconds())/float64(b.N), "cpu-µs/op")
}

// processorTime is what this process has spent.
func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
