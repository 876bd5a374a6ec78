package publish

import (
	"context"
	"fmt"
	"time"

	"github.com/openconfab/confab/internal/ffmpeg"
	"github.com/openconfab/confab/internal/matroska"
	"github.com/openconfab/confab/media"
)

const (
	// keyframeMark is the part of a picture's timestamp that asks for a keyframe. ffmpeg takes no such wish while it runs, but
	// computes for every picture whether to make a keyframe, from its time.
	keyframeMark = time.Millisecond
	evenTime     = 2 * keyframeMark
	wishForKey   = "expr:mod(round(t*1000),2)"
	// maxInterval is the longest time between keyframes, in seconds, if nobody asks.
	maxInterval = 10
)

// encoder is an ffmpeg that encodes raw pictures of one size.
type encoder struct {
	codec   media.Codec
	process *ffmpeg.Process
	in      *matroska.Writer
	// base is the timestamp of the first picture.
	base    time.Duration
	started bool
	// ended is closed after err and made were set. made: at least one frame was.
	ended chan struct{}
	err   error
	made  bool
}

// startEncoder starts an encoder that hands on what it makes, from a goroutine of its own, until it is closed or ctx ends.
func startEncoder(ctx context.Context, tools ffmpeg.Tools, c media.Codec, raw matroska.Track, bits int, hand func(media.Frame)) (*encoder, error) {
	args := []string{
		"-copyts", "-probesize", "32", "-analyzeduration", "0", "-fpsprobesize", "0", "-f", "matroska", "-i", "pipe:0",
		"-fps_mode", "passthrough", "-enc_time_base", "1:1000", "-force_key_frames", wishForKey,
		"-g", fmt.Sprint(int(raw.Rate+0.5) * maxInterval),
	}
	args = append(append(args, encoderArgs(c, bits)...), streamArgs...)
	process, err := tools.Start(ctx, args...)
	if err != nil {
		return nil, err
	}
	e := &encoder{codec: c, process: process, ended: make(chan struct{})}
	if e.in, err = matroska.NewWriter(process.In, []matroska.Track{raw}); err != nil {
		process.Stop()
		return nil, fmt.Errorf("%w (%w)", err, process.Wait())
	}
	go e.read(hand)
	return e, nil
}

// encode gives the encoder a picture. It blocks while the encoder is busy.
func (e *encoder) encode(picture matroska.Block, keyframe bool) error {
	at := picture.Timestamp.Truncate(evenTime)
	if !e.started {
		e.base, e.started = at, true // an encoder begins with a keyframe
	} else if keyframe {
		at += keyframeMark
	}
	return e.in.Write(matroska.Block{Timestamp: at, Keyframe: true, Data: picture.Data})
}

// read takes what the encoder makes.
func (e *encoder) read(hand func(media.Frame)) {
	defer close(e.ended)
	err := e.frames(hand)
	e.process.Stop()
	if failed := e.process.Wait(); failed != nil {
		err = failed
	}
	e.err = err
}

func (e *encoder) frames(hand func(media.Frame)) error {
	stream, err := matroska.NewReader(e.process.Out)
	if err != nil {
		return err
	}
	if len(stream.Tracks()) != 1 {
		return errFormat
	}
	format, err := newVideoFormat(stream.Tracks()[0])
	if err != nil {
		return err
	}
	return stream.Blocks(func(b matroska.Block) {
		if frame, err := format.frame(b); err == nil {
			frame.Timestamp = e.base + b.Timestamp.Truncate(evenTime)
			e.made = true
			hand(frame)
		}
	})
}

// close lets the encoder finish what it has and waits for its end.
func (e *encoder) close() error {
	_ = e.in.Close()
	<-e.ended
	return e.err
}
