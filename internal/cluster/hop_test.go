package cluster_test

import (
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/openconfab/confab/internal/backbone/nats"
	"github.com/openconfab/confab/internal/cluster"
	"github.com/openconfab/confab/internal/room"
	"github.com/openconfab/confab/internal/wire"
	"github.com/openconfab/confab/internal/wire/pb"
)

// receiver counts what comes of a feed.
type receiver struct{ objects atomic.Int64 }

func (r *receiver) Object(_ uint32, _ *wire.Object) { r.objects.Add(1) }

// BenchmarkHop is the CPU of both nodes and the servers inside them for an object that crosses, at a steady rate: by size, and by how
// many tracks have one in the same tick.
func BenchmarkHop(b *testing.B) {
	for _, tracks := range []int{1, 10, 50} {
		for _, bytes := range []int{120, 4 << 10, 160 << 10} {
			if tracks*bytes > 1<<20 {
				continue
			}
			b.Run(fmt.Sprintf("%d×%dB", tracks, bytes), func(b *testing.B) { hop(b, tracks, bytes) })
		}
	}
}

func hop(b *testing.B, tracks, bytes int) {
	secret := []byte(strings.Repeat("secret", 6))
	log := slog.New(slog.DiscardHandler)
	var nodes []*node
	var peers []string
	for range 2 {
		c, err := nats.Start(nats.Embedded{Listen: "127.0.0.1:0", Peers: peers, Secret: secret, Logger: log})
		if err != nil {
			b.Fatal(err)
		}
		peers = []string{c.Addr()}
		n := &node{t: b, backbone: c}
		n.cluster = cluster.New(cluster.Config{Backbone: c, Patience: 30 * time.Second, Meter: uncounted{}})
		n.registry = room.NewRegistry(room.DefaultLimits(), n.cluster, nil)
		if err := n.cluster.Start(n.registry, sessions{}); err != nil {
			b.Fatal(err)
		}
		nodes = append(nodes, n)
		b.Cleanup(n.stop)
	}
	var publishers []*person
	for i := range tracks {
		p := nodes[0].join(fmt.Sprint("p", i))
		if err := p.Publish(&pb.PublishTrack{Number: 1, Source: pb.Source_SOURCE_CAMERA, Layers: []*pb.Layer{{Alias: 10, Height: 180}}}); err != nil {
			b.Fatal(err)
		}
		publishers = append(publishers, p)
	}
	watcher := nodes[1].join("watcher")
	var sink receiver
	for i := range tracks {
		for {
			track, err := watcher.Track(&pb.TrackRef{Session: fmt.Sprint("p", i), Number: 1})
			if err == nil {
				track.Feed(&sink, []uint32{0})
				break
			}
			time.Sleep(10 * time.Millisecond)
		}
	}
	time.Sleep(200 * time.Millisecond)
	payload := make([]byte, bytes)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	before := cpu(b)
	from := sink.objects.Load()
	b.ResetTimer()
	for n := range b.N {
		<-tick.C
		for _, p := range publishers {
			layer, _ := p.Layer(10)
			layer.Forward(wire.NewObject(wire.Header{Flags: wire.FlagKeyframe, Group: uint64(n)}, payload), time.Now())
		}
	}
	time.Sleep(50 * time.Millisecond)
	b.StopTimer()
	used := cpu(b) - before
	b.ReportMetric(float64(used.Microseconds())/float64(b.N), "µs/tick")
	b.ReportMetric(float64(used.Microseconds())/float64(b.N*tracks), "µs/object")
	b.ReportMetric(used.Seconds()/(float64(b.N*tracks*bytes)/1e9), "s/GB")
	b.ReportMetric(float64(b.N*tracks)-float64(sink.objects.Load()-from), "lost")
}

func cpu(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
