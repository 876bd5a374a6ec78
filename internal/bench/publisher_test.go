package bench

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/openconfab/confab/internal/bench/workload"
	"github.com/openconfab/confab/internal/virtualtime"
	"github.com/openconfab/confab/media"
)

var camera = workload.Stream{ID: 3, Source: media.Camera, Interval: 20 * time.Millisecond, Phase: 5 * time.Millisecond, Bytes: 100, Group: 10}

// publishing runs a publisher for as long as write takes frames, and returns what was written and counted.
func publishing(t *testing.T, s workload.Stream, wanted <-chan uint8, counted window, write func(n int) (more, taken bool)) ([]media.Frame, sent, *histogram) {
	t.Helper()
	var frames []media.Frame
	ctx, cancel := context.WithCancel(t.Context())
	w := atomic.Pointer[window]{}
	w.Store(&counted)
	c := newClock(time.Now())
	p := &publisher{clock: c, lag: newHistogram(), counted: &w, stream: s, wanted: wanted, start: firstDue(c.now(), s)}
	p.write = func(f media.Frame) (bool, error) {
		f.Payload = append([]byte(nil), f.Payload...)
		frames = append(frames, f)
		more, taken := write(len(frames) - 1)
		if !more {
			cancel()
		}
		return taken, nil
	}
	counts, err := p.run(ctx)
	if err != nil {
		t.Error(err)
	}
	return frames, counts, p.lag
}

// TestSendingIsOpenLoop: a frame that is held up delays what follows, and what follows is due as if it had not been. So its
// delay is measured and not hidden.
func TestSendingIsOpenLoop(t *testing.T) {
	virtualtime.Test(t, func(t *testing.T) {
		const held = 100 * time.Millisecond
		frames, counts, lag := publishing(t, camera, nil, window{To: time.Hour}, func(n int) (bool, bool) {
			if n == 10 {
				time.Sleep(held)
			}
			return n < 19, true
		})
		for n, f := range frames {
			mark, _ := readStamp(f.Payload)
			want := camera.Interval + camera.Phase + time.Duration(n)*camera.Interval
			if mark.due != want || mark.stream != camera.ID {
				t.Errorf("frame %d of stream %d is due at %v, want %v", n, mark.stream, mark.due, want)
			}
			if f.Timestamp != time.Duration(n)*camera.Interval {
				t.Errorf("frame %d has the timestamp %v", n, f.Timestamp)
			}
		}
		if counts.Frames != 20 || counts.Refused != 0 {
			t.Errorf("counted %+v", counts)
		}
		// The one after it left 80 ms late, the next 60 ms.
		if got := lag.max(); !near(got, held-camera.Interval) {
			t.Errorf("at most %v late", got)
		}
	})
}

func TestGroups(t *testing.T) {
	virtualtime.Test(t, func(t *testing.T) {
		wanted := make(chan uint8, 1)
		frames, _, _ := publishing(t, camera, wanted, window{}, func(n int) (bool, bool) {
			if n == 14 {
				wanted <- 0
			}
			return n < 29, true
		})
		for n, f := range frames {
			if want := n == 0 || n == 10 || n == 15 || n == 25; f.Keyframe != want || f.Codec.Kind() != media.Video {
				t.Errorf("frame %d: keyframe %v, %v", n, f.Keyframe, f.Codec)
			}
		}
		sound := workload.Stream{Source: media.Microphone, Interval: 20 * time.Millisecond, Bytes: 100, Group: 50}
		frames, _, _ = publishing(t, sound, nil, window{}, func(n int) (bool, bool) { return n < 9, true })
		for n, f := range frames {
			if !f.Keyframe || f.Codec != media.Opus {
				t.Errorf("frame %d of sound: keyframe %v, %v", n, f.Keyframe, f.Codec)
			}
		}
	})
}

// TestSentInTheWindow: only what is due in the window counts, and what the client drops counts as refused.
func TestSentInTheWindow(t *testing.T) {
	virtualtime.Test(t, func(t *testing.T) {
		counted := window{From: time.Second, To: 2 * time.Second}
		_, counts, _ := publishing(t, camera, nil, counted, func(n int) (bool, bool) { return n < 199, n%4 != 0 })
		if counts.Frames != 50 || counts.Refused != 13 && counts.Refused != 12 {
			t.Errorf("counted %+v", counts)
		}
	})
}
