package publish

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/openconfab/confab/client"
	"github.com/openconfab/confab/internal/avc"
	"github.com/openconfab/confab/internal/mediatest"
	"github.com/openconfab/confab/media"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// deadline is for tests that wait for what a broken program would never do.
const deadline = 30 * time.Second

func join(t *testing.T, link, name string, decode ...media.Codec) *client.Room {
	t.Helper()
	room, err := client.Join(t.Context(), link, client.Config{Name: name, Decode: decode})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { room.Close() })
	return room
}

// log is where a publisher says what it does. It may be used concurrently.
type log struct {
	mu   sync.Mutex
	text bytes.Buffer
	// written is closed by the next line, nil while nobody waits for it.
	written chan struct{}
}

func (l *log) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.written != nil {
		close(l.written)
		l.written = nil
	}
	return l.text.Write(b)
}

// next returns what is closed by the next line.
func (l *log) next() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.written == nil {
		l.written = make(chan struct{})
	}
	return l.written
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// publication is a publisher that runs.
type publication struct {
	log   *log
	stop  context.CancelFunc
	ended chan error
}

func start(t *testing.T, link string, c Config) *publication {
	t.Helper()
	return startIn(t, join(t, link, "publisher", []media.Codec{}...), c)
}

func startIn(t *testing.T, room *client.Room, c Config) *publication {
	t.Helper()
	p := &publication{log: &log{}, ended: make(chan error, 1)}
	c.Logger = slog.New(slog.NewTextHandler(p.log, nil))
	var ctx context.Context
	ctx, p.stop = context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		p.ended <- Run(ctx, room, mediatest.Tools(t), c)
	}()
	t.Cleanup(func() {
		p.stop()
		<-done
	})
	return p
}

// receive subscribes to a source and calls f with its frames until it returns true.
func receive(t *testing.T, room *client.Room, source media.Source, f func(*client.Subscription, media.Frame) (enough bool)) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), deadline)
	defer cancel()
	for event, err := range room.Events(ctx) {
		if err != nil {
			t.Fatal(err)
		}
		published, ok := event.(client.TrackPublished)
		if !ok || published.Track.Source() != source {
			continue
		}
		s, err := published.Track.Subscribe(ctx, client.SubscribeOptions{})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		for frame, err := range s.Frames(ctx) {
			if err != nil {
				t.Fatalf("%v: %v", source, err)
			}
			if f(s, frame) {
				return
			}
		}
	}
	t.Fatalf("the room ended before enough of %v came", source)
}

// maxWait is within how many frames a keyframe has to come. Of itself one comes after 300.
const maxWait = 100

// TestKeyframeComesWhenAskedFor although the next would be due ten seconds later.
func TestKeyframeComesWhenAskedFor(t *testing.T) {
	for _, codec := range codecs {
		t.Run(codec.String(), func(t *testing.T) {
			t.Parallel()
			link := mediatest.Meeting(t)
			viewer := join(t, link, "viewer")
			p := start(t, link, Config{Inputs: []string{TestPattern(180, 30)}, Codec: codec})
			frames, asked, keyframes := 0, 0, 0
			receive(t, viewer, media.Camera, func(s *client.Subscription, f media.Frame) bool {
				if f.Codec != codec || f.Width != 320 || f.Height != 180 || f.Keyframe != (f.Config != nil) {
					t.Fatalf("frame %v %d×%d, keyframe %v, config %v", f.Codec, f.Width, f.Height, f.Keyframe, f.Config)
				}
				frames++
				if f.Keyframe {
					keyframes++
				}
				if frames == 40 || frames == 80 {
					asked = frames
					if err := s.RequestKeyframe(); err != nil {
						t.Fatal(err)
					}
				}
				if asked > 0 && f.Keyframe {
					t.Logf("a keyframe came %d frames after it was asked for", frames-asked)
					if frames-asked > maxWait {
						t.Errorf("a keyframe came %d frames after it was asked for", frames-asked)
					}
					asked = 0
				}
				return frames > 80 && asked == 0 || frames > 80+maxWait
			})
			if asked != 0 || keyframes > 6 {
				t.Errorf("a keyframe was asked for and did not come, or too many did: %d", keyframes)
			}
			p.stop()
			if err := <-p.ended; err != context.Canceled {
				t.Errorf("stopped, it returns %v", err)
			}
		})
	}
}

// TestFitFilesArePassedThrough: their frames arrive as they are in the file, and in real time, also when the file begins again.
func TestFitFilesArePassedThrough(t *testing.T) {
	picture := []string{"-f", "lavfi", "-i", "testsrc2=size=320x180:rate=30:duration=4"}
	tone := []string{"-f", "lavfi", "-i", "sine=frequency=440:duration=4"}
	for name, tt := range map[string]struct {
		file  string
		args  []string
		codec media.Codec
		named string
		audio string
	}{
		"vp9 and opus": {
			"a.webm", []string{"-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-lag-in-frames", "0", "-g", "45", "-c:a", "libopus"},
			media.VP9, "vp09.00.21.08", "passed through",
		},
		"h264 and aac": {
			"a.mp4", []string{"-c:v", "libx264", "-preset", "veryfast", "-bf", "0", "-g", "45", "-pix_fmt", "yuv420p", "-c:a", "aac"},
			media.H264, "avc1.64000d", "encoded",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := mediatest.Make(t, tt.file, append(append(append([]string{}, picture...), tone...), tt.args...)...)
			link := mediatest.Meeting(t)
			viewer := join(t, link, "viewer")
			p := start(t, link, Config{Inputs: []string{file}, Loop: true})
			var first, last media.Frame
			began := time.Now()
			count := 0
			receive(t, viewer, media.Camera, func(_ *client.Subscription, f media.Frame) bool {
				if count++; count == 1 {
					first = f
				}
				if f.Keyframe && (f.Config == nil || f.Config.Codec != tt.named) {
					t.Errorf("decoder configuration %+v", f.Config)
				}
				if tt.codec == media.H264 && (!avc.IsAnnexB(f.Payload) || f.Keyframe && !hasConfig(f.Payload)) {
					t.Error("H.264 is no byte stream with its parameter sets")
				}
				last = f
				return f.Codec != tt.codec || last.Timestamp-first.Timestamp > 5*time.Second
			})
			if first.Codec != tt.codec || count < 20 {
				t.Errorf("%d frames of %v", count, first.Codec)
			}
			if took, played := time.Since(began), last.Timestamp-first.Timestamp; played > took+time.Second {
				t.Errorf("%v were sent within %v", played, took)
			}
			if text := p.log.String(); !strings.Contains(text, `codec=`+tt.codec.String()+` stream="passed through"`) ||
				!strings.Contains(text, "codec=opus stream="+quoted(tt.audio)) {
				t.Errorf("log:\n%s", text)
			}
		})
	}
}

func quoted(s string) string {
	if strings.Contains(s, " ") {
		return `"` + s + `"`
	}
	return s
}

func hasConfig(payload []byte) bool {
	_, c := avc.FromAnnexB(payload)
	return c != nil
}

// TestCodecFollowsTheMembers: one comes who can't decode what is sent, and then sees it in another codec.
func TestCodecFollowsTheMembers(t *testing.T) {
	t.Parallel()
	link := mediatest.Meeting(t)
	first := join(t, link, "first")
	start(t, link, Config{Inputs: []string{TestPattern(180, 15)}})
	receive(t, first, media.Camera, func(_ *client.Subscription, f media.Frame) bool {
		if f.Codec != media.VP8 {
			t.Errorf("%v is sent to one who decodes all", f.Codec)
		}
		return true
	})
	second := join(t, link, "second", media.Opus, media.H264)
	receive(t, second, media.Camera, func(_ *client.Subscription, f media.Frame) bool { return f.Codec == media.H264 })
}

// TestPauseShowsAsMuted: the sound of this file ends before its video, and begins again with it.
func TestPauseShowsAsMuted(t *testing.T) {
	t.Parallel()
	file := mediatest.Make(t, "a.mkv", "-f", "lavfi", "-i", "color=red:size=64x64:rate=10:duration=5", "-f", "lavfi", "-i",
		"sine=duration=1", "-c:v", "libvpx", "-c:a", "libopus")
	link := mediatest.Meeting(t)
	viewer := join(t, link, "viewer")
	start(t, link, Config{Inputs: []string{file}, Loop: true})
	ctx, cancel := context.WithTimeout(t.Context(), deadline)
	defer cancel()
	var states []bool
	for event, err := range viewer.Events(ctx) {
		if err != nil {
			t.Fatalf("%v after %v", err, states)
		}
		if e, ok := event.(client.TrackUpdated); ok && e.Track.Source() == media.Microphone {
			if states = append(states, e.Track.Muted()); len(states) == 2 {
				break
			}
		}
	}
	if !states[0] || states[1] {
		t.Errorf("muted: %v", states)
	}
}

func TestWhatCantBePublished(t *testing.T) {
	link := mediatest.Meeting(t)
	for input, says := range map[string]string{
		"":                               "no name",
		"/no/such/file.mp4":              "no such file",
		"lavfi:nonsense":                 "nonsense",
		"http://user:pw@127.0.0.1:1/a":   "refused",
		"file\nwith a line":              "no such file",
		"lavfi:sine=duration=1[out0][x]": "can't read",
	} {
		room := join(t, link, "publisher")
		err := Run(t.Context(), room, mediatest.Tools(t), Config{Inputs: []string{input}})
		if err == nil || !strings.Contains(strings.ToLower(err.Error()), says) || strings.Contains(err.Error(), "user:pw") {
			t.Errorf("%q: %v", input, err)
		}
		room.Close()
	}
}
