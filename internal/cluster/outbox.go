package cluster

import (
	"sync"
	"time"

	"github.com/openconfab/confab/internal/wire"
)

const (
	// chunkBytes is the size beyond which objects of one tick go into another message.
	chunkBytes = 512 << 10
	// Most of what waits for one node: what is over it is dropped, video long before sound.
	maxVideoWaiting = 16 << 20
	maxSoundWaiting = 4 << 20
	// maxVideoAge is how long video waits for a backbone that does not take it.
	maxVideoAge = 500 * time.Millisecond
)

// outbox gathers the objects for one node.
type outbox struct {
	counts *counts

	// mu guards what follows. It is the innermost of all locks.
	mu           sync.Mutex
	sound, video lane
	// slow: the way to the node has no room for video.
	slow bool
}

type lane struct {
	chunks []chunk
	bytes  int
}

// chunk is a message in the making.
type chunk struct {
	body    []byte
	objects uint64
	since   time.Time
}

// put appends an object under an alias.
func (l *lane) put(alias uint64, o *wire.Object) {
	size := 2*wire.MaxVarintLen + o.Len()
	last := len(l.chunks) - 1
	if last < 0 || len(l.chunks[last].body)+size > chunkBytes {
		l.chunks = append(l.chunks, chunk{body: make([]byte, 0, size), since: time.Now()})
		last++
	}
	c := &l.chunks[last]
	before := len(c.body)
	c.body = wire.AppendVarint(c.body, alias)
	c.body = wire.AppendVarint(c.body, uint64(o.Len()))
	c.body = append(c.body, o.Bytes()...)
	c.objects++
	l.bytes += len(c.body) - before
}

// take removes the oldest chunk; false if there is none.
func (l *lane) take() (chunk, bool) {
	if len(l.chunks) == 0 {
		*l = lane{}
		return chunk{}, false
	}
	c := l.chunks[0]
	l.chunks[0] = chunk{}
	l.chunks = l.chunks[1:]
	l.bytes -= len(c.body)
	return c, true
}

// put adds an object, or drops and counts it. It reports whether there is something to send.
func (b *outbox) put(audio bool, alias uint64, o *wire.Object) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case audio && b.sound.bytes+o.Len() <= maxSoundWaiting:
		b.sound.put(alias, o)
	case audio:
		b.counts.soundDropped.Add(1)
		return false
	case !b.slow && b.video.bytes+o.Len() <= maxVideoWaiting:
		b.video.put(alias, o)
	default:
		b.counts.videoDropped.Add(1)
		return false
	}
	return true
}

// setSlow tells whether the way has room for video. What waits is dropped if it has not.
func (b *outbox) setSlow(slow bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.slow = slow
	for slow {
		c, ok := b.video.take()
		if !ok {
			return
		}
		b.counts.videoDropped.Add(c.objects)
	}
}

// videoWaits reports whether there is video to send.
func (b *outbox) videoWaits() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.video.chunks) > 0
}

// nextSound returns what to send next; nil if there is nothing.
func (b *outbox) nextSound() []byte {
	b.mu.Lock()
	defer b.mu.Unlock()
	c, _ := b.sound.take()
	return c.body
}

// nextVideo is nextSound for video, of which it drops what has waited for too long.
func (b *outbox) nextVideo(now time.Time) []byte {
	b.mu.Lock()
	defer b.mu.Unlock()
	for {
		c, ok := b.video.take()
		if !ok || now.Sub(c.since) <= maxVideoAge {
			return c.body
		}
		b.counts.videoDropped.Add(c.objects)
	}
}
