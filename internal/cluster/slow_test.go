package cluster_test

import (
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/openconfab/confab/internal/backbone"
	"github.com/openconfab/confab/internal/backbone/local"
	"github.com/openconfab/confab/internal/relay"
	"github.com/openconfab/confab/internal/virtualtime"
	"github.com/openconfab/confab/internal/wire"
	"github.com/openconfab/confab/internal/wire/pb"
)

// conversation is one who films and speaks at the first node, and one who watches and listens at the second.
type conversation struct {
	from, to *person
	// sound is the alias of sound.
	sound uint64
	start time.Time
	// sounds and videos have come lately; latest is what sound took at most.
	sounds, videos int
	latest         time.Duration
}

func converse(t *testing.T, nodes []*node) *conversation {
	t.Helper()
	c := &conversation{from: nodes[0].join("anna"), to: nodes[1].join("ben")}
	c.from.publish(t)
	c.from.microphone(t)
	c.to.told(soon)
	c.to.watch(t, "anna", 180)
	microphone, err := c.to.Track(&pb.TrackRef{Session: "anna", Number: 2})
	if err != nil {
		t.Fatal(err)
	}
	if c.sound, err = c.to.queue.Subscribe(microphone, relay.Want{}, time.Now()); err != nil {
		t.Fatal(err)
	}
	c.to.told(soon)
	c.from.told(0)
	c.start = time.Now()
	return c
}

// talk sends 150 kB of video and 6 kB of sound a second, in groups that are numbered by milliseconds, and notes what comes.
func (c *conversation) talk(d time.Duration) {
	c.sounds, c.videos, c.latest = 0, 0, 0
	for from := time.Now(); time.Since(from) < d; time.Sleep(20 * time.Millisecond) {
		group := uint64(time.Since(c.start).Milliseconds())
		for alias, bytes := range map[uint64]int{10: 3000, 20: 120} {
			layer, _ := c.from.Layer(alias)
			layer.Forward(wire.NewObject(wire.Header{Flags: wire.FlagKeyframe, Group: group}, make([]byte, bytes)), time.Now())
		}
		synctest.Wait()
		for {
			item, ok := c.to.queue.Take(relay.LaneAll, time.Now())
			if !ok {
				break
			}
			if item.Object == nil {
				continue
			}
			took := time.Since(c.start) - time.Duration(item.Object.Group)*time.Millisecond
			item.Object.Release()
			if item.Subscription.Alias() == c.sound {
				c.sounds++
				c.latest = max(c.latest, took)
			} else {
				c.videos++
			}
		}
	}
}

// TestSlowWay: between nodes with a way that is too narrow for the video, all the sound and all messages come in time, and of the
// video what there is room for. When the way is wide again, everything comes.
func TestSlowWay(t *testing.T) {
	simulate(t, 2, func(t *testing.T, network *local.Network, nodes []*node) {
		c := converse(t, nodes)
		c.talk(2 * time.Second)
		if c.sounds < 90 || c.videos < 90 {
			t.Fatalf("at first %d of sound and %d of video came", c.sounds, c.videos)
		}
		network.SetRate(nodes[0].backbone, nodes[1].backbone, 50_000)
		c.talk(20 * time.Second)
		if c.sounds < 950 || c.latest > time.Second {
			t.Errorf("on the narrow way %d of 1000 of sound came, the latest after %v", c.sounds, c.latest)
		}
		if c.videos < 100 || c.videos > 400 {
			t.Errorf("on the narrow way %d of 1000 of video came", c.videos)
		}
		stats := nodes[0].cluster.Stats()
		if stats.VideoDropped < 600 || stats.SoundDropped > 0 {
			t.Errorf("counted: %+v", stats)
		}
		c.from.say(t, "in time")
		told := c.to.told(time.Second)
		if len(told) != 1 || told[0] != "in time" {
			t.Errorf("told: %q", told)
		}
		network.SetRate(nodes[0].backbone, nodes[1].backbone, 0)
		c.talk(time.Second)
		c.talk(2 * time.Second)
		if c.sounds < 90 || c.videos < 90 {
			t.Errorf("at last %d of sound and %d of video came", c.sounds, c.videos)
		}
	})
}

// reluctant is a backbone that takes its time with video.
type reluctant struct {
	backbone.Backbone
	wait atomic.Int64
}

func (r *reluctant) Publish(t backbone.Topic, msg []byte) error {
	if strings.HasSuffix(t.String(), "."+string(backbone.Video)) {
		time.Sleep(time.Duration(r.wait.Load()))
	}
	return r.Backbone.Publish(t, msg)
}

// TestReluctantBackbone: sound does not wait behind video for a backbone that blocks, and video that has waited for long is dropped.
func TestReluctantBackbone(t *testing.T) {
	virtualtime.Test(t, func(t *testing.T) {
		network := &local.Network{}
		slow := &reluctant{Backbone: network.Join()}
		nodes := []*node{startAt(t, slow), start(t, network)}
		c := converse(t, nodes)
		slow.wait.Store(int64(100 * time.Millisecond))
		c.talk(5 * time.Second)
		if c.sounds < 240 || c.latest > 200*time.Millisecond {
			t.Errorf("%d of 250 of sound came, the latest after %v", c.sounds, c.latest)
		}
		slow.wait.Store(int64(2 * time.Second))
		c.talk(20 * time.Second)
		stats := nodes[0].cluster.Stats()
		if stats.VideoDropped == 0 || stats.SoundDropped > 0 {
			t.Errorf("counted: %+v", stats)
		}
		slow.wait.Store(int64(0))
		c.talk(3 * time.Second)
		if c.talk(2 * time.Second); c.sounds < 90 || c.videos < 90 {
			t.Errorf("at last %d of sound and %d of video came", c.sounds, c.videos)
		}
		for _, n := range nodes {
			n.stop()
		}
	})
}
