package publish

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"

	"github.com/openconfab/confab/internal/ffmpeg"
	"github.com/openconfab/confab/media"
)

// input is something that ffmpeg reads.
type input struct {
	name string
	// args are ffmpeg's, up to and including -i.
	args []string
	// live says that the input itself keeps real time, and goes on whether it is read or not.
	live bool
	// scarce says that it can't be opened twice, so that it is not looked into before.
	scarce bool
	video  media.Source
}

// liveSchemes are those of addresses under which something is sent as it happens.
var liveSchemes = []string{"rtsp", "rtsps", "rtmp", "rtmps", "rtp", "udp", "srt", "tcp"}

// testPattern is a moving picture with a clock, and a tone with a beep every second.
const testPattern = "testsrc2=size=%dx%d:rate=%d[out0];sine=frequency=440:beep_factor=2:sample_rate=48000,volume=-12dB[out1]"

// TestPattern returns the input that is a test pattern of a height and frame rate; 0 stands for the usual.
func TestPattern(height, fps int) string {
	height, fps = cmp.Or(height, defaultHeight), cmp.Or(fps, defaultRate)
	return prefixLavfi + fmt.Sprintf(testPattern, height*16/9&^1, height&^1, fps)
}

const (
	// liveAnalysis is for how long, in µs, ffmpeg looks into a live input to find out what is in it.
	liveAnalysis = "2000000"

	nameScreen  = "screen"
	prefixLavfi = "lavfi:"
	prefixAlsa  = "alsa:"
	prefixPulse = "pulse:"
)

// parseInput reads what --input says: a file, an address, /dev/videoN, "screen", or a device or graph with a prefix.
func parseInput(spec string, c *Config) (input, error) {
	in := input{name: ffmpeg.Redact(spec), video: media.Camera}
	realTime := []string{"-re"}
	if c.Loop {
		realTime = []string{"-re", "-stream_loop", "-1"}
	}
	rate := fmt.Sprint(c.FPS)
	switch {
	case spec == "":
		return in, errors.New("an input has no name")
	case spec == nameScreen:
		display := os.Getenv("DISPLAY")
		if display == "" {
			return in, errors.New("there is no screen to publish: DISPLAY is not set; start confab in an X11 session")
		}
		in.args = []string{"-f", "x11grab", "-framerate", rate, "-i", display}
		in.live, in.scarce, in.video = true, true, media.Screen
	case strings.HasPrefix(spec, "/dev/video"):
		in.args = []string{"-f", "v4l2", "-framerate", rate, "-i", spec}
		in.live, in.scarce = true, true
	case strings.HasPrefix(spec, prefixLavfi):
		in.args = []string{"-re", "-f", "lavfi", "-i", strings.TrimPrefix(spec, prefixLavfi)}
		in.name = "the test pattern"
	case strings.HasPrefix(spec, prefixAlsa), strings.HasPrefix(spec, prefixPulse):
		format, device, _ := strings.Cut(spec, ":")
		in.args = []string{"-f", format, "-i", device}
		in.live, in.scarce = true, true
	case strings.Contains(spec, "://"):
		u, err := url.Parse(spec)
		if err != nil {
			return in, errors.New("an input is not a valid address")
		}
		in.live = slices.Contains(liveSchemes, u.Scheme)
		switch {
		case strings.HasPrefix(u.Scheme, "rtsp"):
			in.args = []string{"-rtsp_transport", "tcp", "-analyzeduration", liveAnalysis, "-i", spec}
		case in.live:
			in.args = []string{"-analyzeduration", liveAnalysis, "-i", spec}
		default:
			in.args = slices.Concat(realTime, []string{"-i", spec})
		}
	default:
		if _, err := os.Stat(spec); err != nil {
			return in, err
		}
		// Without the prefix, ffmpeg would take a colon in a name for a protocol.
		in.args = slices.Concat(realTime, []string{"-i", "file:" + spec})
	}
	return in, nil
}

// probeArgs are the arguments for a look into the input, which has to be quick and is not in real time.
func (in *input) probeArgs() []string {
	return slices.DeleteFunc(slices.Clone(in.args), func(s string) bool {
		return s == "-re" || s == "-stream_loop" || s == "-1"
	})
}
