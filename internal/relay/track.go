package relay

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/openconfab/confab/internal/wire"
	"github.com/openconfab/confab/internal/wire/pb"
)

// An Upstream tells the publisher of a track what the subscribers need. It is called with locks of the relay held: it
// must return at once and not call the relay.
type Upstream interface {
	// KeyframeRequested asks for a keyframe of a layer.
	KeyframeRequested(track, layer uint32)
	// LayersWanted tells which layers somebody receives.
	LayersWanted(track uint32, layers []uint32)
}

// TrackConfig makes a Track.
type TrackConfig struct {
	Number uint32
	Source pb.Source
	// Layers from the smallest to the largest, at least one and at most MaxLayers.
	Layers   []*pb.Layer
	Upstream Upstream
	// Speaker is shared by the tracks of a participant.
	Speaker *Speaker
	// Speakers are shared by the microphones of a room; nil for what is always forwarded.
	Speakers *Speakers
	Meter    Meter
	// KeyframesPerSecond is how many requests for a keyframe of one layer reach the publisher.
	KeyframesPerSecond int
	// SoundBytesPerSecond is how much of a sound track is forwarded.
	SoundBytesPerSecond int
}

// MaxLayers is the largest number of layers of a track.
const MaxLayers = 8

// A Track is what one publisher sends from one source, forwarded to any number of subscriptions. Its methods may be
// called concurrently.
type Track struct {
	number   uint32
	audio    bool
	screen   bool
	layers   []*Layer
	speaker  *Speaker
	speakers *Speakers
	meter    Meter
	place    place
	// upstream changes when the publisher moves.
	upstream atomic.Pointer[Upstream]

	// subscriptions is replaced, never changed, under mu, and read without it for every object.
	subscriptions atomic.Pointer[[]*Subscription]

	// mu guards what follows. It is taken before the mutex of a Queue.
	mu     sync.Mutex
	closed bool
	wanted wanted
}

// A Layer is one encoding of a track.
type Layer struct {
	track  *Track
	index  int
	id     uint32
	height uint32
	fps    uint32
	// receivers counts the subscriptions that want this layer.
	receivers atomic.Int32
	// topTemporal is the highest temporal id seen so far.
	topTemporal atomic.Uint32
	keyframes   keyframeGate
	sound       rate
}

// NewTrack returns a track without subscriptions. Close ends it.
func NewTrack(c TrackConfig) *Track {
	t := &Track{
		number:   c.Number,
		audio:    c.Source == pb.Source_SOURCE_MICROPHONE || c.Source == pb.Source_SOURCE_SCREEN_AUDIO,
		screen:   c.Source == pb.Source_SOURCE_SCREEN,
		speaker:  c.Speaker,
		speakers: c.Speakers,
		meter:    c.Meter,
	}
	t.upstream.Store(&c.Upstream)
	t.subscriptions.Store(&[]*Subscription{})
	for i, layer := range c.Layers {
		l := &Layer{track: t, index: i, id: layer.Id, height: layer.Height, fps: layer.MaxFps}
		l.sound.perSecond = c.SoundBytesPerSecond
		l.keyframes.interval = time.Second / time.Duration(max(c.KeyframesPerSecond, 1))
		l.keyframes.forward = func() {
			t.meter.KeyframeForwarded()
			(*t.upstream.Load()).KeyframeRequested(t.number, l.id)
		}
		t.layers = append(t.layers, l)
	}
	t.mu.Lock()
	t.refreshWanted()
	t.mu.Unlock()
	return t
}

// Layer returns the layer at a position of TrackConfig.Layers.
func (t *Track) Layer(index int) *Layer { return t.layers[index] }

// Audio reports whether the track is sound: its objects need no earlier ones.
func (t *Track) Audio() bool { return t.audio }

// Forward hands an object to every subscription that takes this layer, and takes over one reference of it. It waits for
// no subscriber.
func (l *Layer) Forward(o *wire.Object, now time.Time) {
	defer o.Release()
	t := l.track
	switch {
	case t.audio:
		if !l.sound.allow(o.Len(), now) {
			t.meter.Dropped(DropRate, 1)
			return
		}
		if t.speakers != nil && !t.speakers.admit(t, o, now) {
			t.meter.Dropped(DropUnheard, 1)
			return
		}
		if o.Voice() {
			t.speaker.spoke(now)
		}
	case o.Keyframe():
		l.keyframes.arrived()
	default:
		if id := uint32(o.TemporalID()); id > l.topTemporal.Load() {
			l.topTemporal.Store(id)
		}
	}
	for _, s := range *t.subscriptions.Load() {
		s.push(l, o, now)
	}
}

// Close ends the track and all subscriptions to it.
func (t *Track) Close(now time.Time) {
	var fx effects
	t.mu.Lock()
	t.closed = true
	t.stopWanted()
	subscriptions := *t.subscriptions.Load()
	t.subscriptions.Store(&[]*Subscription{})
	for _, s := range subscriptions {
		if s.sink != nil {
			s.feed(0)
			continue
		}
		s.queue.remove(s, &fx)
	}
	t.mu.Unlock()
	fx.run(now)
	if t.speakers != nil {
		t.speakers.leave(t)
	}
	for _, l := range t.layers {
		l.keyframes.close()
	}
}

// attach adds s; t.mu is held.
func (t *Track) attach(s *Subscription) {
	old := *t.subscriptions.Load()
	subscriptions := append(slices.Clip(old), s)
	t.subscriptions.Store(&subscriptions)
}

// detach removes s; t.mu is held.
func (t *Track) detach(s *Subscription) {
	subscriptions := slices.DeleteFunc(slices.Clone(*t.subscriptions.Load()), func(o *Subscription) bool { return o == s })
	t.subscriptions.Store(&subscriptions)
}

func (l *Layer) askKeyframe(now time.Time) {
	l.track.meter.KeyframeAsked()
	l.keyframes.ask(now)
}
