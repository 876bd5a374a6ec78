package ffmpeg

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// Stream is one stream of an input.
type Stream struct {
	// Kind is "video", "audio" or something else.
	Kind string
	// Codec is ffmpeg's name, such as "h264".
	Codec string
	// Profile is ffmpeg's name of the codec's profile; empty if there is none.
	Profile     string
	PixelFormat string
	// Width and Height are in pixels as coded, Rate in frames per second; 0 for audio.
	Width, Height int
	Rate          float64
	// Reordered says that frames are not stored in the order in which they are shown.
	Reordered bool
	Channels  int
	// Cover says that the stream is a picture that goes with the sound, no video.
	Cover bool
}

// Probe reads the head of an input and returns its streams in ffmpeg's order. The arguments are those that go before and
// including the -i of ffmpeg.
func (t Tools) Probe(ctx context.Context, input []string) ([]Stream, error) {
	var found struct {
		Streams []struct {
			CodecType   string `json:"codec_type"`
			CodecName   string `json:"codec_name"`
			Profile     string `json:"profile"`
			PixFmt      string `json:"pix_fmt"`
			Width       int    `json:"width"`
			Height      int    `json:"height"`
			RFrameRate  string `json:"r_frame_rate"`
			AvgRate     string `json:"avg_frame_rate"`
			HasBFrames  int    `json:"has_b_frames"`
			Channels    int    `json:"channels"`
			Disposition struct {
				AttachedPic int `json:"attached_pic"`
			} `json:"disposition"`
		} `json:"streams"`
	}
	text, err := t.probe(ctx, input, "-show_streams", "-of", "json")
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(text, &found); err != nil {
		return nil, fmt.Errorf("ffprobe: %w", err)
	}
	streams := make([]Stream, len(found.Streams))
	for i, s := range found.Streams {
		streams[i] = Stream{
			Kind: s.CodecType, Codec: s.CodecName, Profile: s.Profile, PixelFormat: s.PixFmt,
			Width: s.Width, Height: s.Height, Rate: rate(s.AvgRate, s.RFrameRate),
			Reordered: s.HasBFrames > 0, Channels: s.Channels, Cover: s.Disposition.AttachedPic != 0,
		}
	}
	return streams, nil
}

// Packet is one encoded frame of a stream.
type Packet struct {
	// At is when it is shown, Duration for how long; 0 if not known.
	At, Duration time.Duration
	Keyframe     bool
}

// Packets returns the first packets of one stream of an input, for a time of it. The stream is a specifier such as "v:0".
func (t Tools) Packets(ctx context.Context, input []string, stream string, span time.Duration) ([]Packet, error) {
	text, err := t.probe(ctx, input, "-select_streams", stream, "-show_entries", "packet=pts_time,duration_time,flags",
		"-read_intervals", "%+"+strconv.FormatFloat(span.Seconds(), 'f', 3, 64), "-of", "json")
	if err != nil {
		return nil, err
	}
	var found struct {
		Packets []struct {
			PTS      string `json:"pts_time"`
			Duration string `json:"duration_time"`
			Flags    string `json:"flags"`
		} `json:"packets"`
	}
	if err := json.Unmarshal(text, &found); err != nil {
		return nil, fmt.Errorf("ffprobe: %w", err)
	}
	packets := make([]Packet, len(found.Packets))
	for i, p := range found.Packets {
		packets[i] = Packet{At: seconds(p.PTS), Duration: seconds(p.Duration), Keyframe: strings.HasPrefix(p.Flags, "K")}
	}
	return packets, nil
}

func (t Tools) probe(ctx context.Context, input []string, ask ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, t.ffprobe, append(append([]string{"-loglevel", "error"}, input...), ask...)...)
	detach(cmd)
	text, err := cmd.Output()
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		said := tail{text: exit.Stderr}
		return nil, fmt.Errorf("ffmpeg can't read the input: %s", Redact(said.lastLine()))
	}
	return text, err
}

func seconds(s string) time.Duration {
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return 0
	}
	return time.Duration(v * float64(time.Second))
}

// rate returns the first of the fractions that is a frame rate.
func rate(fractions ...string) float64 {
	for _, s := range fractions {
		numerator, denominator, _ := strings.Cut(s, "/")
		n, err1 := strconv.ParseFloat(numerator, 64)
		d, err2 := strconv.ParseFloat(denominator, 64)
		if err1 == nil && err2 == nil && n > 0 && d > 0 {
			return n / d
		}
	}
	return 0
}
