package publish

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/openconfab/confab/client"
	"github.com/openconfab/confab/internal/ffmpeg"
	"github.com/openconfab/confab/internal/matroska"
	"github.com/openconfab/confab/media"
)

const (
	// retryTime is how long a live input that has failed is left alone, before it is tried again.
	retryTime = 3 * time.Second
	// silentTime is after what time without anything a live input that is to be looped counts as ended: one that was unplugged says
	// no more.
	silentTime = 15 * time.Second
	// flushTime is how long the last frames may take to leave.
	flushTime = 2 * time.Second
)

// Config says what to publish and how. Zero stands for a choice by itself.
type Config struct {
	// Inputs are files, addresses, /dev/videoN, "screen", or one of alsa:, pulse: or lavfi: with what ffmpeg makes of it. Video
	// is from the first that has some, and so is sound.
	Inputs []string
	// Loop begins again when the input ends.
	Loop bool
	// Encode encodes even what could be sent as it is.
	Encode bool
	// Codec is that of the video. 0: what all members decode.
	Codec media.Codec
	// Height is the largest, in pixels, FPS the highest frame rate, and Bitrate that of video in bit/s.
	Height, FPS, Bitrate int
	// Logger receives what is worth a line. nil discards it.
	Logger *slog.Logger

	// silence replaces silentTime in tests.
	silence time.Duration
}

// Check finds what is wrong with the inputs as far as that shows without reading them: a file that is not there, a screen where
// there is none.
func (c Config) Check() error {
	for _, spec := range c.Inputs {
		if _, err := parseInput(spec, &c); err != nil {
			return err
		}
	}
	return nil
}

// publisher publishes in one room. Its run is one goroutine; what others need is set before they begin.
type publisher struct {
	config Config
	tools  ffmpeg.Tools
	room   *client.Room
	plan   *plan
	log    *slog.Logger
	// began is when the media clock was what origin says. That is the time of day, so that it goes on in the next Run.
	began  time.Time
	origin time.Duration

	video, audio *outlet
}

// Run publishes until the input ends, which is no error, ctx does, or the room.
func Run(ctx context.Context, room *client.Room, tools ffmpeg.Tools, c Config) error {
	if c.FPS == 0 {
		c.FPS = defaultRate
	}
	p := &publisher{config: c, tools: tools, room: room, log: c.Logger, began: time.Now()}
	p.origin = time.Duration(p.began.UnixMicro()) * time.Microsecond
	if p.log == nil {
		p.log = slog.New(slog.DiscardHandler)
	}
	var err error
	if p.plan, err = makePlan(ctx, tools, &c, p.viewers()); err != nil {
		return err
	}
	var watch sync.WaitGroup
	defer watch.Wait()
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	watch.Go(func() { p.follow(ctx) })
	watch.Go(func() {
		select {
		case <-room.Done():
			stop(room.Err())
		case <-ctx.Done():
		}
	})
	defer p.close()
	return p.run(ctx)
}

// follow tells of what happens to the room that writing frames does not show, until ctx or the room ends.
func (p *publisher) follow(ctx context.Context) {
	lost := false
	for event, err := range p.room.Events(ctx) {
		if err != nil {
			return // Run tells of the end
		}
		switch e := event.(type) {
		case client.ConnectionChanged:
			switch {
			case e.State == client.Reconnecting:
				lost = true
				p.log.Warn("the connection is lost: another is looked for", "error", e.Err)
			case e.State == client.Connected && lost:
				lost = false
				p.log.Info("connected again", "transport", e.Transport.String())
			}
		case client.LocalTrackMuted:
			p.log.Warn("a host has muted what is published: it stays so until publishing begins anew", "source", e.Track.Source().String())
		}
	}
}

// run reads the inputs, again and again if they are live and to be looped.
func (p *publisher) run(ctx context.Context) error {
	for {
		err := p.read(ctx)
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case errors.Is(err, errUnfit):
			p.log.Info("the input is opened again", "because", err)
			p.plan.video.treatment = encoded
			continue
		case !p.config.Loop || !p.plan.live():
			p.flush(ctx)
			return err
		}
		p.log.Warn("the input ended: it is tried again", "in", retryTime, "error", err)
		select {
		case <-time.After(retryTime):
		case <-ctx.Done():
		}
	}
}

// read reads the inputs once, to their end.
func (p *publisher) read(ctx context.Context) (err error) {
	ctx, giveUp := context.WithCancelCause(ctx)
	defer giveUp(nil)
	heard := func() {}
	if p.config.Loop && p.plan.live() {
		after := cmp.Or(p.config.silence, silentTime)
		silent := time.AfterFunc(after, func() { giveUp(errSilent) })
		defer silent.Stop()
		heard = func() { silent.Reset(after) }
	}
	source, err := openSource(ctx, p.tools, p.plan, &p.config)
	if err != nil {
		return err
	}
	tracks := source.stream.Tracks()
	var video videoPath
	if source.video >= 0 {
		if video, err = p.openVideo(ctx, tracks[source.video]); err != nil {
			source.process.Stop()
			return errors.Join(err, source.process.Wait())
		}
		defer func() { err = cmp.Or(err, video.close()) }()
	}
	if source.audio >= 0 && p.audio == nil {
		if p.audio, err = p.publish(ctx, p.audioSource(), media.Layer{}); err != nil {
			source.process.Stop()
			return errors.Join(err, source.process.Wait())
		}
		p.log.Info("publishing sound", "codec", "opus", "stream", p.plan.audio.treatment.String())
	}
	var epoch time.Duration
	begun := false
	var failure error
	err = source.read(func(b matroska.Block) {
		heard()
		if !begun {
			epoch, begun = p.origin+time.Since(p.began)-b.Timestamp, true
		}
		b.Timestamp += epoch
		switch {
		case failure != nil:
		case b.Track == source.video:
			failure = video.take(b)
		default:
			p.audio.alive()
			failure = p.audio.write(audioFrame(b))
		}
		if failure != nil {
			source.process.Stop()
		}
	})
	if failure != nil {
		return failure
	}
	return err
}

var errSilent = errors.New("nothing comes from the input any more")

func audioFrame(b matroska.Block) media.Frame {
	return media.Frame{Codec: media.Opus, Keyframe: true, Timestamp: b.Timestamp, Duration: opusFrame, Payload: b.Data}
}

func (p *publisher) videoSource() media.Source { return p.plan.inputs[p.plan.video.input].video }

func (p *publisher) audioSource() media.Source {
	if p.plan.video.treatment == absent || p.videoSource() == media.Camera {
		return media.Microphone
	}
	return media.ScreenAudio
}

// publish begins a track of one layer.
func (p *publisher) publish(ctx context.Context, source media.Source, layer media.Layer) (*outlet, error) {
	track, err := p.room.Local().PublishTrack(ctx, client.TrackOptions{Source: source, Layers: []media.Layer{layer}})
	if err != nil {
		return nil, err
	}
	return newOutlet(track, p.log), nil
}

// viewers returns what each member who can decode any video decodes.
func (p *publisher) viewers() [][]media.Codec {
	var list [][]media.Codec
	for _, member := range p.room.Participants() {
		if decodes := slices.DeleteFunc(slices.Clone(codecs), func(c media.Codec) bool { return !member.Decodes(c) }); len(decodes) > 0 {
			list = append(list, decodes)
		}
	}
	return list
}

// flush waits until the last frames have left.
func (p *publisher) flush(ctx context.Context) {
	ctx, stop := context.WithTimeout(ctx, flushTime)
	defer stop()
	look := time.NewTicker(10 * time.Millisecond)
	defer look.Stop()
	for p.room.Stats().BacklogBytes > 0 {
		select {
		case <-look.C:
		case <-ctx.Done():
			return
		}
	}
}

func (p *publisher) close() {
	for _, o := range []*outlet{p.video, p.audio} {
		if o != nil {
			o.close()
		}
	}
}
