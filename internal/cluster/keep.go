package cluster

import (
	"sync"
	"time"

	"github.com/openconfab/confab/internal/backbone"
	"github.com/openconfab/confab/internal/relay"
	"github.com/openconfab/confab/internal/wire"
)

const (
	// keptKeyframe is how often what is kept gets a keyframe: so far back one has to read to see from a given time on.
	// Spec: backbone.md §4.4.
	keptKeyframe = 10 * time.Second
	// maxKeptWaiting is what of it waits for the backbone at most.
	maxKeptWaiting = 16 << 20
)

// A keeper gathers what is to be kept of the media of this node's participants.
type keeper struct {
	// feeds are the tracks. They belong to the goroutine of the Cluster.
	feeds map[trackKey]*keptFeed

	// mu guards what follows. It is taken as that of an outbox is.
	mu      sync.Mutex
	waiting map[string][][]byte
	bytes   int
}

// A keptFeed is a track on its way into the log. It implements relay.Sink.
type keptFeed struct {
	cluster *Cluster
	key     trackKey
	track   *relay.Track
	layer   uint32
	// keyframe is when one was asked for.
	keyframe time.Time
}

// Object implements relay.Sink.
func (f *keptFeed) Object(_ uint32, o *wire.Object) {
	k := &f.cluster.keeper
	k.mu.Lock()
	if k.bytes+o.Len() > maxKeptWaiting {
		k.mu.Unlock()
		f.cluster.counts.videoDropped.Add(1)
		return
	}
	chunks := k.waiting[f.key.room]
	if last := len(chunks) - 1; last < 0 || len(chunks[last])+o.Len() > chunkBytes {
		chunks = append(chunks, nil)
	}
	last := len(chunks) - 1
	chunks[last] = backbone.AppendKept(chunks[last], backbone.Kept{Session: f.key.session, Track: f.key.number, Object: o.Bytes()})
	if k.waiting == nil {
		k.waiting = map[string][][]byte{}
	}
	k.waiting[f.key.room] = chunks
	k.bytes += o.Len()
	k.mu.Unlock()
	f.cluster.rouse()
}

func (k *keeper) take() map[string][][]byte {
	k.mu.Lock()
	defer k.mu.Unlock()
	all := k.waiting
	k.waiting, k.bytes = nil, 0
	return all
}

// keep begins and ends to feed tracks into the log, as rooms want it.
func (c *Cluster) keep(now time.Time) {
	if !c.config.Keeps {
		return
	}
	k := &c.keeper
	wanted := map[trackKey]bool{}
	for _, name := range c.roomNames() {
		for _, t := range c.registry.Kept(name) {
			key := trackKey{name, t.Ref.GetSession(), t.Ref.GetNumber()}
			wanted[key] = true
			// A session that moves away and comes back has other tracks of the same numbers.
			if f := k.feeds[key]; f == nil || f.track != t.Media {
				f = &keptFeed{cluster: c, key: key, track: t.Media, layer: t.Layer}
				k.feeds[key] = f
				t.Media.Feed(f, []uint32{t.Layer})
			}
		}
	}
	for key, f := range k.feeds {
		switch {
		case !wanted[key]:
			f.track.Feed(f, nil)
			delete(k.feeds, key)
		case now.Sub(f.keyframe) >= keptKeyframe:
			f.keyframe = now
			f.track.RequestKeyframe(f.layer, now)
		}
	}
}

// flushKept hands what has gathered to the backbone.
func (c *Cluster) flushKept() {
	for name, chunks := range c.keeper.take() {
		for _, chunk := range chunks {
			c.publish(backbone.Media(name), chunk)
		}
	}
}
