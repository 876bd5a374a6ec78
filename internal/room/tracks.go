package room

import (
	"cmp"
	"slices"
	"time"

	"github.com/openconfab/confab/internal/relay"
	"github.com/openconfab/confab/internal/wire"
	"github.com/openconfab/confab/internal/wire/pb"
)

const (
	// maxTrackNumber bounds what is remembered of used numbers.
	maxTrackNumber = 1<<16 - 1
	maxLayerID     = relay.MaxLayers - 1
)

// track is guarded by the room's mutex. info is replaced, never changed, for it is shared with messages.
type track struct {
	info *pb.TrackInfo
	// stopped: a host has muted it, and its objects are dropped until its publisher takes that back.
	stopped bool
	media   *relay.Track
	aliases []uint64
}

// Publish starts a track and tells the others. It fails with a *wire.Error of code "forbidden", "track-limit" or
// "track-invalid".
func (p *Participant) Publish(m *pb.PublishTrack) error {
	r := p.room
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := p.mayPublish(m); err != nil {
		return err
	}
	info := &pb.TrackInfo{
		Track:  &pb.TrackRef{Session: p.Session, Number: m.Number},
		Source: m.Source,
		Muted:  m.Muted,
	}
	var aliases []uint64
	for _, l := range m.Layers {
		aliases = append(aliases, l.Alias)
		info.Layers = append(info.Layers, layerInfo(l, 0))
	}
	p.use(m.Number)
	p.startTrack(info, aliases)
	p.changed()
	r.tell(p, Event{Kind: TrackPublished, Source: m.Source})
	return nil
}

// startTrack adds a track and tells this node's participants. Without aliases no objects come from the participant's own
// connection.
func (p *Participant) startTrack(info *pb.TrackInfo, aliases []uint64) {
	var speakers *relay.Speakers
	if info.Source == pb.Source_SOURCE_MICROPHONE {
		speakers = p.room.speakers
	}
	p.tracks[info.Track.Number] = &track{
		info:    info,
		aliases: aliases,
		media: relay.NewTrack(relay.TrackConfig{
			Number:              info.Track.Number,
			Source:              info.Source,
			Layers:              info.Layers,
			Upstream:            p.Member,
			Speaker:             &p.speaker,
			Speakers:            speakers,
			Meter:               p.Meter,
			KeyframesPerSecond:  p.room.registry.limits.KeyframeRequestsPerSecond,
			SoundBytesPerSecond: p.room.registry.limits.SoundBytesPerSecond,
		}),
	}
	p.bind()
	p.room.announce(p, Receiving, &pb.ServerMessage{Kind: &pb.ServerMessage_TrackPublished{
		TrackPublished: &pb.TrackPublished{Track: info},
	}})
}

func (p *Participant) mayPublish(m *pb.PublishTrack) error {
	invalid := func(format string, args ...any) error { return wire.Errorf(wire.CodeTrackInvalid, format, args...) }
	if err := p.present(); err != nil {
		return err
	}
	if p.hidden() {
		return wire.Errorf(wire.CodeForbidden, "a hidden participant publishes nothing")
	}
	audio := m.Source == pb.Source_SOURCE_MICROPHONE || m.Source == pb.Source_SOURCE_SCREEN_AUDIO
	if !audio && m.Source != pb.Source_SOURCE_CAMERA && m.Source != pb.Source_SOURCE_SCREEN {
		return invalid("there is no source %d", m.Source)
	}
	if err := p.granted(m.Source); err != nil {
		return err
	}
	if limit := p.room.registry.limits.Tracks; len(p.tracks) >= limit {
		return wire.Errorf(wire.CodeTrackLimit, "only %d tracks are allowed: unpublish another first", limit)
	}
	if m.Number > maxTrackNumber {
		return invalid("track number %d is above %d", m.Number, maxTrackNumber)
	}
	if p.used(m.Number) {
		return invalid("track number %d has been used in this session: take a new one", m.Number)
	}
	for _, t := range p.tracks {
		if t.info.Source == m.Source {
			return invalid("%s is published already as track %d: unpublish that first", m.Source, t.info.Track.Number)
		}
	}
	if n := len(m.Layers); n < 1 || n > relay.MaxLayers || audio && n > 1 {
		return invalid("%d layers: sound has 1, video 1 to %d", n, relay.MaxLayers)
	}
	if !slices.IsSortedFunc(m.Layers, func(a, b *pb.Layer) int { return cmp.Compare(a.GetHeight(), b.GetHeight()) }) {
		return invalid("layers are listed from the smallest to the largest height")
	}
	for i, l := range m.Layers {
		if l.GetId() > maxLayerID {
			return invalid("layer id %d is above %d", l.GetId(), maxLayerID)
		}
		if _, bound := p.Layer(l.GetAlias()); bound || l.GetAlias() > wire.MaxVarint {
			return invalid("alias %d is in use or out of range", l.GetAlias())
		}
		for _, other := range m.Layers[:i] {
			if other.GetId() == l.GetId() || other.GetAlias() == l.GetAlias() {
				return invalid("two layers have the same id or alias")
			}
		}
	}
	return nil
}

// granted fails when publishing from a source is not granted.
func (p *Participant) granted(source pb.Source) error {
	if !slices.Contains(p.Grants().GetPublish(), source) {
		return wire.Errorf(wire.CodeForbidden, "publishing from %s is not granted", source)
	}
	return nil
}

// Unpublish ends a track and tells the others. It fails with "track-unknown" when there is no such track.
func (p *Participant) Unpublish(number uint32, now time.Time) error {
	r := p.room
	r.mu.Lock()
	defer r.mu.Unlock()
	t := p.tracks[number]
	if t == nil {
		return errTrackUnknown()
	}
	p.endTrack(number, t, now)
	p.changed()
	return nil
}

func (p *Participant) endTrack(number uint32, t *track, now time.Time) {
	delete(p.tracks, number)
	p.bind()
	p.room.announce(p, Receiving, &pb.ServerMessage{Kind: &pb.ServerMessage_TrackUnpublished{
		TrackUnpublished: &pb.TrackUnpublished{Track: t.info.Track},
	}})
	t.media.Close(now)
	p.room.tell(p, Event{Kind: TrackUnpublished, Source: t.info.Source})
}

// SetMuted tells the others that a track is muted or not. One that a host has muted goes on. It fails with "track-unknown" when
// there is no such track, and with "forbidden" when unmuting is not granted.
func (p *Participant) SetMuted(number uint32, muted bool, now time.Time) error {
	r := p.room
	r.mu.Lock()
	defer r.mu.Unlock()
	t := p.tracks[number]
	if t == nil {
		return errTrackUnknown()
	}
	if !muted {
		if err := p.granted(t.info.Source); err != nil {
			return err
		}
		if t.stopped {
			t.stopped = false
			p.bind()
			t.media.RequestKeyframes(now)
		}
	}
	if t.info.Muted != muted {
		p.setMuted(t, muted)
		p.changed()
	}
	return nil
}

func (p *Participant) setMuted(t *track, muted bool) {
	if t.info.Muted == muted {
		return
	}
	t.info = &pb.TrackInfo{Track: t.info.Track, Source: t.info.Source, Muted: muted, Layers: t.info.Layers}
	p.room.announce(p, Receiving, &pb.ServerMessage{Kind: &pb.ServerMessage_TrackUpdated{
		TrackUpdated: &pb.TrackUpdated{Track: t.info},
	}})
}

// Track returns what to subscribe to. It fails with "forbidden" without the subscribe grant and with "track-unknown" when
// there is no such track.
func (p *Participant) Track(ref *pb.TrackRef) (*relay.Track, error) {
	r := p.room
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := p.present(); err != nil {
		return nil, err
	}
	if !p.receives() {
		return nil, wire.Errorf(wire.CodeForbidden, "subscribing is not granted")
	}
	if t := r.track(ref); t != nil {
		return t.media, nil
	}
	return nil, errTrackUnknown()
}

// track returns the track that ref names, nil if there is none; the mutex is held.
func (r *Room) track(ref *pb.TrackRef) *track {
	if publisher := r.members[ref.GetSession()]; publisher != nil {
		return publisher.tracks[ref.GetNumber()]
	}
	return nil
}

// bind derives the map of aliases from the tracks; the room's mutex is held, or the participant not yet shared.
func (p *Participant) bind() {
	layers := map[uint64]*relay.Layer{}
	for _, t := range p.tracks {
		for i, alias := range t.aliases {
			layers[alias] = nil
			if !t.stopped {
				layers[alias] = t.media.Layer(i)
			}
		}
	}
	p.layers.Store(&layers)
}

func (p *Participant) use(number uint32) {
	for int(number/64) >= len(p.usedNumbers) {
		p.usedNumbers = append(p.usedNumbers, 0)
	}
	p.usedNumbers[number/64] |= 1 << (number % 64)
}

func (p *Participant) used(number uint32) bool {
	return int(number/64) < len(p.usedNumbers) && p.usedNumbers[number/64]&(1<<(number%64)) != 0
}

func errTrackUnknown() error {
	return wire.Errorf(wire.CodeTrackUnknown, "there is no such track: it has not been published, or no longer is")
}
