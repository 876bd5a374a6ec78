package publish

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/openconfab/confab/internal/ffmpeg"
	"github.com/openconfab/confab/media"
)

const (
	// maxKeyframeGap is the longest time between keyframes of video that is passed through: nobody can begin to watch between
	// them, so this is the longest wait for a first picture.
	maxKeyframeGap = 2500 * time.Millisecond
	// looked is how much of a file is looked at for its keyframes. Of a live input they are judged as they come.
	looked    = 20 * time.Second
	opusFrame = 20 * time.Millisecond

	defaultRate = 30
)

// treatment is what is done with a stream of an input.
type treatment uint8

const (
	absent treatment = iota
	encoded
	passedThrough
)

func (t treatment) String() string {
	return [...]string{absent: "none", encoded: "encoded", passedThrough: "passed through"}[t]
}

// choice is a stream of an input and what is done with it.
type choice struct {
	treatment treatment
	input     int
	stream    ffmpeg.Stream
}

// plan says what is published and how.
type plan struct {
	inputs       []input
	video, audio choice
}

// live says that there is an input that may come back after its end.
func (p *plan) live() bool {
	for _, in := range p.inputs {
		if in.live {
			return true
		}
	}
	return false
}

// makePlan looks into the inputs. viewers are what those in the room decode.
func makePlan(ctx context.Context, tools ffmpeg.Tools, c *Config, viewers [][]media.Codec) (*plan, error) {
	p := &plan{}
	for i, spec := range c.Inputs {
		in, err := parseInput(spec, c)
		if err != nil {
			return nil, err
		}
		p.inputs = append(p.inputs, in)
		streams, err := look(ctx, tools, &in)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", in.name, err)
		}
		for _, s := range streams {
			switch {
			case s.Kind == "video" && !s.Cover && p.video.treatment == absent:
				p.video = choice{encoded, i, s}
			case s.Kind == "audio" && p.audio.treatment == absent:
				p.audio = choice{encoded, i, s}
			}
		}
	}
	if p.video.treatment == absent && p.audio.treatment == absent {
		return nil, errors.New("there is neither video nor sound in the input")
	}
	if c.Encode {
		return p, nil
	}
	if err := p.passVideo(ctx, tools, c, viewers); err != nil {
		return nil, err
	}
	return p, p.passAudio(ctx, tools)
}

// look returns the streams of an input. Of a device it is known what it gives.
func look(ctx context.Context, tools ffmpeg.Tools, in *input) ([]ffmpeg.Stream, error) {
	if !in.scarce {
		return tools.Probe(ctx, in.probeArgs())
	}
	if in.args[1] == "alsa" || in.args[1] == "pulse" {
		return []ffmpeg.Stream{{Kind: "audio"}}, nil
	}
	return []ffmpeg.Stream{{Kind: "video"}}, nil
}

// passVideo decides whether the video is sent as it is: one that every member decodes and real-time decoders are at ease with,
// with keyframes often enough.
func (p *plan) passVideo(ctx context.Context, tools ffmpeg.Tools, c *Config, viewers [][]media.Codec) error {
	s := &p.video.stream
	in := &p.inputs[p.video.input]
	codec, err := media.ParseCodec(s.Codec)
	switch {
	case p.video.treatment == absent || in.scarce || err != nil || matroskaNames[codec] == "":
		return nil
	case c.Codec != 0 && c.Codec != codec, c.Codec == 0 && decoders(viewers, codec) < len(viewers):
		return nil
	case s.Reordered || s.PixelFormat != "yuv420p" && s.PixelFormat != "yuvj420p":
		return nil
	case c.Height != 0 && s.Height > c.Height || c.FPS != 0 && s.Rate > float64(c.FPS)+1 || c.Bitrate != 0:
		return nil
	}
	if !in.live {
		packets, err := tools.Packets(ctx, in.probeArgs(), "v:0", looked)
		if err != nil || keyframeGap(packets) > maxKeyframeGap {
			return err
		}
	}
	p.video.treatment = passedThrough
	return nil
}

// keyframeGap returns the longest time without a keyframe.
func keyframeGap(packets []ffmpeg.Packet) time.Duration {
	if len(packets) == 0 || !packets[0].Keyframe {
		return math.MaxInt64
	}
	var gap time.Duration
	last := packets[0].At
	for _, p := range packets {
		gap = max(gap, p.At-last)
		if p.Keyframe {
			last = p.At
		}
	}
	return gap
}

// passAudio decides whether the sound is sent as it is: Opus of one or two channels in frames of 20 ms.
func (p *plan) passAudio(ctx context.Context, tools ffmpeg.Tools) error {
	s := &p.audio.stream
	in := &p.inputs[p.audio.input]
	if p.audio.treatment == absent || in.live || s.Codec != media.Opus.String() || s.Channels > 2 {
		return nil
	}
	packets, err := tools.Packets(ctx, in.probeArgs(), "a:0", time.Second)
	if err != nil {
		return err
	}
	for _, packet := range packets[:max(0, len(packets)-1)] { // the last of a stream may be cut
		if (packet.Duration - opusFrame).Abs() > time.Millisecond {
			return nil
		}
	}
	p.audio.treatment = passedThrough
	return nil
}

// rate is how many pictures a second are encoded.
func (p *plan) rate(c *Config) float64 {
	rate := p.video.stream.Rate
	limit := float64(defaultRate)
	if c.FPS > 0 {
		limit = float64(c.FPS)
	}
	if rate <= 0 || rate > limit {
		return limit
	}
	return rate
}
