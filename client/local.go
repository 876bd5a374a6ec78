package client

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/openconfab/confab/e2ee"
	"github.com/openconfab/confab/internal/wire"
	"github.com/openconfab/confab/internal/wire/pb"
	"github.com/openconfab/confab/media"
)

// LocalParticipant is this program in the room. Its methods may be called concurrently.
type LocalParticipant struct {
	room *Room
	// tracks are those published, by number; guarded by the lock of the room.
	tracks map[uint32]*LocalTrack
	// hand is when it was raised, in milliseconds of the node's Unix time, 0 if it is not; guarded by the lock of the room.
	hand int64
	// sending is held while a message is sealed and queued, so that messages keep their order.
	sending sync.Mutex
}

// Identity returns who it is to the node.
func (l *LocalParticipant) Identity() string { return l.welcome().GetIdentity() }

// Session returns which of its joinings this is; another after a session was lost.
func (l *LocalParticipant) Session() string { return l.welcome().GetSession() }

// MayPublish reports whether a source is granted.
func (l *LocalParticipant) MayPublish(s media.Source) bool {
	l.room.mu.Lock()
	defer l.room.mu.Unlock()
	return l.mayPublish(s)
}

func (l *LocalParticipant) mayPublish(s media.Source) bool {
	return slices.Contains(l.room.welcome.GetGrants().GetPublish(), toWire[s])
}

// Grants returns what this client may do at the moment.
func (l *LocalParticipant) Grants() Grants { return grantsOf(l.welcome().GetGrants()) }

// Hand returns when the hand was raised, by the clock of the node, zero if it is not.
func (l *LocalParticipant) Hand() time.Time {
	l.room.mu.Lock()
	defer l.room.mu.Unlock()
	return handTime(l.hand)
}

// RaiseHand raises the hand, or lowers it. [LocalUpdated] follows.
func (l *LocalParticipant) RaiseHand(raised bool) error {
	r := l.room
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err != nil {
		return r.err
	}
	r.request(&pb.ClientMessage{Kind: &pb.ClientMessage_SetHand{SetHand: &pb.SetHand{Raised: raised}}}, func(err error) {
		r.log.Warn("the hand was not raised", "error", err)
	})
	return nil
}

func handTime(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms)
}

func (l *LocalParticipant) welcome() *pb.Welcome {
	l.room.mu.Lock()
	defer l.room.mu.Unlock()
	return l.room.welcome
}

// TrackOptions describe a track to publish.
type TrackOptions struct {
	Source media.Source
	// Layers are listed from the smallest to the largest height; for sound, leave them out. Without them, video has one
	// layer of id 0 and unknown size.
	Layers []media.Layer
	// Muted: nothing is sent until SetMuted(false).
	Muted bool
}

// PublishTrack begins a track. It is published again by itself in every session that follows. Errors: an *[Error] of
// code "forbidden", "track-invalid" or [CodeConfigInvalid]. What the node has against it later comes as [LocalTrackFailed].
func (l *LocalParticipant) PublishTrack(ctx context.Context, o TrackOptions) (*LocalTrack, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if len(o.Layers) == 0 {
		o.Layers = []media.Layer{{}}
	}
	if err := o.validate(); err != nil {
		return nil, err
	}
	r := l.room
	t := newLocalTrack(r, o)
	r.mu.Lock()
	err := r.err
	switch {
	case err != nil:
	case !l.mayPublish(o.Source):
		err = &Error{Code: wire.CodeForbidden, Message: "publishing from " + o.Source.String() + " is not granted"}
	case l.published(o.Source):
		err = &Error{Code: wire.CodeTrackInvalid, Message: o.Source.String() + " is published already: close that track first"}
	}
	if err != nil {
		r.mu.Unlock()
		return nil, err
	}
	security := r.security
	l.announce(t)
	r.mu.Unlock()
	security.startSending()
	return t, nil
}

func (l *LocalParticipant) published(s media.Source) bool {
	for _, t := range l.tracks {
		if t.source == s {
			return true
		}
	}
	return false
}

func (o *TrackOptions) validate() error {
	audio := o.Source.Kind() == media.Audio
	switch {
	case !o.Source.Valid() || o.Source == media.Data:
		return invalid("there is no such source")
	case audio && len(o.Layers) > 1, len(o.Layers) > media.MaxLayers:
		return invalid("sound has one layer, video at most 8")
	}
	seen := [media.MaxLayers]bool{}
	for i, layer := range o.Layers {
		if layer.ID >= media.MaxLayers || seen[layer.ID] || audio && layer.ID != 0 {
			return invalid("ids of layers are below 8, and different; that of sound is 0")
		}
		if i > 0 && layer.Height < o.Layers[i-1].Height {
			return invalid("layers are listed from the smallest to the largest height")
		}
		if layer.Width < 0 || layer.Height < 0 || layer.MaxFPS < 0 || layer.MaxBitrate < 0 {
			return invalid("a layer's values are not negative")
		}
		seen[layer.ID] = true
	}
	return nil
}

// layerBits are those of an alias below the number of the track.
const layerBits = 3

func aliasOf(number uint32, layer uint8) uint64 { return uint64(number)<<layerBits | uint64(layer) }

func layerOf(alias uint64) (number uint32, layer uint8) {
	return uint32(alias >> layerBits), uint8(alias & (1<<layerBits - 1))
}

// maxTrackNumber is the highest that a node takes (spec/wire.md §7).
const maxTrackNumber = 1<<16 - 1

// announce tells the node of a track; the lock of the room is held.
func (l *LocalParticipant) announce(t *LocalTrack) {
	r := l.room
	number := r.nextNumber()
	m := &pb.PublishTrack{Number: number, Source: toWire[t.source], Muted: t.muted.Load()}
	for _, layer := range t.layers {
		m.Layers = append(m.Layers, &pb.Layer{
			Id: uint32(layer.ID), Alias: aliasOf(number, layer.ID),
			Width: uint32(layer.Width), Height: uint32(layer.Height),
			MaxFps: uint32(layer.MaxFPS), MaxBitrate: uint32(layer.MaxBitrate),
		})
	}
	l.tracks[number] = t
	r.request(&pb.ClientMessage{Kind: &pb.ClientMessage_PublishTrack{PublishTrack: m}}, func(err error) { t.refused(err) })
	t.number.Store(number)
}

// nextNumber returns a number that no track has; the lock is held.
func (r *Room) nextNumber() uint32 {
	for {
		r.lastNumber = r.lastNumber%maxTrackNumber + 1
		if r.local.tracks[r.lastNumber] == nil {
			return r.lastNumber
		}
	}
}

// republish publishes all tracks in a session that has begun.
func (l *LocalParticipant) republish() {
	r := l.room
	r.mu.Lock()
	tracks := l.takeTracks()
	var refused []*LocalTrack
	for _, t := range tracks {
		t.withdraw()
		if l.mayPublish(t.source) {
			l.announce(t)
		} else {
			refused = append(refused, t)
		}
	}
	security := r.security
	r.mu.Unlock()
	for _, t := range refused {
		t.refused(&Error{Code: wire.CodeForbidden, Message: "publishing from " + t.source.String() + " is no longer granted"})
	}
	if len(tracks) > len(refused) {
		security.startSending()
	}
}

// withdraw stops sending of all tracks until they are published again.
func (l *LocalParticipant) withdraw() {
	l.room.mu.Lock()
	defer l.room.mu.Unlock()
	for _, t := range l.tracks {
		t.withdraw()
	}
}

// takeTracks empties tracks; the lock of the room is held.
func (l *LocalParticipant) takeTracks() []*LocalTrack {
	var tracks []*LocalTrack
	for _, t := range l.tracks {
		tracks = append(tracks, t)
	}
	l.tracks = map[uint32]*LocalTrack{}
	return tracks
}

// requestKeyframes asks for keyframes of all video: receivers have missed some, or a new key is in use.
func (l *LocalParticipant) requestKeyframes() {
	r, now := l.room, time.Now()
	r.mu.Lock()
	tracks := make([]*LocalTrack, 0, len(l.tracks))
	for _, t := range l.tracks {
		tracks = append(tracks, t)
	}
	r.mu.Unlock()
	for _, t := range tracks {
		for _, layer := range t.layers {
			t.requestKeyframe(layer.ID, now)
		}
	}
}

func slotOf(source media.Source, layer uint8) e2ee.Slot {
	return e2ee.Slot{Source: source, Layer: layer}
}
