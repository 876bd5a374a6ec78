package publish

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/openconfab/confab/internal/avc"
	"github.com/openconfab/confab/internal/matroska"
	"github.com/openconfab/confab/media"
)

// codecs are those that video is sent in, best first: VP8 is decoded everywhere, and costs the least.
var codecs = []media.Codec{media.VP8, media.VP9, media.H264}

var matroskaNames = map[media.Codec]string{media.VP8: matroska.VP8, media.VP9: matroska.VP9, media.H264: matroska.H264}

// choose returns the codec that all viewers decode, or else the one that most do.
func choose(viewers [][]media.Codec) media.Codec {
	best, most := codecs[0], -1
	for _, c := range codecs {
		if n := decoders(viewers, c); n > most {
			best, most = c, n
		}
	}
	return best
}

// decoders counts the viewers who decode a codec.
func decoders(viewers [][]media.Codec, c media.Codec) (count int) {
	for _, decodes := range viewers {
		if slices.Contains(decodes, c) {
			count++
		}
	}
	return count
}

// videoFormat makes frames of what ffmpeg gives, one codec of one size.
type videoFormat struct {
	codec         media.Codec
	width, height int
	// config is that of H.264, nil for others.
	config *avc.Config
	named  media.DecoderConfig
}

var errFormat = errors.New("ffmpeg gave another video format than it was asked for")

func newVideoFormat(t matroska.Track) (*videoFormat, error) {
	f := &videoFormat{width: t.Width, height: t.Height}
	for codec, name := range matroskaNames {
		if name == t.Codec {
			f.codec = codec
		}
	}
	switch f.codec {
	case media.VP8:
		f.named.Codec = "vp8"
	case media.VP9:
		f.named.Codec = "vp09.00." + vp9Level(t.Width*t.Height) + ".08"
	case media.H264:
		config, err := avc.ParseConfig(t.Private)
		if err != nil {
			return nil, err
		}
		f.config, f.named.Codec = config, config.CodecString()
	default:
		return nil, errFormat
	}
	return f, nil
}

// vp9Level returns a level that allows the size at 30 frames per second.
func vp9Level(pixels int) string {
	switch {
	case pixels <= 640*384:
		return "21"
	case pixels <= 1280*768:
		return "31"
	default:
		return "51"
	}
}

// frame returns a block of the stream as a frame. H.264 goes as a byte stream with its parameter sets in every keyframe, as
// browsers send it.
func (f *videoFormat) frame(b matroska.Block) (media.Frame, error) {
	frame := media.Frame{Codec: f.codec, Keyframe: b.Keyframe, Width: f.width, Height: f.height, Payload: b.Data}
	if f.config != nil {
		var err error
		if frame.Payload, err = avc.ToAnnexB(b.Data, f.config); err != nil {
			return frame, err
		}
	}
	if b.Keyframe {
		config := f.named
		frame.Config = &config
	}
	return frame, nil
}

// bitrate returns what live video of a size takes, in bit/s: 1.5 Mbit/s for 720p at 30 frames per second; smaller pictures
// need more bits per pixel.
func bitrate(width, height int, fps float64) int {
	size := math.Pow(float64(width*height)/(1280*720), 0.8)
	return int(1_500_000 * size * math.Pow(fps/30, 0.7))
}

// encoderArgs are ffmpeg's for live encoding. Threads are stated for VP8, because its encoder's wait for each other spinning:
// on a busy machine several take ten times the time of one.
func encoderArgs(c media.Codec, bits int) []string {
	rate := fmt.Sprint(bits)
	control := []string{"-b:v", rate, "-maxrate", rate, "-bufsize", rate}
	switch c {
	case media.VP8:
		return append(control, "-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "-8", "-lag-in-frames", "0",
			"-auto-alt-ref", "0", "-threads", "1")
	case media.VP9:
		return append(control, "-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-lag-in-frames", "0",
			"-auto-alt-ref", "0", "-row-mt", "1")
	default:
		return append(control, "-c:v", "libx264", "-preset", "superfast", "-tune", "zerolatency", "-profile:v", "baseline",
			"-forced-idr", "1", "-sc_threshold", "0")
	}
}
