//go:build linux

package cost_test

import (
	"encoding/binary"
	"time"

	"github.com/openconfab/confab/internal/wire"
)

// What is sent to every subscriber: a webinar of about 1 Mbit/s.
const (
	videoPerSecond = 30
	videoBytes     = 4096
	audioPerSecond = 50
	audioBytes     = 120
	// framesPerGroup is two seconds of video.
	framesPerGroup = 60
)

// media makes the objects of one publisher, each with the time of its sending.
type media struct {
	video, audio uint64
	payload      [videoBytes]byte
}

func (m *media) nextVideo() *wire.Object {
	h := wire.Header{Group: m.video / framesPerGroup, Number: m.video % framesPerGroup}
	if h.Number == 0 {
		h.Flags |= wire.FlagKeyframe
	}
	if h.Number == framesPerGroup-1 {
		h.Flags |= wire.FlagLastOfGroup
	}
	m.video++
	return m.object(h, videoBytes)
}

func (m *media) nextAudio() *wire.Object {
	h := wire.Header{Flags: wire.FlagKeyframe | wire.FlagLevel, Level: 0x80 | 30, Group: m.audio / audioPerSecond, Number: m.audio % audioPerSecond}
	m.audio++
	return m.object(h, audioBytes)
}

func (m *media) object(h wire.Header, size int) *wire.Object {
	binary.BigEndian.PutUint64(m.payload[:], uint64(time.Now().UnixNano()))
	return wire.NewObject(h, m.payload[:size])
}

// age returns how long ago the object was made, on this machine.
func age(o *wire.Object) time.Duration {
	return time.Since(time.Unix(0, int64(binary.BigEndian.Uint64(o.Payload()))))
}

// play calls video and audio at their rates for a while.
func play(d time.Duration, video, audio func()) {
	start := time.Now()
	frames, sounds := 0, 0
	for {
		nextFrame := time.Duration(frames) * time.Second / videoPerSecond
		nextSound := time.Duration(sounds) * time.Second / audioPerSecond
		next := min(nextFrame, nextSound)
		if next >= d {
			return
		}
		time.Sleep(time.Until(start.Add(next)))
		if nextSound == next {
			audio()
			sounds++
		} else {
			video()
			frames++
		}
	}
}
