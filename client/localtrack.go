package client

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/openconfab/confab/e2ee"
	"github.com/openconfab/confab/internal/link"
	"github.com/openconfab/confab/internal/transport"
	"github.com/openconfab/confab/internal/wire"
	"github.com/openconfab/confab/internal/wire/pb"
	"github.com/openconfab/confab/media"
)

const (
	// audioGroup is about how long a group of sound lasts (spec/wire.md §3.3).
	audioGroup = time.Second
	// keyframeRepeat is after what time a keyframe that was asked for and has not come is asked for again.
	keyframeRepeat = 500 * time.Millisecond
)

// LocalTrack is a track that this program publishes. Its methods may be called concurrently, but the frames of one track are
// written by one goroutine.
type LocalTrack struct {
	room   *Room
	source media.Source
	layers []media.Layer

	// number is that of the track in the present session, 0 when it is in none.
	number atomic.Uint32
	muted  atomic.Bool
	// wanted has a bit for every layer that somebody receives.
	wanted atomic.Uint32

	keyframes    chan uint8
	layersWanted chan []uint8

	// asking guards asked: when a keyframe of each layer was asked for, zero once it has come.
	asking sync.Mutex
	asked  [media.MaxLayers]time.Time

	// writing guards what follows. It is taken before the lock of the room.
	writing sync.Mutex
	// number that the groups below belong to.
	session uint32
	group   uint64
	states  [media.MaxLayers]layerState
	record  []byte
	spoken  spoken

	// ended is closed when the track is; err is set before.
	ended  chan struct{}
	ending sync.Once
	err    error

	counts sentCounts
}

// layerState is the group of a layer that is open.
type layerState struct {
	open   bool
	group  uint64
	number uint64
	began  time.Duration
}

type sentCounts struct{ frames, keyframes, bytes, dropped, unwanted atomic.Uint64 }

// Sent counts the frames of a local track.
type Sent struct {
	// Frames and Bytes were queued for the node, Keyframes among them.
	Frames, Keyframes, Bytes uint64
	// Dropped were not: without a connection, before a keyframe, or because the track is muted. What is dropped
	// later, for a slow path, is in Stats of the room.
	Dropped uint64
	// Unwanted were not sent because nobody receives the layer.
	Unwanted uint64
}

const allLayers = 1<<media.MaxLayers - 1

func newLocalTrack(r *Room, o TrackOptions) *LocalTrack {
	t := &LocalTrack{
		room:         r,
		source:       o.Source,
		layers:       slices.Clone(o.Layers),
		keyframes:    make(chan uint8, 2*media.MaxLayers),
		layersWanted: make(chan []uint8, 1),
		ended:        make(chan struct{}),
	}
	t.muted.Store(o.Muted)
	t.wanted.Store(allLayers)
	return t
}

// Source returns what the track carries.
func (t *LocalTrack) Source() media.Source { return t.source }

// Layers returns the layers of the track.
func (t *LocalTrack) Layers() []media.Layer { return slices.Clone(t.layers) }

// KeyframeRequests gives the ids of layers of which a keyframe is needed now: somebody began to receive, or has lost
// something. It is never closed; use it beside [LocalTrack.Done].
func (t *LocalTrack) KeyframeRequests() <-chan uint8 { return t.keyframes }

// LayersWanted gives the ids of the layers that somebody receives, whenever they change; the others need not be encoded, and
// are not sent. A value replaces those before that were not taken. Before the first, all are wanted.
func (t *LocalTrack) LayersWanted() <-chan []uint8 { return t.layersWanted }

// Wanted reports whether somebody receives a layer.
func (t *LocalTrack) Wanted(layer uint8) bool {
	return layer < media.MaxLayers && t.wanted.Load()>>layer&1 != 0
}

// Done is closed when the track is closed, refused by the node, or the room over.
func (t *LocalTrack) Done() <-chan struct{} { return t.ended }

// Muted reports whether nothing is sent.
func (t *LocalTrack) Muted() bool { return t.muted.Load() }

// Stats returns what was written.
func (t *LocalTrack) Stats() Sent {
	c := &t.counts
	return Sent{
		Frames: c.frames.Load(), Keyframes: c.keyframes.Load(), Bytes: c.bytes.Load(),
		Dropped: c.dropped.Load(), Unwanted: c.unwanted.Load(),
	}
}

// SetMuted tells the others that the track is muted or not. Frames of a muted track are dropped.
func (t *LocalTrack) SetMuted(muted bool) error {
	r := t.room
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := t.over(); err != nil {
		return err
	}
	if t.muted.Swap(muted) == muted {
		return nil
	}
	r.send(&pb.ClientMessage{Kind: &pb.ClientMessage_SetMuted{
		SetMuted: &pb.SetMuted{Number: t.number.Load(), Muted: muted},
	}})
	return nil
}

// Close ends the track.
func (t *LocalTrack) Close() error {
	r := t.room
	r.mu.Lock()
	number := t.number.Swap(0)
	if r.local.tracks[number] == t {
		delete(r.local.tracks, number)
		for _, layer := range t.layers {
			r.link.Finish(aliasOf(number, layer.ID))
		}
		r.send(&pb.ClientMessage{Kind: &pb.ClientMessage_UnpublishTrack{UnpublishTrack: &pb.UnpublishTrack{Number: number}}})
	}
	r.mu.Unlock()
	t.end(ErrClosed)
	return nil
}

func (t *LocalTrack) end(err error) {
	t.ending.Do(func() {
		t.err = err
		close(t.ended)
	})
}

// over returns why the track has ended, nil if it has not.
func (t *LocalTrack) over() error {
	select {
	case <-t.ended:
		return t.err
	default:
		return nil
	}
}

// refused ends a track that the node did not accept.
func (t *LocalTrack) refused(err error) {
	r := t.room
	r.mu.Lock()
	number := t.number.Swap(0)
	if r.local.tracks[number] == t {
		delete(r.local.tracks, number)
	}
	r.mu.Unlock()
	t.end(err)
	r.events.send(LocalTrackFailed{Track: t, Err: err})
}

// stopped takes that a host has muted the track, or ended it.
func (t *LocalTrack) stopped(ended bool) {
	if ended {
		t.refused(&Error{Code: wire.CodeForbidden, Message: "a host has stopped what is published from " + t.source.String()})
		return
	}
	if !t.muted.Swap(true) {
		t.room.events.send(LocalTrackMuted{Track: t})
	}
}

// withdraw notes that the session is over in which the track was published.
func (t *LocalTrack) withdraw() {
	t.number.Store(0)
	t.wanted.Store(allLayers)
	for i := range t.layers {
		t.askFor(t.layers[i].ID, time.Now(), true)
	}
}

// want takes which layers somebody receives.
func (t *LocalTrack) want(layers []uint32, now time.Time) {
	var wanted uint32
	ids := []uint8{}
	for _, id := range layers {
		if id < media.MaxLayers {
			wanted |= 1 << id
			ids = append(ids, uint8(id))
		}
	}
	before := t.wanted.Swap(wanted)
	select {
	case <-t.layersWanted:
	default:
	}
	select {
	case t.layersWanted <- ids:
	default:
	}
	for _, id := range ids {
		if before>>id&1 == 0 {
			t.askFor(id, now, true)
		}
	}
}

// requestKeyframe asks the encoder for a keyframe of a layer that is wanted.
func (t *LocalTrack) requestKeyframe(layer uint8, now time.Time) {
	if t.Wanted(layer) {
		t.askFor(layer, now, false)
	}
}

// askFor asks the encoder for a keyframe, once until it comes or some time has passed, unless again is set.
func (t *LocalTrack) askFor(layer uint8, now time.Time, again bool) {
	if t.source.Kind() != media.Video {
		return
	}
	t.asking.Lock()
	defer t.asking.Unlock()
	if asked := t.asked[layer]; !again && !asked.IsZero() && now.Sub(asked) < keyframeRepeat {
		return
	}
	t.asked[layer] = now
	select {
	case t.keyframes <- layer:
	default:
	}
}

// WriteFrame encrypts a frame and queues it for the node. It never waits for the network: what can't be sent in time is
// dropped and counted, which is no error; video then goes on with a keyframe, which is asked for. f is not kept.
// While others lose much of the sound, each frame carries the one before once more.
// A group begins at every keyframe, and about every second of sound.
//
// Errors: [ErrClosed]; an *[Error] of the node that refused the track, or of code "object-too-large" or [CodeConfigInvalid]
// for a frame that breaks the contract of [media.Frame].
func (t *LocalTrack) WriteFrame(layer uint8, f media.Frame) error {
	t.writing.Lock()
	defer t.writing.Unlock()
	if err := t.over(); err != nil {
		return err
	}
	if !slices.ContainsFunc(t.layers, func(l media.Layer) bool { return l.ID == layer }) {
		return invalid("the track has no such layer")
	}
	if f.Codec.Kind() != t.source.Kind() {
		return invalid("a track from " + t.source.String() + " carries no " + f.Codec.String())
	}
	if f.TemporalID > wire.MaxTemporalID {
		return invalid("temporal layers are 0 to 3")
	}
	number := t.number.Load()
	h, ok := t.header(number, layer, &f)
	if !ok {
		return nil
	}
	audio := t.source.Kind() == media.Audio
	if audio && t.room.redundant.Load() {
		t.spoken.repeat(&f)
	}
	var err error
	if t.record, err = e2ee.AppendRecord(t.record[:0], &f); err != nil {
		return public(err)
	}
	if audio {
		t.spoken.keep(&f)
	}
	if limits := t.room.link.Limits(); limits != nil && len(t.record)+e2ee.FrameOverhead+wire.MaxHeaderLen > int(limits.GetObjectBytes()) {
		t.counts.dropped.Add(1)
		t.abandon(layer)
		return &Error{Code: wire.CodeObjectTooLarge, Message: "the frame is larger than the node takes: encode smaller frames"}
	}
	security := t.room.secured()
	o, err := wire.SealObject(h, len(t.record)+e2ee.FrameOverhead, func(dst, header []byte) ([]byte, error) {
		return security.seal(dst, slotOf(t.source, layer), header, t.record)
	})
	if err != nil {
		// The session was lost this moment.
		t.counts.dropped.Add(1)
		t.abandon(layer)
		return nil
	}
	t.counts.frames.Add(1)
	t.counts.bytes.Add(uint64(o.Len()))
	if f.Keyframe && !audio {
		t.counts.keyframes.Add(1)
	}
	t.room.link.SendObject(link.Outgoing{Alias: aliasOf(number, layer), Urgency: t.urgency(layer, f.Keyframe), Object: o})
	return nil
}

// abandon gives up the group of a layer, which goes on with a keyframe.
func (t *LocalTrack) abandon(layer uint8) {
	t.states[layer].open = false
	t.requestKeyframe(layer, time.Now())
}

// header returns the header of the next object of a layer; ok is false when the frame is not to be sent.
func (t *LocalTrack) header(number uint32, layer uint8, f *media.Frame) (h wire.Header, ok bool) {
	if number != t.session {
		t.session = number
		t.states = [media.MaxLayers]layerState{}
	}
	state := &t.states[layer]
	audio := t.source.Kind() == media.Audio
	switch {
	case number == 0 || t.muted.Load():
		t.counts.dropped.Add(1)
		state.open = false
		return h, false
	case !t.Wanted(layer):
		t.counts.unwanted.Add(1)
		state.open = false
		return h, false
	case !audio && !f.Keyframe && !state.open:
		t.counts.dropped.Add(1)
		t.requestKeyframe(layer, time.Now())
		return h, false
	}
	if f.Keyframe && !audio {
		t.asking.Lock()
		t.asked[layer] = time.Time{}
		t.asking.Unlock()
	}
	if !audio && f.Keyframe || !state.open || audio && f.Timestamp-state.began >= audioGroup {
		t.group++
		*state = layerState{open: true, group: t.group, began: f.Timestamp}
	}
	h = wire.Header{Group: state.group, Number: state.number}
	state.number++
	if audio || f.Keyframe {
		h.Flags |= wire.FlagKeyframe
	}
	if !audio {
		h.Flags = h.Flags.WithTemporalID(f.TemporalID)
		if f.Discardable {
			h.Flags |= wire.FlagDiscardable
		}
	}
	if audio && f.Level.Known && t.room.levels.Load() {
		h.Flags |= wire.FlagLevel
		h.Level = min(f.Level.Loudness, 127)
		if f.Level.Voice {
			h.Level |= 0x80
		}
	}
	if audio && f.Timestamp+max(f.Duration, time.Millisecond)-state.began >= audioGroup {
		h.Flags |= wire.FlagLastOfGroup
		state.open = false
	}
	return h, true
}

// urgency follows spec/wire.md §3.7.
func (t *LocalTrack) urgency(layer uint8, keyframe bool) transport.Urgency {
	switch {
	case t.source.Kind() == media.Audio:
		return transport.UrgencyAudio
	case t.source == media.Screen && keyframe:
		return transport.UrgencyScreenKeyframe
	case t.source == media.Camera && layer == t.layers[0].ID:
		return transport.UrgencyCameraBase
	default:
		return transport.UrgencyRest
	}
}
