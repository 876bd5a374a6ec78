package client

import (
	"context"
	"errors"
	"iter"
	"time"

	"github.com/openconfab/confab/internal/wire/pb"
	"github.com/openconfab/confab/media"
)

// keyframeGap is how often a keyframe that does not come is asked for; the node has a limit of its own.
const keyframeGap = 500 * time.Millisecond

// Subscription is a track that is received. It goes on over interruptions and restarts of the node. Its methods may be called
// concurrently.
type Subscription struct {
	track *RemoteTrack
	queue queue
	// ready is closed when the node has agreed for the first time.
	ready chan struct{}

	// What follows is guarded by the lock of the room.

	options SubscribeOptions
	// alias is that of the objects, if bound.
	alias    uint64
	bound    bool
	agreed   bool
	asked    time.Time
	reported Received
}

// Received counts the frames of a subscription.
type Received struct {
	// Frames and Bytes were received, Keyframes among them.
	Frames, Keyframes, Bytes uint64
	// Lost did not arrive, as far as one can tell, or came too late. Undecryptable arrived and could not be decrypted.
	Lost, Undecryptable uint64
	// Dropped could not be decoded for the loss of others, or were not taken in time by Frames.
	Dropped uint64
	// Jitter is by how much frames come irregularly (RFC 3550 §6.4.1).
	Jitter time.Duration
}

func newSubscription(t *RemoteTrack, o SubscribeOptions) *Subscription {
	s := &Subscription{track: t, options: o, ready: make(chan struct{})}
	s.queue.init(t.source.Kind() == media.Video)
	return s
}

// Track returns the track that is received.
func (s *Subscription) Track() *RemoteTrack { return s.track }

// Frames yields the frames of the track in decoding order, from a keyframe on; after a loss, video goes on with the next
// keyframe, which is asked for. The memory of a frame is used again for the next: what is kept has to be copied. Frames that
// are not taken wait, a few seconds' worth; then they are dropped.
//
// It ends when the subscription or the room was closed, with an error when the track is not published any more, the
// room ended otherwise, or ctx has ended. Only one caller at a time gets frames.
func (s *Subscription) Frames(ctx context.Context) iter.Seq2[media.Frame, error] {
	return func(yield func(media.Frame, error) bool) {
		s.queue.reading.Lock()
		defer s.queue.reading.Unlock()
		for {
			f, err := s.next(ctx)
			if err != nil {
				if !errors.Is(err, ErrClosed) {
					yield(media.Frame{}, err)
				}
				return
			}
			if !yield(f, nil) {
				return
			}
		}
	}
}

// RequestKeyframe asks for a keyframe, as a decoder needs that has lost its state. While one that was asked for has not come,
// it is asked for at most twice a second.
func (s *Subscription) RequestKeyframe() error {
	r := s.track.participant.room
	r.mu.Lock()
	defer r.mu.Unlock()
	if s.track.subscription != s {
		return s.queue.reason()
	}
	s.requestKeyframe(time.Now())
	return nil
}

// requestKeyframe is RequestKeyframe with the lock of the room held.
func (s *Subscription) requestKeyframe(now time.Time) {
	if s.track.source.Kind() != media.Video || !s.bound || now.Sub(s.asked) < keyframeGap {
		return
	}
	s.asked = now
	s.track.participant.room.send(&pb.ClientMessage{Kind: &pb.ClientMessage_RequestKeyframe{
		RequestKeyframe: &pb.RequestKeyframe{Track: s.track.ref()},
	}})
}

// answered notes that a keyframe came: whoever asks for another from now on has lost its state since.
func (s *Subscription) answered() {
	r := s.track.participant.room
	r.mu.Lock()
	defer r.mu.Unlock()
	s.asked = time.Time{}
}

// Update changes how the track is received.
func (s *Subscription) Update(o SubscribeOptions) error {
	if err := o.validate(); err != nil {
		return err
	}
	r := s.track.participant.room
	r.mu.Lock()
	defer r.mu.Unlock()
	if s.track.subscription != s {
		return s.queue.reason()
	}
	s.options = o
	s.ask()
	return nil
}

// Close ends the subscription, and with it Frames.
func (s *Subscription) Close() error {
	t := s.track
	r := t.participant.room
	r.mu.Lock()
	if t.subscription == s {
		t.subscription = nil
		r.media.unbind(s)
		if t.session == t.participant.session {
			r.send(&pb.ClientMessage{Kind: &pb.ClientMessage_Unsubscribe{Unsubscribe: &pb.Unsubscribe{Track: t.ref()}}})
		}
	}
	r.mu.Unlock()
	s.end(ErrClosed)
	return nil
}

// Stats returns what was received.
func (s *Subscription) Stats() Received { return s.queue.stats() }

// ask asks the node for the track; the lock of the room is held.
func (s *Subscription) ask() {
	priority := s.options.Priority
	if priority == 0 {
		priority = usualPriority
	}
	r := s.track.participant.room
	// A track of one who is away is asked for when it is back.
	if r.members[s.track.session] == nil {
		return
	}
	ref := s.track.ref()
	r.request(&pb.ClientMessage{Kind: &pb.ClientMessage_Subscribe{Subscribe: &pb.Subscribe{
		Track:     ref,
		MaxHeight: uint32(s.options.MaxHeight),
		MaxFps:    uint32(s.options.MaxFPS),
		Priority:  uint32(priority),
	}}}, func(err error) { s.refused(ref, err) })
}

// refused ends a subscription that the node did not agree to. If the participant has come back meanwhile, the track has another name
// by now or soon, under which it is asked for.
func (s *Subscription) refused(ref *pb.TrackRef, err error) {
	t := s.track
	r := t.participant.room
	r.mu.Lock()
	outdated := t.session != ref.Session || t.number != ref.Number || r.members[ref.Session] == nil
	if !outdated && t.subscription == s {
		t.subscription = nil
		r.media.unbind(s)
	}
	r.mu.Unlock()
	if !outdated {
		s.end(err)
	}
}

func (s *Subscription) end(err error) { s.queue.end(err) }

// subscriptions returns those of the room; the lock is held.
func (r *Room) subscriptions() []*Subscription {
	var list []*Subscription
	for _, p := range r.people {
		for _, t := range p.tracks {
			if t.subscription != nil {
				list = append(list, t.subscription)
			}
		}
	}
	return list
}

// subscribed binds the alias of a subscription.
func (h *handler) subscribed(m *pb.Subscribed, now time.Time) {
	r := h.room()
	r.mu.Lock()
	defer r.mu.Unlock()
	t := r.track(m.GetTrack())
	if t == nil || t.subscription == nil {
		return
	}
	s := t.subscription
	if s.bound && s.alias != m.GetAlias() {
		r.media.unbind(s)
	}
	s.alias, s.bound = m.GetAlias(), true
	if !s.agreed {
		s.agreed = true
		close(s.ready)
	}
	r.media.bind(s, t.session, now)
}
