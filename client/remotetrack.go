package client

import (
	"context"
	"slices"

	"github.com/openconfab/confab/internal/wire"
	"github.com/openconfab/confab/internal/wire/pb"
	"github.com/openconfab/confab/media"
)

// RemoteTrack is what another participant publishes from one source. It is the same RemoteTrack after an interruption or a
// restart of the node. Its methods may be called concurrently.
type RemoteTrack struct {
	participant *Participant
	source      media.Source

	// What follows is guarded by the lock of the room.

	// session and number name the track to the node.
	session      string
	number       uint32
	muted        bool
	layers       []media.Layer
	subscription *Subscription
}

// Participant returns who publishes the track.
func (t *RemoteTrack) Participant() *Participant { return t.participant }

// Source returns what the track carries.
func (t *RemoteTrack) Source() media.Source { return t.source }

// Muted reports whether nothing is sent at the moment.
func (t *RemoteTrack) Muted() bool {
	t.participant.room.mu.Lock()
	defer t.participant.room.mu.Unlock()
	return t.muted
}

// Layers returns the layers of the track, from the smallest to the largest.
func (t *RemoteTrack) Layers() []media.Layer {
	t.participant.room.mu.Lock()
	defer t.participant.room.mu.Unlock()
	return slices.Clone(t.layers)
}

// SubscribeOptions say how a track is received. The zero value receives the largest layer.
type SubscribeOptions struct {
	// MaxHeight is the height in pixels above which no layer is sent, unless it is the smallest; 0: no limit.
	MaxHeight int
	// MaxFPS is the frame rate above which temporal layers may be left out; 0: no limit.
	MaxFPS int
	// Priority is higher for the video that is to be kept longer when the path is slow, 1 to 255. 0 stands for 128.
	Priority int
}

func (o SubscribeOptions) validate() error {
	if o.MaxHeight < 0 || o.MaxFPS < 0 || o.Priority < 0 || o.Priority > 255 {
		return invalid("SubscribeOptions are out of range: heights and frame rates are not negative, priorities 0 to 255")
	}
	return nil
}

const usualPriority = 128

// Subscribe begins to receive the track, which begins with a keyframe. It returns when the node has agreed, and fails when
// it has not, with an *[Error] of code "forbidden", "track-unknown" or "subscription-limit". ctx bounds that only. A
// track can be subscribed once at a time.
func (t *RemoteTrack) Subscribe(ctx context.Context, o SubscribeOptions) (*Subscription, error) {
	if err := o.validate(); err != nil {
		return nil, err
	}
	r := t.participant.room
	r.mu.Lock()
	s := newSubscription(t, o)
	err := r.err
	switch {
	case err != nil:
	case t.subscription != nil:
		err = invalid("the track is subscribed already: use Subscription.Update")
	case t.participant.tracks[t.source] != t:
		err = errNotPublished
	case !r.welcome.GetGrants().GetSubscribe():
		err = &Error{Code: wire.CodeForbidden, Message: "subscribing is not granted"}
	}
	if err != nil {
		r.mu.Unlock()
		return nil, err
	}
	t.subscription = s
	s.ask()
	r.mu.Unlock()

	select {
	case <-s.ready:
		return s, nil
	case <-s.queue.over:
		return nil, s.queue.reason()
	case <-ctx.Done():
		// What is left of it ends with it.
		_ = s.Close()
		return nil, context.Cause(ctx)
	}
}

// bind takes what the node tells of the track; the lock of the room is held.
func (t *RemoteTrack) bind(info *pb.TrackInfo) {
	t.session, t.number = info.GetTrack().GetSession(), info.GetTrack().GetNumber()
	t.muted = info.GetMuted()
	t.layers = t.layers[:0:0]
	for _, l := range info.GetLayers() {
		t.layers = append(t.layers, media.Layer{
			ID: uint8(l.GetId()), Width: int(l.GetWidth()), Height: int(l.GetHeight()),
			MaxFPS: int(l.GetMaxFps()), MaxBitrate: int(l.GetMaxBitrate()),
		})
	}
}

// update is bind for a track that is known; the lock of the room is held.
func (t *RemoteTrack) update(info *pb.TrackInfo) {
	t.bind(info)
	t.participant.room.events.send(TrackUpdated{t})
}

func (t *RemoteTrack) ref() *pb.TrackRef { return &pb.TrackRef{Session: t.session, Number: t.number} }
