package publish

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/openconfab/confab/internal/matroska"
	"github.com/openconfab/confab/media"
)

const (
	// minKeyframeTime is the shortest time between keyframes that are asked for.
	minKeyframeTime = 500 * time.Millisecond
	// codecTime is how often it is looked whether others decode other codecs now.
	codecTime = time.Second
	// maxFailures is how often an encoder may fail, one after the other, without having made anything.
	maxFailures = 3
)

// videoPath leads video from the source to its track.
type videoPath interface {
	// take takes a block of the source, and never waits.
	take(b matroska.Block) error
	// close returns when what was taken has been written, with what went wrong.
	close() error
}

// openVideo publishes the video if it is not yet, and returns the path to it.
func (p *publisher) openVideo(ctx context.Context, t matroska.Track) (videoPath, error) {
	bits := p.config.Bitrate
	if bits == 0 {
		bits = bitrate(t.Width, t.Height, p.plan.rate(&p.config))
	}
	if p.video == nil {
		var err error
		layer := media.Layer{Width: t.Width, Height: t.Height, MaxFPS: int(p.plan.rate(&p.config) + 0.5), MaxBitrate: bits}
		if p.video, err = p.publish(ctx, p.videoSource(), layer); err != nil {
			return nil, err
		}
	}
	if p.plan.video.treatment == passedThrough {
		format, err := newVideoFormat(t)
		if err != nil {
			return nil, err
		}
		p.log.Info("publishing video", "width", t.Width, "height", t.Height, "codec", format.codec.String(), "stream", passedThrough.String())
		return &passage{p: p, format: format}, nil
	}
	t.Rate = p.plan.rate(&p.config)
	e := &encoding{p: p, raw: t, bits: bits, next: make(chan matroska.Block, 1), ended: make(chan struct{})}
	go e.run(ctx)
	return e, nil
}

// errUnfit is returned for live video that is not fit to be passed through any more. It is to be encoded from now on.
var errUnfit = errors.New("the video has to be encoded")

// passage sends video as it is. Requests for keyframes are answered by the next that the video has.
type passage struct {
	p      *publisher
	format *videoFormat
	// key is when the last keyframe was.
	key time.Duration
	// looked is when it was looked last whether all can decode it, warned whether one could not.
	looked time.Time
	warned bool
}

func (v *passage) take(b matroska.Block) error {
	v.p.video.alive()
	if err := v.check(b, time.Now()); err != nil {
		return err
	}
	frame, err := v.format.frame(b)
	if err != nil {
		return err
	}
	frame.Timestamp = b.Timestamp
	return v.p.video.write(frame)
}

// check finds out whether the video is still fit. A file, which would have to begin anew to be encoded, goes on nonetheless.
func (v *passage) check(b matroska.Block, now time.Time) error {
	if b.Keyframe || v.key == 0 {
		v.key = b.Timestamp
	}
	if b.Timestamp-v.key > maxKeyframeGap && v.p.plan.live() {
		return fmt.Errorf("%w, for its keyframes are rare", errUnfit)
	}
	if now.Sub(v.looked) < codecTime {
		return nil
	}
	v.looked = now
	if viewers := v.p.viewers(); decoders(viewers, v.format.codec) == len(viewers) || v.p.config.Codec != 0 {
		return nil
	}
	if v.p.plan.live() {
		return fmt.Errorf("%w, for somebody in the room can't decode %v", errUnfit, v.format.codec)
	}
	if !v.warned {
		v.warned = true
		v.p.log.Warn("somebody in the room can't decode this video: to be seen by all, begin again with --encode", "codec", v.format.codec.String())
	}
	return nil
}

func (v *passage) close() error { return nil }

// encoding encodes raw pictures, the newest when the encoder is slower than they come.
type encoding struct {
	p    *publisher
	raw  matroska.Track
	bits int
	// next is the picture to encode next.
	next  chan matroska.Block
	ended chan struct{}

	// mu guards failure.
	mu      sync.Mutex
	failure error

	// What follows belongs to run.

	encoder  *encoder
	failures int
	// wanted is a keyframe, the last of which was made at key.
	wanted bool
	key    time.Time
	// codec is what all decode, as of looked.
	codec  media.Codec
	looked time.Time
}

func (v *encoding) take(b matroska.Block) error {
	v.p.video.alive()
	for {
		select {
		case v.next <- b:
			v.mu.Lock()
			defer v.mu.Unlock()
			return v.failure
		case <-v.next:
		}
	}
}

func (v *encoding) close() error {
	close(v.next)
	<-v.ended
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.failure
}

func (v *encoding) fail(err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.failure == nil {
		v.failure = err
	}
}

// run feeds the encoder.
func (v *encoding) run(ctx context.Context) {
	defer close(v.ended)
	track := v.p.video.track
	for {
		select {
		case picture, ok := <-v.next:
			if !ok {
				if err := v.stop(); err != nil {
					v.fail(err)
				}
				return
			}
			if !track.Wanted(0) {
				v.wanted = true
				continue
			}
			if err := v.encode(ctx, picture); err != nil {
				v.fail(err)
			}
		case <-track.KeyframeRequests():
			v.wanted = true
		}
	}
}

// encode encodes a picture, with another encoder if there is none yet or others decode other codecs now.
func (v *encoding) encode(ctx context.Context, picture matroska.Block) error {
	if v.failures >= maxFailures || ctx.Err() != nil {
		return nil
	}
	now := time.Now()
	if now.Sub(v.looked) >= codecTime {
		v.codec, v.looked = cmp.Or(v.p.config.Codec, choose(v.p.viewers())), now
	}
	if v.encoder == nil || v.encoder.codec != v.codec {
		if err := v.start(ctx); err != nil {
			return err
		}
	}
	key := v.wanted && now.Sub(v.key) >= minKeyframeTime
	if key {
		v.wanted, v.key = false, now
	}
	e := v.encoder
	if e.encode(picture, key) == nil {
		return nil
	}
	err := v.stop()
	if v.failures++; e.made {
		v.failures = 0
	}
	if v.failures >= maxFailures && ctx.Err() == nil {
		return cmp.Or(err, errEncoder)
	}
	return nil
}

var errEncoder = errors.New("the encoder ends without an error, and without having made anything")

// start starts an encoder in the place of the one there is.
func (v *encoding) start(ctx context.Context) error {
	if err := v.stop(); err != nil {
		v.p.log.Warn("the encoder failed", "error", err)
	}
	var err error
	if v.encoder, err = startEncoder(ctx, v.p.tools, v.codec, v.raw, v.bits, v.made); err != nil {
		return err
	}
	v.wanted = false // it begins with one
	v.p.log.Info("publishing video", "width", v.raw.Width, "height", v.raw.Height, "codec", v.codec.String(), "stream", encoded.String())
	return nil
}

// made takes a frame from the encoder.
func (v *encoding) made(f media.Frame) {
	if err := v.p.video.write(f); err != nil {
		v.fail(err)
	}
}

// stop lets the encoder finish what it has.
func (v *encoding) stop() error {
	if v.encoder == nil {
		return nil
	}
	err := v.encoder.close()
	v.encoder = nil
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}
