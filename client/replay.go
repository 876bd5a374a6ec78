package client

import (
	"github.com/openconfab/confab/e2ee"
	"github.com/openconfab/confab/internal/wire"
	"github.com/openconfab/confab/media"
)

// Replay opens what the nodes have kept of a room, with the keys that [Config.Keep] was told. Its methods are for one
// goroutine at a time.
type Replay struct {
	opener *e2ee.Opener
	orders map[replayed]*order
	counts Received
	plain  []byte
}

// replayed names a track by its session and number.
type replayed struct {
	session string
	track   uint32
}

// NewReplay returns a Replay, which takes the keys over.
func NewReplay(held []e2ee.Held) *Replay {
	return &Replay{opener: e2ee.NewOpener(held), orders: map[replayed]*order{}}
}

// Open returns the frame in an object of a session's track, as [Subscription.Frames] would: false if it can't be decrypted, or not be
// decoded for the loss of others. The frame is valid until the next call.
func (r *Replay) Open(session string, track uint32, object []byte) (media.Source, media.Frame, bool) {
	o, err := wire.ParseObject(object)
	if err != nil {
		r.counts.Lost++
		return 0, media.Frame{}, false
	}
	defer o.Release()
	plain, source, err := r.opener.Open(r.plain[:0], session, o.HeaderBytes(), o.Payload())
	if err != nil || source >= media.Data {
		r.counts.Undecryptable++
		return 0, media.Frame{}, false
	}
	r.plain = plain
	key := replayed{session, track}
	d := r.orders[key]
	if d == nil {
		d = &order{video: source.Kind() == media.Video}
		d.reset()
		r.orders[key] = d
	}
	f, err := frameOf(o.Header, plain)
	if err != nil {
		r.counts.Dropped++
		return 0, media.Frame{}, false
	}
	verdict, lost := d.next(o.Header)
	r.counts.Lost += uint64(lost)
	if verdict != inOrder {
		r.counts.Dropped++
		return 0, media.Frame{}, false
	}
	r.counts.Frames++
	return source, f, true
}

// Stats returns what was opened, and what was not.
func (r *Replay) Stats() Received { return r.counts }

// Close erases the keys.
func (r *Replay) Close() { r.opener.Close() }
