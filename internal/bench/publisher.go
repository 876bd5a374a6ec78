package bench

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/openconfab/confab/client"
	"github.com/openconfab/confab/internal/bench/workload"
	"github.com/openconfab/confab/media"
)

// A publisher sends the frames of one stream, each when it is due, whatever becomes of those before it (open loop).
type publisher struct {
	clock clock
	lag   *histogram
	// counted is the window once it is known.
	counted interface{ Load() *window }
	stream  workload.Stream
	// write sends a frame, which it does not keep, and reports whether it was sent and not dropped.
	write func(media.Frame) (bool, error)
	// wanted gets a value when somebody asks for a keyframe.
	wanted <-chan uint8
	// start is when, on the test's clock, the first frame is due.
	start time.Duration
}

// publish announces a stream and starts to send it until ctx ends.
func (p *participant) publish(joining, ctx context.Context, s workload.Stream) error {
	track, err := p.room.Local().PublishTrack(joining, client.TrackOptions{Source: s.Source, Layers: layers(s)})
	if err != nil {
		return err
	}
	w := p.worker
	publisher := &publisher{
		clock:   w.clock,
		lag:     w.lag,
		counted: &w.counted,
		stream:  s,
		write: func(f media.Frame) (bool, error) {
			before := track.Stats().Frames
			err := track.WriteFrame(0, f)
			return track.Stats().Frames > before, err
		},
		wanted: track.KeyframeRequests(),
		start:  firstDue(w.clock.now(), s),
	}
	w.tasks.Go(func() {
		counts, err := publisher.run(ctx)
		if err != nil {
			w.trouble(fmt.Errorf("sending a %s: %w", s.Source, err))
		}
		w.mu.Lock()
		defer w.mu.Unlock()
		w.sent[s.ID] = counts
	})
	return nil
}

func layers(s workload.Stream) []media.Layer {
	if s.Kind() == media.Audio {
		return nil
	}
	return []media.Layer{{Width: 1280, Height: 720, MaxFPS: int(time.Second / s.Interval)}}
}

// firstDue returns the next time that is the stream's phase after a whole number of intervals, so that the phases of all
// processes fit together.
func firstDue(now time.Duration, s workload.Stream) time.Duration {
	return (now/s.Interval+1)*s.Interval + s.Phase
}

// run sends until ctx ends, counts what was due in the window, and returns the first error of sending.
func (p *publisher) run(ctx context.Context) (counts sent, failure error) {
	frame := media.Frame{Codec: media.VP8, Duration: p.stream.Interval, Payload: make([]byte, p.stream.Bytes)}
	if p.stream.Kind() == media.Audio {
		frame.Codec = media.Opus
	}
	inGroup := 0
	for n := 0; ctx.Err() == nil; n++ {
		due := p.start + time.Duration(n)*p.stream.Interval
		sleep(ctx, p.clock.until(due))
		if ctx.Err() != nil {
			break
		}
		if inGroup == p.stream.Group || p.asked() {
			inGroup = 0
		}
		frame.Keyframe = inGroup == 0 || frame.Codec == media.Opus
		frame.Timestamp = due - p.start
		inGroup++
		stamp{stream: p.stream.ID, due: due}.put(frame.Payload)
		lag := p.clock.now() - due
		taken, err := p.write(frame)
		if errors.Is(err, client.ErrClosed) {
			return counts, failure
		}
		if err != nil && failure == nil {
			failure = err
		}
		if w := p.counted.Load(); w != nil && w.holds(due) {
			p.lag.record(lag)
			counts.Frames++
			if !taken {
				counts.Refused++
			}
		}
	}
	return counts, failure
}

func (p *publisher) asked() bool {
	select {
	case <-p.wanted:
		return true
	default:
		return false
	}
}
