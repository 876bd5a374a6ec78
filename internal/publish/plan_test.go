package publish

import (
	"errors"
	"testing"
	"time"

	"github.com/openconfab/confab/internal/ffmpeg"
	"github.com/openconfab/confab/internal/matroska"
	"github.com/openconfab/confab/media"
)

func TestCodecThatMostDecode(t *testing.T) {
	all := []media.Codec{media.VP8, media.VP9, media.H264}
	for _, tt := range []struct {
		viewers [][]media.Codec
		want    media.Codec
	}{
		{nil, media.VP8},
		{[][]media.Codec{all, all}, media.VP8},
		{[][]media.Codec{all, {media.H264}}, media.H264},
		{[][]media.Codec{{media.VP9, media.H264}, {media.VP9}, {media.VP8}}, media.VP9},
	} {
		if got := choose(tt.viewers); got != tt.want {
			t.Errorf("of %v: %v, want %v", tt.viewers, got, tt.want)
		}
	}
}

func TestKeyframeGap(t *testing.T) {
	packet := func(at time.Duration, key bool) ffmpeg.Packet {
		return ffmpeg.Packet{At: at * time.Second, Keyframe: key}
	}
	for _, tt := range []struct {
		packets []ffmpeg.Packet
		fit     bool
	}{
		{nil, false},
		{[]ffmpeg.Packet{packet(0, true), packet(1, false), packet(2, true), packet(4, true)}, true},
		{[]ffmpeg.Packet{packet(0, true), packet(1, false), packet(2, false), packet(3, false)}, false},
		{[]ffmpeg.Packet{packet(0, true), packet(1, true), packet(9, true)}, false},
		{[]ffmpeg.Packet{packet(0, false), packet(1, true)}, false},
	} {
		if got := keyframeGap(tt.packets); (got <= maxKeyframeGap) != tt.fit {
			t.Errorf("%v: %v", tt.packets, got)
		}
	}
}

// TestLiveVideoWithRareKeyframes is not passed through for long; a file, which would have to begin anew, is.
func TestLiveVideoWithRareKeyframes(t *testing.T) {
	for _, live := range []bool{true, false} {
		now := time.Now()
		v := &passage{p: &publisher{plan: &plan{inputs: []input{{live: live}}}}, looked: now}
		var err error
		for at := time.Second; at < 8*time.Second && err == nil; at += 40 * time.Millisecond {
			err = v.check(matroska.Block{Timestamp: at, Keyframe: at == 3*time.Second}, now)
			if at < 3*time.Second+maxKeyframeGap && err != nil {
				t.Errorf("live %v: at %v: %v", live, at, err)
			}
		}
		if errors.Is(err, errUnfit) != live {
			t.Errorf("live %v: %v", live, err)
		}
	}
}

// TestInputs: what a name stands for, and that no name is taken for an option or a protocol of ffmpeg's.
func TestInputs(t *testing.T) {
	t.Setenv("DISPLAY", ":7")
	t.Chdir(t.TempDir())
	c := &Config{FPS: 15, Loop: true}
	for spec, want := range map[string]struct {
		last  string
		live  bool
		video media.Source
	}{
		"screen":                     {":7", true, media.Screen},
		"/dev/video9":                {"/dev/video9", true, media.Camera},
		"rtsp://u:p@camera.lan/main": {"rtsp://u:p@camera.lan/main", true, media.Camera},
		"https://example.org/a.mp4":  {"https://example.org/a.mp4", false, media.Camera},
		"pulse:default":              {"default", true, media.Camera},
		"/dev/null":                  {"file:/dev/null", false, media.Camera},
	} {
		in, err := parseInput(spec, c)
		if err != nil || in.args[len(in.args)-1] != want.last || in.live != want.live || in.video != want.video {
			t.Errorf("%q: %+v, %v", spec, in, err)
		}
		if in.name == spec && spec == "rtsp://u:p@camera.lan/main" {
			t.Errorf("a password shows: %q", in.name)
		}
		for _, arg := range in.probeArgs() {
			if arg == "-re" || arg == "-stream_loop" {
				t.Errorf("%q is looked into in real time", spec)
			}
		}
	}
	for _, spec := range []string{"-version", "concat:a|b", "nothing.mp4"} {
		if _, err := parseInput(spec, c); err == nil {
			t.Errorf("%q was accepted", spec)
		}
	}
}
