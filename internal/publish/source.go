package publish

import (
	"context"
	"fmt"
	"io"

	"github.com/openconfab/confab/internal/ffmpeg"
	"github.com/openconfab/confab/internal/matroska"
)

// streamArgs make ffmpeg write Matroska that holds nothing back: it would gather a second otherwise.
var streamArgs = []string{
	"-flush_packets", "1", "-cluster_size_limit", "0", "-cluster_time_limit", "0", "-f", "matroska", "pipe:1",
}

const defaultHeight = 720

// source is the ffmpeg that reads the inputs.
type source struct {
	process *ffmpeg.Process
	stream  *matroska.Reader
	// video and audio are indexes of tracks, -1 without.
	video, audio int
}

// openSource starts to read. It returns when the first frames are there.
func openSource(ctx context.Context, tools ffmpeg.Tools, p *plan, c *Config) (*source, error) {
	process, err := tools.Start(ctx, sourceArgs(p, c)...)
	if err != nil {
		return nil, err
	}
	s := &source{process: process, video: -1, audio: -1}
	if s.stream, err = matroska.NewReader(process.Out); err != nil {
		process.Stop()
		if failed := process.Wait(); failed != nil {
			err = failed
		}
		return nil, err
	}
	for i, t := range s.stream.Tracks() {
		if t.Width > 0 {
			s.video = i
		} else {
			s.audio = i
		}
	}
	return s, nil
}

// read hands on what comes, until the inputs end.
func (s *source) read(hand func(matroska.Block)) error {
	err := s.stream.Blocks(hand)
	if err == nil {
		_, err = io.Copy(io.Discard, s.process.Out)
	}
	s.process.Stop()
	if failed := s.process.Wait(); failed != nil {
		return failed
	}
	return err
}

func sourceArgs(p *plan, c *Config) []string {
	args := []string{"-nostdin"}
	for _, in := range p.inputs {
		args = append(args, in.args...)
	}
	switch p.video.treatment {
	case passedThrough:
		args = append(args, "-map", fmt.Sprintf("%d:V:0", p.video.input), "-c:v", "copy")
	case encoded:
		height := c.Height
		if height == 0 {
			height = defaultHeight
		}
		picture := fmt.Sprintf("scale=w='2*trunc(min(ih,%[1]d)*dar/2)':h='2*trunc(min(ih,%[1]d)/2)',setsar=1,fps=%[2]g,format=yuv420p",
			height, p.rate(c))
		args = append(args, "-map", fmt.Sprintf("%d:V:0", p.video.input), "-c:v", "rawvideo", "-vf", picture)
	case absent:
	}
	switch p.audio.treatment {
	case passedThrough:
		args = append(args, "-map", fmt.Sprintf("%d:a:0", p.audio.input), "-c:a", "copy")
	case encoded:
		args = append(args, "-map", fmt.Sprintf("%d:a:0", p.audio.input), "-c:a", "libopus", "-b:a", "64k", "-ar", "48000",
			"-ac", "2", "-frame_duration", "20", "-application", "audio")
	case absent:
	}
	// Sound that does not come must not hold up the pictures.
	return append(append(args, "-max_interleave_delta", "300000"), streamArgs...)
}
