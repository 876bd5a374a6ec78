package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/openconfab/confab/internal/ffmpeg"
	"github.com/openconfab/confab/internal/publish"
	"github.com/openconfab/confab/media"
)

type publishCmd struct {
	joining
	Input       []string `help:"What to publish: a file, an address such as rtsp://…, /dev/videoN, screen, alsa:NAME, pulse:NAME, or lavfi:GRAPH. Repeatable, as for a camera and a microphone." short:"i" placeholder:"INPUT" sep:"none"`
	TestPattern bool     `help:"Publish a moving test picture and a tone."`
	Loop        bool     `help:"Begin again when the input ends."`
	Encode      bool     `help:"Encode even what could be sent as it is: VP8, VP9 or H.264 with frequent keyframes, and Opus."`
	VideoCodec  string   `help:"vp8, vp9 or h264; auto takes what everybody in the room decodes." enum:"auto,vp8,vp9,h264" default:"auto"`
	Height      int      `help:"Largest height of the video in pixels; 720 if it is encoded." placeholder:"PIXELS"`
	FPS         int      `name:"fps" help:"Highest frame rate; 30 if it is encoded." placeholder:"FPS"`
	Bitrate     int      `help:"Bit rate of the video in kbit/s, instead of one that goes with its size." placeholder:"KBIT/S"`
}

// Run publishes until the input or ctx ends.
func (c *publishCmd) Run(ctx context.Context, to streams) error {
	inputs, err := c.inputs()
	if err != nil {
		return err
	}
	log, err := commandLog(to.err, slog.LevelInfo)
	if err != nil {
		return err
	}
	var codec media.Codec
	if c.VideoCodec != "auto" {
		if codec, err = media.ParseCodec(c.VideoCodec); err != nil {
			return err
		}
	}
	config := publish.Config{
		Inputs:  inputs,
		Loop:    c.Loop,
		Encode:  c.Encode,
		Codec:   codec,
		Height:  c.Height,
		FPS:     c.FPS,
		Bitrate: c.Bitrate * 1000,
		Logger:  log,
	}
	// Before anybody sees somebody come.
	if err := config.Check(); err != nil {
		return err
	}
	tools, err := ffmpeg.Find()
	if err != nil {
		return err
	}
	room, err := c.join(ctx, 0, []media.Codec{}, nil, log)
	if err != nil {
		return err
	}
	defer room.Close()
	fmt.Fprintf(to.out, "Publishing in room %s. Ctrl-C ends it.\n", room.Name())
	err = publish.Run(ctx, room, tools, config)
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

func (c *publishCmd) inputs() ([]string, error) {
	switch {
	case c.Height < 0 || c.FPS < 0 || c.Bitrate < 0:
		return nil, errors.New("--height, --fps and --bitrate are positive")
	case c.TestPattern && len(c.Input) > 0:
		return nil, errors.New("give either --input or --test-pattern")
	case c.TestPattern:
		return []string{publish.TestPattern(c.Height, c.FPS)}, nil
	case len(c.Input) == 0:
		return nil, errors.New("there is nothing to publish: give --input FILE, /dev/video0, rtsp://… or screen, or --test-pattern")
	}
	return c.Input, nil
}
