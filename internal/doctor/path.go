package doctor

import (
	"context"
	"encoding/binary"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/openconfab/confab/client"
	"github.com/openconfab/confab/internal/transport"
	"github.com/openconfab/confab/media"
)

// What goes through the node is like sound: small objects, often.
const (
	soundInterval = 20 * time.Millisecond
	soundBytes    = 120
	sounds        = 150
	// soundWait is how long after the last is sent the missing are waited for.
	soundWait = time.Second
)

// path is what was measured from one participant through the node to another: there and back, for both are here.
type path struct {
	kind transport.Kind
	// times are those of the objects that came, sorted.
	times []time.Duration
	lost  int
}

// measure sends sound from speaker to listener.
func measure(ctx context.Context, kind transport.Kind, speaker, listener *client.Room) (path, error) {
	track, err := speaker.Local().PublishTrack(ctx, client.TrackOptions{Source: media.Microphone})
	if err != nil {
		return path{}, err
	}
	subscription, err := subscribe(ctx, listener)
	if err != nil {
		return path{}, err
	}
	hearing, stop := context.WithCancel(ctx)
	heard := make(chan []time.Duration, 1)
	started := make(chan struct{})
	go func() { heard <- hear(hearing, subscription, started) }()
	sent := speak(ctx, track, started)
	select {
	case <-time.After(soundWait):
	case <-ctx.Done():
	}
	stop()
	times := <-heard
	if sent == 0 || len(times) == 0 {
		return path{}, errors.Join(errors.New("no sound came through"), ctx.Err())
	}
	slices.Sort(times)
	return path{kind: kind, times: times, lost: max(sent-len(times), 0)}, nil
}

// subscribe waits for a track to be published and asks for it.
func subscribe(ctx context.Context, room *client.Room) (*client.Subscription, error) {
	for event, err := range room.Events(ctx) {
		if err != nil {
			return nil, err
		}
		if published, ok := event.(client.TrackPublished); ok {
			return published.Track.Subscribe(ctx, client.SubscribeOptions{})
		}
	}
	return nil, client.ErrClosed
}

// speak sends objects until the first was heard, and then those that count. It returns how many these are.
func speak(ctx context.Context, track *client.LocalTrack, started <-chan struct{}) int {
	ticker := time.NewTicker(soundInterval)
	defer ticker.Stop()
	begin := time.Now()
	frame := media.Frame{Codec: media.Opus, Keyframe: true, Payload: make([]byte, soundBytes)}
	for n := 0; n < sounds; {
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return n
		}
		counts := uint64(0)
		select {
		case <-started:
			counts = 1
			n++
		default:
		}
		now := time.Now()
		frame.Timestamp = now.Sub(begin)
		binary.BigEndian.PutUint64(frame.Payload, uint64(now.UnixNano()))
		binary.BigEndian.PutUint64(frame.Payload[8:], counts)
		if track.WriteFrame(0, frame) != nil {
			return n
		}
	}
	return sounds
}

// hear returns how long the objects that count were under way. It closes started when the first object is there.
func hear(ctx context.Context, subscription *client.Subscription, started chan<- struct{}) (times []time.Duration) {
	var first sync.Once
	for frame, err := range subscription.Frames(ctx) {
		if err != nil {
			return times
		}
		first.Do(func() { close(started) })
		if len(frame.Payload) == soundBytes && binary.BigEndian.Uint64(frame.Payload[8:]) == 1 {
			sent := time.Unix(0, int64(binary.BigEndian.Uint64(frame.Payload)))
			times = append(times, time.Since(sent))
		}
	}
	return times
}

// percentile returns the time that p percent of the objects did not exceed.
func (p path) percentile(percent int) time.Duration {
	return p.times[min(len(p.times)*percent/100, len(p.times)-1)]
}

// loss returns the share of objects that did not come.
func (p path) loss() float64 { return float64(p.lost) / float64(p.lost+len(p.times)) }
