package e2ee

import (
	"slices"
	"time"

	"github.com/openconfab/confab/media"
)

// Bounds of what is kept of one sender while its key is missing (spec/e2ee.md §10.1).
const (
	pendingAudioTime   = 500 * time.Millisecond
	pendingTime        = 10 * time.Second
	pendingAudioFrames = 128
	pendingFrames      = 64
	pendingBytes       = 8 << 20
)

// pendingFrame is a sealed frame or data message that waits for its key.
type pendingFrame struct {
	source   media.Source
	metadata []byte
	payload  []byte
	topic    string
	ref      any
	arrived  time.Time
}

func (f *pendingFrame) audio() bool { return f.source.Kind() == media.Audio }

func (f *pendingFrame) size() int { return len(f.metadata) + len(f.payload) + len(f.topic) }

// pending is the frames of one sender, in the order in which they came.
type pending struct {
	frames []pendingFrame
	bytes  int
	// lost has a bit for every source of video of which a frame was dropped.
	lost uint8
}

// add takes a frame and drops the oldest ones that go over the bounds.
func (p *pending) add(f pendingFrame) {
	p.expire(f.arrived)
	p.frames = append(p.frames, f)
	p.bytes += f.size()
	same := 0
	for i := range p.frames {
		if p.frames[i].audio() == f.audio() {
			same++
		}
	}
	if f.audio() && same > pendingAudioFrames || !f.audio() && same > pendingFrames {
		p.drop(slices.IndexFunc(p.frames, func(o pendingFrame) bool { return o.audio() == f.audio() }))
	}
	for p.bytes > pendingBytes {
		p.drop(0)
	}
}

func (p *pending) drop(i int) {
	p.lose(p.frames[i].source)
	p.bytes -= p.frames[i].size()
	p.frames = slices.Delete(p.frames, i, i+1)
}

// expire drops what is too old and returns when the next frame will be, zero if there is none.
func (p *pending) expire(now time.Time) (next time.Time) {
	p.frames = slices.DeleteFunc(p.frames, func(f pendingFrame) bool {
		keep := pendingTime
		if f.audio() {
			keep = pendingAudioTime
		}
		end := f.arrived.Add(keep)
		if !end.After(now) {
			p.lose(f.source)
			p.bytes -= f.size()
			return true
		}
		next = earliest(next, end)
		return false
	})
	return next
}

// lose notes that a frame was lost.
func (p *pending) lose(source media.Source) {
	if source.Kind() == media.Video {
		p.lost |= 1 << source
	}
}

// take empties the buffer.
func (p *pending) take() []pendingFrame {
	frames := p.frames
	*p = pending{lost: p.lost}
	return frames
}
