package client

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/openconfab/confab/e2ee"
	"github.com/openconfab/confab/internal/wire"
	"github.com/openconfab/confab/media"
)

// What may wait in a subscription for its reader: some seconds.
const (
	maxQueued      = 256
	maxQueuedBytes = 12 << 20
)

// queue holds the objects of a subscription until Frames takes them.
type queue struct {
	wake chan struct{}
	// over is closed when the subscription has ended.
	over chan struct{}

	// reading is held by the reader, and guards order, jitter and the memory of frames.
	reading sync.Mutex
	order   order
	jitter  jitter
	opened  []byte

	// mu guards what follows.
	mu      sync.Mutex
	video   bool
	from    string
	fresh   bool // from another session than before
	objects []queued
	bytes   int
	// late are frames that waited for their key; awaited is how many may yet come.
	late    []openedFrame
	awaited int
	counts  Received
	ended   bool
	err     error
}

type queued struct {
	*wire.Object
	at time.Time
}

func (q *queue) init(video bool) {
	q.wake, q.over, q.video = make(chan struct{}, 1), make(chan struct{}), video
	q.order = order{video: video, broken: true}
}

// push takes an object, with its reference.
func (q *queue) push(o *wire.Object, now time.Time) {
	q.mu.Lock()
	if q.ended {
		q.mu.Unlock()
		o.Release()
		return
	}
	q.counts.Frames++
	q.counts.Bytes += uint64(o.Len())
	if q.video && o.Keyframe() {
		q.counts.Keyframes++
	}
	at := len(q.objects)
	for at > 0 && before(o.Header, q.objects[at-1].Header) {
		at--
	}
	q.objects = slices.Insert(q.objects, at, queued{o, now})
	q.bytes += o.Len()
	if len(q.objects) > maxQueued || q.bytes > maxQueuedBytes {
		q.overflow()
	}
	q.mu.Unlock()
	rouse(q.wake)
}

func before(a, b wire.Header) bool {
	return cmp.Or(cmp.Compare(a.Group, b.Group), cmp.Compare(a.Number, b.Number)) < 0
}

// overflow drops what is before the newest keyframe of video, everything without one, and the older half of sound.
func (q *queue) overflow() {
	n := len(q.objects) / 2
	if q.video {
		n = len(q.objects)
		for i, o := range q.objects {
			if i > 0 && o.Keyframe() && o.Number == 0 {
				n = i
			}
		}
	}
	q.drop(n)
}

func (q *queue) drop(n int) {
	for _, o := range q.objects[:n] {
		q.bytes -= o.Len()
		o.Release()
	}
	q.counts.Dropped += uint64(n)
	q.objects = slices.Delete(q.objects, 0, n)
}

// begin has the queue go on with the objects of a session, which number anew.
func (q *queue) begin(session string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.drop(len(q.objects))
	q.from, q.fresh, q.late, q.awaited = session, true, nil, 0
}

func (q *queue) end(err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.ended {
		return
	}
	q.ended, q.err = true, err
	q.drop(len(q.objects))
	close(q.over)
}

// reason returns why the subscription has ended, nil if it has not.
func (q *queue) reason() error {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.err
}

func (q *queue) stats() Received {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.counts
}

func rouse(wake chan struct{}) {
	select {
	case wake <- struct{}{}:
	default:
	}
}

// late takes a frame that waited for its key.
func (s *Subscription) late(f openedFrame) {
	q := &s.queue
	q.mu.Lock()
	q.late = append(q.late, f)
	q.mu.Unlock()
	rouse(q.wake)
}

// next returns the next frame; the lock of reading is held.
func (s *Subscription) next(ctx context.Context) (media.Frame, error) {
	q := &s.queue
	for {
		late, object, from := q.take()
		switch {
		case late != nil:
			if f, ok := s.accept(late.header, late.plaintext, late.arrived); ok {
				return f, nil
			}
			continue
		case object.Object != nil:
			if f, ok := s.open(object, from); ok {
				return f, nil
			}
			continue
		}
		select {
		case <-q.wake:
		case <-q.over:
			return media.Frame{}, q.reason()
		case <-ctx.Done():
			return media.Frame{}, context.Cause(ctx)
		}
	}
}

// take returns what is to be looked at next, if there is anything; the object's reference is the caller's.
func (q *queue) take() (late *openedFrame, o queued, from string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.fresh {
		q.fresh = false
		q.order.reset()
	}
	if len(q.late) > 0 {
		f := q.late[0]
		q.late = q.late[1:]
		return &f, queued{}, ""
	}
	if len(q.objects) == 0 {
		return nil, queued{}, ""
	}
	o = q.objects[0]
	q.objects = slices.Delete(q.objects, 0, 1)
	q.bytes -= o.Len()
	return nil, o, q.from
}

// open decrypts an object and returns its frame, if that is to be shown now.
func (s *Subscription) open(o queued, from string) (media.Frame, bool) {
	defer o.Release()
	q := &s.queue
	security := s.track.participant.room.secured()
	plaintext, err := security.open(q.opened[:0], from, s, o.Object)
	if err != nil {
		q.mu.Lock()
		if errors.Is(err, errWaiting) {
			q.awaited++
		} else {
			q.counts.Undecryptable++
		}
		q.mu.Unlock()
		return media.Frame{}, false
	}
	q.opened = plaintext
	if s.postponed(security, o, plaintext) {
		return media.Frame{}, false
	}
	return s.accept(o.Header, plaintext, o.at)
}

// postponed has a frame wait for those before it that waited for the same key.
func (s *Subscription) postponed(security security, o queued, plaintext []byte) bool {
	q := &s.queue
	q.mu.Lock()
	awaited := q.awaited
	q.awaited = 0
	q.mu.Unlock()
	if awaited == 0 {
		return false
	}
	security.settle()
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.late) == 0 {
		return false
	}
	q.late = append(q.late, openedFrame{header: o.Header, plaintext: slices.Clone(plaintext), arrived: o.at})
	return true
}

// frameOf returns the frame of a record and its object's header.
func frameOf(h wire.Header, record []byte) (media.Frame, error) {
	f, err := e2ee.ParseRecord(record)
	if err != nil {
		return f, err
	}
	f.Keyframe, f.Discardable, f.TemporalID = h.Keyframe(), h.Discardable(), h.TemporalID()
	f.Level = media.Level{Known: h.LevelPresent(), Voice: h.Voice(), Loudness: h.Level & 0x7f}
	return f, nil
}

// accept returns the frame of a record, if it can be decoded.
func (s *Subscription) accept(h wire.Header, record []byte, arrived time.Time) (media.Frame, bool) {
	q := &s.queue
	f, err := frameOf(h, record)
	verdict, lost := unusable, 0
	if err == nil {
		verdict, lost = q.order.next(h)
		q.jitter.note(f.Timestamp, arrived)
	}
	q.mu.Lock()
	q.counts.Lost += uint64(lost)
	q.counts.Jitter = q.jitter.value
	switch verdict {
	case inOrder:
	case tooLate:
		q.counts.Lost++
	case unusable:
		q.counts.Dropped++
	}
	q.mu.Unlock()
	switch {
	case verdict == unusable:
		// Its error would say that it has ended.
		_ = s.RequestKeyframe()
	case verdict == inOrder && q.video && f.Keyframe:
		s.answered()
	}
	return f, verdict == inOrder
}
